import { cpus } from 'node:os';
import type { Result } from './contest.js';
import type { Reading, Readings } from './reading.js';
import type { Probe, Row } from './row.js';

/** A row with its figures. */
export interface MeasuredRow extends Omit<Row, 'prepare' | 'measure'>, Result {
  readonly name: string;
}

/** A probe with its readings. */
export interface TakenProbe extends Omit<Probe, 'read'>, Readings {
  readonly name: string;
}

/** Everything that was measured. Times in nanoseconds. */
export interface Report {
  readonly node: string;
  readonly cpu: string;
  readonly rows: readonly MeasuredRow[];
  readonly probes: readonly TakenProbe[];
}

/** Where it was measured. */
export function machine(): Pick<Report, 'node' | 'cpu'> {
  const [first] = cpus();
  return { node: process.version, cpu: `${first?.model ?? 'unknown CPU'} (${cpus().length} cores)` };
}

/** The names of what is worse than its bar. */
export function missed({ rows, probes }: Report): string[] {
  const badRows = rows.filter(({ ratio, bar }) => isWorse(ratio, bar));
  const badProbes = probes.filter(({ decisive, bar }) => decisive !== undefined && isWorse(decisive.value, bar));
  return [...badRows, ...badProbes].map(({ name }) => name);
}

function isWorse(value: number, bar: number | undefined): boolean {
  return bar !== undefined && value > bar;
}

/** The report for people. */
export function render({ node, cpu, rows, probes }: Report): string {
  const about = `Node ${node}, ${cpu}. Ratios are what counts; times belong to this machine and this minute.`;
  return [about, ...tableOf(rows), ...probes.flatMap(listOf)].join('\n');
}

const HEADINGS = ['what', 'against', 'ours', 'theirs', 'ratio', 'quartiles', 'bar', ''] as const;

function tableOf(rows: readonly MeasuredRow[]): string[] {
  if (rows.length === 0) return [];
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) => align(cell, column, widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return ['', ...lines];
}

function cellsOf({ what, against, ours, rival, ratio, spread, bar }: MeasuredRow): string[] {
  const quartiles = spread.map((bound) => bound.toFixed(2)).join('-');
  const allowed = bar === undefined ? '' : `${bar.toFixed(2)}x`;
  return [what, against, time(ours), time(rival), `${ratio.toFixed(2)}x`, quartiles, allowed, isWorse(ratio, bar) ? 'MISSED' : ''];
}

function align(cell: string, column: number, width: number): string {
  return column < 2 ? cell.padEnd(width) : cell.padStart(width);
}

const NS_PER = { µs: 1e3, ms: 1e6 } as const;

function time(nanoseconds: number): string {
  if (nanoseconds < NS_PER.µs) return `${nanoseconds.toFixed(0)} ns`;
  const unit = nanoseconds < NS_PER.ms ? 'µs' : 'ms';
  return `${(nanoseconds / NS_PER[unit]).toPrecision(3)} ${unit}`;
}

function listOf({ what, bar, decisive, others }: TakenProbe): string[] {
  const lines = others.map(line);
  if (decisive) {
    const verdict = bar === undefined ? '' : ` (bar ${bar}${isWorse(decisive.value, bar) ? ', MISSED' : ''})`;
    lines.unshift(line(decisive) + verdict);
  }
  return ['', `${what}:`, ...lines];
}

function line({ what, value, unit }: Reading): string {
  return `  ${value.toFixed(unit === 'bytes' ? 0 : 2).padStart(7)} ${unit.padEnd(5)}  ${what}`;
}

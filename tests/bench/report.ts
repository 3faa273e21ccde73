import { cpus } from 'node:os';
import type { Result } from './contest.js';
import type { LeakResult } from './probes/leak.js';
import type { MemoryMark } from './probes/memory.js';
import type { Row } from './rows.js';

/** A row with its figures. */
export interface MeasuredRow extends Omit<Row, 'prepare'>, Result {
  readonly name: string;
}

/** Everything that was measured. */
export interface Report {
  readonly node: string;
  readonly cpu: string;
  readonly rows: readonly MeasuredRow[];
  readonly memory?: readonly MemoryMark[] | undefined;
  readonly leak?: LeakResult | undefined;
}

/** Where it was measured. */
export function machine(): Pick<Report, 'node' | 'cpu'> {
  const [first] = cpus();
  return { node: process.version, cpu: `${first?.model ?? 'unknown CPU'} (${cpus().length} cores)` };
}

/** The report for people. */
export function render({ node, cpu, rows, memory, leak }: Report): string {
  const about = `Node ${node}, ${cpu}. Ratios are what counts; nanoseconds belong to this machine and this minute.`;
  return [about, ...tableOf(rows), ...(memory ? memoryOf(memory) : []), ...(leak ? heapOf(leak) : [])].join('\n');
}

const HEADINGS = ['what', 'against', 'ours ns', 'theirs ns', 'ratio', 'quartiles', 'bar'] as const;

function tableOf(rows: readonly MeasuredRow[]): string[] {
  if (rows.length === 0) return [];
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const lines = cells.map((line) => line.map((cell, column) => align(cell, column, widths[column]!)).join('  '));
  return ['', ...lines];
}

function cellsOf({ what, against, ours, rival, ratio, spread, bar }: MeasuredRow): string[] {
  const quartiles = spread.map((bound) => bound.toFixed(2)).join('-');
  return [
    what,
    against,
    ours.toFixed(0),
    rival.toFixed(0),
    `${ratio.toFixed(2)}x`,
    quartiles,
    bar === undefined ? '' : `${bar.toFixed(2)}x`,
  ];
}

function align(cell: string, column: number, width: number): string {
  return column < 2 ? cell.padEnd(width) : cell.padStart(width);
}

function memoryOf(marks: readonly MemoryMark[]): string[] {
  return ['', 'Heap for one thing that lies idle:', ...marks.map(({ what, bytes }) => `  ${bytes.toFixed(0).padStart(6)} bytes  ${what}`)];
}

function heapOf({ marks, grewByMb, allowedMb }: LeakResult): string[] {
  const lines = marks.map(({ calls, heapMb }) => `  after ${calls.toLocaleString('en').padStart(9)} calls  ${heapMb.toFixed(2)} MB`);
  const verdict = `  grew by ${grewByMb.toFixed(2)} MB, allowed ${allowedMb} MB: ${grewByMb <= allowedMb ? 'kept' : 'LEAK'}`;
  return ['', 'Heap with every policy, maxEntries 1,000, each call a new key:', ...lines, verdict];
}

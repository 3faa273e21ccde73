import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { measure, summarize, type Measured } from './contest.js';
import type { Readings } from './reading.js';
import { machine, missed, render, type MeasuredRow, type Report, type TakenProbe } from './report.js';
import { probes, rows } from './rows.js';

// Processes that measure a row, one after the other: each is compiled anew, and not each is as lucky.
const PROCESSES = 3;

/** Measures what is named, each in processes of its own; telemetry is process-wide. */
async function main(names: readonly string[]): Promise<Report> {
  const measured: MeasuredRow[] = [];
  const taken: TakenProbe[] = [];
  for (const [index, name] of names.entries()) {
    process.stderr.write(`${index + 1} of ${names.length}: ${name}\n`);
    const row = rows[name];
    if (row) measured.push({ ...row, name, ...summarize(await inProcesses(name)) });
    else taken.push({ ...probes[name]!, name, ...(await inOwnProcess<Readings>(name)) });
  }
  return { ...machine(), rows: measured, probes: taken };
}

async function inProcesses(name: string): Promise<Measured[]> {
  const found: Measured[] = [];
  for (let process = 0; process < PROCESSES; process++) found.push(await inOwnProcess<Measured>(name));
  return found;
}

function inOwnProcess<T>(name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = fork(__filename, ['--child', name]);
    let result: T | undefined;
    child.on('message', (message) => (result = message as T));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0 && result !== undefined) resolve(result);
      else reject(new Error(`"${name}" failed with exit code ${code ?? 'none'}; why stands above`));
    });
  });
}

/** The other end of `inOwnProcess`. */
async function child(name: string): Promise<void> {
  process.send!(await resultOf(name), () => process.disconnect());
}

async function resultOf(name: string): Promise<Measured | Readings> {
  const row = rows[name];
  if (!row) return probes[name]!.read();
  return row.measure ? row.measure() : measure(await row.prepare!());
}

async function start(): Promise<void> {
  const options = { json: { type: 'boolean' }, check: { type: 'boolean' }, child: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.child !== undefined) return child(values.child);
  const known = [...Object.keys(rows), ...Object.keys(probes)];
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(', ')}; there are: ${known.join(', ')}`);
  const report = await main(positionals.length > 0 ? positionals : known);
  process.stdout.write(`${values.json ? JSON.stringify(report, undefined, 2) : render(report)}\n`);
  if (values.check) check(report);
}

function check(report: Report): void {
  const worse = missed(report);
  if (worse.length === 0) return;
  process.stderr.write(`worse than the bar: ${worse.join(', ')}\n`);
  process.exitCode = 1;
}

start().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

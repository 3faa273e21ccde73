import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { measure, summarize, type Measured } from './contest.js';
import type { LeakResult } from './probes/leak.js';
import type { MemoryMark } from './probes/memory.js';
import { machine, render, type MeasuredRow, type Report } from './report.js';
import { rows } from './rows.js';

const LEAK = 'leak';
const MEMORY = 'memory';

// Processes that measure a row, one after the other: each is compiled anew, and not each is as lucky.
const PROCESSES = 3;

/** Measures what is named, everything by default, each in processes of its own; telemetry is process-wide. */
async function main(names: readonly string[]): Promise<Report> {
  const measured: MeasuredRow[] = [];
  for (const [name, { what, against, bar }] of Object.entries(rows)) {
    if (!names.includes(name)) continue;
    const found: Measured[] = [];
    for (let process = 0; process < PROCESSES; process++) found.push(await inOwnProcess<Measured>(name));
    measured.push({ name, what, against, ...(bar !== undefined && { bar }), ...summarize(found) });
  }
  return {
    ...machine(),
    rows: measured,
    memory: names.includes(MEMORY) ? await inOwnProcess<MemoryMark[]>(MEMORY) : undefined,
    leak: names.includes(LEAK) ? await inOwnProcess<LeakResult>(LEAK) : undefined,
  };
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

async function resultOf(name: string): Promise<Measured | LeakResult | MemoryMark[]> {
  if (name === LEAK) return (await import('./probes/leak.js')).leak();
  if (name === MEMORY) return (await import('./probes/memory.js')).memory();
  return measure(await rows[name]!.prepare());
}

async function start(): Promise<void> {
  const options = { json: { type: 'boolean' }, child: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.child !== undefined) return child(values.child);
  const known = [...Object.keys(rows), MEMORY, LEAK];
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`there is no row ${unknown.join()}; there are: ${known.join()}`);
  const report = await main(positionals.length > 0 ? positionals : known);
  process.stdout.write(`${values.json ? JSON.stringify(report, undefined, 2) : render(report)}\n`);
  if (report.leak && report.leak.grewByMb > report.leak.allowedMb) process.exitCode = 1;
}

start().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

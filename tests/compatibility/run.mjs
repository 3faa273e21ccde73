// Packs the library, installs it beside each version that we promise to work with, and runs a core of the tests there.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packLibrary } from './consumer.mjs';
import { RUNTIMES, TYPESCRIPTS } from './matrix.mjs';
import { startReceiver } from './receiver.mjs';
import { checkRuntime } from './runtime-row.mjs';
import { checkTypes } from './type-row.mjs';

const { values: given } = parseArgs({ options: { only: { type: 'string' }, ends: { type: 'boolean' }, keep: { type: 'boolean' } } });

const rows = [...RUNTIMES.map((row) => ({ ...row, check: checkRuntime })), ...TYPESCRIPTS.map((row) => ({ ...row, check: checkTypes }))]
  .filter(({ name }) => given.only === undefined || name.includes(given.only))
  .filter(({ isEnd }) => !given.ends || isEnd);
if (rows.length === 0)
  throw new Error(`no row is called like ${given.only}; there are ${[...RUNTIMES, ...TYPESCRIPTS].map(({ name }) => name)}`);

const folder = mkdtempSync(join(tmpdir(), 'toolspan-compatibility-'));
if (!given.keep) process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
if (given.keep) console.log(`the consumers stay in ${folder}`);

/** The first lines, indented: where a type does not fit, it does not fit everywhere. */
function shortened(text) {
  const lines = text.trim().split('\n');
  const shown = lines.length > 100 ? [...lines.slice(0, 100), `... and ${lines.length - 100} lines more`] : lines;
  return shown.join('\n').replace(/^/gm, '    ');
}

/** Checks one row, whatever happens in it. */
async function checkRow({ check, ...row }, context) {
  const startedAt = performance.now();
  const failures = [];
  const fail = (title, error) => {
    failures.push(title);
    console.log(`\n✗ ${row.name}: ${title}\n${shortened(error.message)}\n`);
  };
  const progress = (what) => console.log(`${row.name}: ${what}`);
  const ran = await check(row, { ...context, fail, progress }).catch((error) => fail('the row itself', error));
  return { row: row.name, ran: ran ?? '', failed: failures.length, seconds: Math.round((performance.now() - startedAt) / 1_000) };
}

console.log('packs the library');
const tarball = await packLibrary(folder);
const receiver = await startReceiver();
const results = [];
/** Takes rows until there are none left: while one row installs, another one runs. */
async function work(waiting) {
  for (const [at, row] of waiting) results[at] = await checkRow(row, { folder, tarball, receiver });
}
const waiting = rows.entries();
await Promise.all(Array.from({ length: availableParallelism() }, () => work(waiting)));
await receiver.close();

console.log(`\n${'row'.padEnd(16)}${'ran'.padEnd(20)}${'result'.padEnd(12)}seconds`);
for (const { row, ran, failed, seconds } of results) {
  console.log(`${row.padEnd(16)}${ran.padEnd(20)}${(failed > 0 ? `${failed} FAILED` : 'ok').padEnd(12)}${String(seconds).padStart(7)}`);
}
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;

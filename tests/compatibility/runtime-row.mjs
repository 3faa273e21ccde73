import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun, run } from './command.mjs';
import { createConsumer, finishNode, writeJson } from './consumer.mjs';
import { DECORATORS, FORMATS, NODE_TYPES } from './matrix.mjs';
import { PROGRAMS } from './programs.mjs';
import { checkSpans } from './spans.mjs';

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), 'programs');

/** Installs one row of the matrix, and runs every program in it. Returns what ran; what failed goes to `fail`. */
export async function checkRuntime({ name, node, typescript, peers }, { folder, tarball, receiver, fail, progress }) {
  const consumer = join(folder, name);
  progress('installs');
  await createConsumer(consumer, { toolspan: `file:${tarball}`, node, typescript, ...peers, ...NODE_TYPES });
  const row = { consumer, node: await finishNode(consumer), receiver };
  const { stdout } = await mustRun('node --version', row.node, ['--version'], { cwd: consumer });
  if (stdout.trim() !== `v${node}`) throw new Error(`this is Node ${stdout.trim()}, not ${node}`);

  let checks = 0;
  for (const mode of Object.keys(DECORATORS)) {
    progress(`compiles the programs with ${mode} decorators`);
    if (!(await attempt(fail, `${mode}: tsc`, () => compile(row, mode)))) continue;
    progress(`runs the programs with ${mode} decorators`);
    for (const format of Object.keys(FORMATS)) {
      for (const program of PROGRAMS) {
        const title = [`${mode} ${format}: ${program.name}`, ...(program.nodeArguments ?? [])].join(' ');
        checks += (await attempt(fail, title, () => runProgram(row, join(mode, format), program))) ?? 0;
      }
    }
  }
  return `${checks} checks`;
}

/** One tsc for both formats: each file is what the nearest package.json says. */
async function compile({ consumer, node }, mode) {
  for (const [format, type] of Object.entries(FORMATS)) {
    mkdirSync(join(consumer, mode, format), { recursive: true });
    cpSync(SOURCES, join(consumer, mode, format), { recursive: true });
    writeJson(join(consumer, mode, format, 'package.json'), { type });
  }
  const compilerOptions = { target: 'es2022', module: 'node16', strict: true, skipLibCheck: true, types: ['node'], ...DECORATORS[mode] };
  writeJson(join(consumer, mode, 'tsconfig.json'), { compilerOptions, include: ['.'] });
  await mustRun('tsc', node, [join(consumer, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', mode], { cwd: consumer });
  return true;
}

/** Runs one program to its end, which is when its spans have arrived. Returns how many checks it made. */
async function runProgram({ consumer, node, receiver }, folder, { name, nodeArguments = [], spans }) {
  const id = randomUUID();
  const env = environment(receiver.url, id);
  const ending = await run(node, [...nodeArguments, join(folder, `${name}.js`)], { cwd: consumer, env, timeoutMs: 60_000 });
  try {
    // All that it may write: nothing of the library's goes to stdout, nor, where all is well, to stderr.
    const [, checks] = /^(\d+) checks\n$/.exec(ending.stdout) ?? [];
    if (ending.code !== 0 || checks === undefined || ending.stderr !== '') throw new Error(endingOf(ending));
    checkSpans(receiver.spansOf(id), spans, versionOf(consumer));
    return Number(checks) + 1;
  } catch (error) {
    if (ending.stderr !== '') error.message += `\nstderr:\n${ending.stderr}`;
    throw error;
  }
}

function environment(endpoint, id) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL|DD|NODE|NPM|npm)_/.test(name));
  return {
    ...Object.fromEntries(inherited),
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    OTEL_RESOURCE_ATTRIBUTES: `test.run=${id}`,
    DD_SERVICE: 'compatibility',
  };
}

function endingOf({ code, signal, stdout }) {
  return `it ended with ${signal ?? `exit code ${code}`}${stdout === '' ? '' : `, stdout:\n${stdout}`}`;
}

function versionOf(consumer) {
  return JSON.parse(readFileSync(join(consumer, 'node_modules', 'toolspan', 'package.json'), 'utf8')).version;
}

async function attempt(fail, title, check) {
  try {
    return await check();
  } catch (error) {
    fail(title, error);
    return undefined;
  }
}

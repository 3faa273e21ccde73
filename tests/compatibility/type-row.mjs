import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from './command.mjs';
import { createConsumer, writeJson } from './consumer.mjs';
import { DECORATORS, FORMATS, NODE_TYPES, TYPE_PEERS } from './matrix.mjs';

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), 'types');
const consumers = new Map();

/** Compiles what a consumer may write, with one TypeScript, in each mode of decorators, with and without the peers. */
export async function checkTypes({ name, typescript }, { folder, tarball, fail, progress }) {
  const compiler = join(folder, name);
  progress('installs');
  await createConsumer(compiler, { typescript });
  let compiled = 0;
  for (const kind of TYPE_PEERS) {
    const consumer = await consumerOf(kind, folder, tarball);
    for (const mode of Object.keys(DECORATORS)) {
      progress(`compiles ${kind.name} with ${mode} decorators`);
      try {
        await compile(compiler, join(consumer, mode));
        compiled += 1;
      } catch (error) {
        fail(`${kind.name}, ${mode}`, error);
      }
    }
  }
  return `${compiled} compilations`;
}

/** One consumer serves all versions of TypeScript: they only read it. */
async function consumerOf(kind, folder, tarball) {
  if (!consumers.has(kind.name)) consumers.set(kind.name, makeConsumer(kind, join(folder, `types-${kind.name}`), tarball));
  return consumers.get(kind.name);
}

async function makeConsumer({ peers }, consumer, tarball) {
  const hasPeers = Object.keys(peers).length > 0;
  await createConsumer(consumer, { toolspan: `file:${tarball}`, ...peers, ...(hasPeers && NODE_TYPES) });
  for (const mode of Object.keys(DECORATORS)) writeProject(join(consumer, mode), mode, hasPeers);
  return consumer;
}

/** The same files as ES modules and as CommonJS, in one project. */
function writeProject(folder, mode, hasPeers) {
  for (const [format, type] of Object.entries(FORMATS)) {
    mkdirSync(join(folder, format), { recursive: true });
    writeJson(join(folder, format, 'package.json'), { type });
    for (const file of ['consumer.ts', ...(hasPeers ? ['with-peers.ts'] : [])]) cpSync(join(SOURCES, file), join(folder, format, file));
  }
  // Without peers also without Node's types: what our declarations need beyond TypeScript's own library, they must bring along.
  // And with an older target, whose library lacks what came later.
  const types = hasPeers ? ['node'] : [];
  const compilerOptions = {
    target: hasPeers ? 'es2022' : 'es2018',
    module: 'node16',
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types,
  };
  writeJson(join(folder, 'tsconfig.json'), { compilerOptions: { ...compilerOptions, ...DECORATORS[mode] }, include: ['.'] });
}

async function compile(compiler, project) {
  const tsc = join(compiler, 'node_modules', 'typescript', 'bin', 'tsc');
  await mustRun('tsc', process.execPath, [tsc, '-p', project], { cwd: project });
}

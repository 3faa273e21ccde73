import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../packaging/packed';
import { textOf } from './sample';

/** One instruction of a Dockerfile. */
interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** A stage as it is when its last instruction is done: a folder that stands for its file system, and what it is to be run with. */
export interface Stage {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly stopSignal: string | undefined;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

/** The instructions of a Dockerfile, comments left out and continued lines put together. */
export function instructionsIn(text: string): Instruction[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  return lines.filter(Boolean).map((line) => {
    const [name = ''] = line.split(' ', 1);
    return { name, rest: line.slice(name.length).trim() };
  });
}

/**
 * Builds the sample's image without an engine: does what COPY and RUN of each stage say, in folders that stand for the stages' file systems. RUN is run
 * by a shell in its WORKDIR, so it must not name absolute paths; images are not fetched, this machine's node stands for theirs.
 */
export function buildImage(folder: string): Stage {
  const context = copyContext(join(folder, 'context'));
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const { name, rest } of instructionsIn(textOf('Dockerfile'))) {
    if (name === 'FROM') {
      const alias = / AS (\S+)$/.exec(rest)?.[1] ?? 'final';
      stage = emptyStage(join(folder, alias));
    } else {
      stage = step(stage!, name, rest, context, stages);
    }
    stages.set(basename(stage.root), stage);
  }
  return stages.get('final')!;
}

/** What docker would send, by the .dockerignore file: everything is left out but what has an exception. */
function copyContext(folder: string): string {
  const [everything, ...kept] = textOf('Dockerfile.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (everything !== '*' || kept.some((line) => !line.startsWith('!')))
    throw new Error('not the .dockerignore file that is understood here');
  for (const line of kept) cpSync(join(ROOT, line.slice(1)), join(folder, line.slice(1)), { recursive: true });
  return folder;
}

function emptyStage(root: string): Stage {
  mkdirSync(root, { recursive: true });
  return { root, workdir: '/', env: {}, user: undefined, stopSignal: undefined, command: [], healthcheck: [] };
}

function step(stage: Stage, name: string, rest: string, context: string, stages: ReadonlyMap<string, Stage>): Stage {
  const json = (text: string): string[] => JSON.parse(text) as string[];
  switch (name) {
    case 'WORKDIR':
      mkdirSync(join(stage.root, rest), { recursive: true });
      return { ...stage, workdir: rest };
    case 'COPY':
      copy(stage, rest, context, stages);
      return stage;
    case 'RUN':
      run(stage, rest);
      return stage;
    case 'ENV':
      return { ...stage, env: { ...stage.env, [rest.split('=')[0]!]: rest.slice(rest.indexOf('=') + 1) } };
    case 'USER':
      return { ...stage, user: rest };
    case 'STOPSIGNAL':
      return { ...stage, stopSignal: rest };
    case 'CMD':
      return { ...stage, command: json(rest) };
    case 'HEALTHCHECK':
      return { ...stage, healthcheck: json(rest.slice(rest.indexOf('['))) };
    case 'EXPOSE':
      return stage;
    default:
      throw new Error(`${name} is not understood here`);
  }
}

/** Of folders the content is copied, as docker has it. */
function copy({ root, workdir }: Stage, rest: string, context: string, stages: ReadonlyMap<string, Stage>): void {
  const words = rest.split(' ');
  const from = /^--from=(.*)$/.exec(words[0]!)?.[1];
  const paths = from === undefined ? words : words.slice(1);
  const source = from === undefined ? context : stages.get(from)!.root;
  const target = paths.at(-1)!;
  for (const path of paths.slice(0, -1)) {
    const file = join(source, path);
    const isFolder = statSync(file).isDirectory();
    cpSync(file, join(root, workdir, target, isFolder ? '' : basename(file)), { recursive: true, verbatimSymlinks: true });
  }
}

function run({ root, workdir, env }: Stage, command: string): void {
  if (/(^|\s)\//.test(command)) throw new Error(`RUN ${command}: names an absolute path`);
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|JEST_)/.test(name)));
  const options = { cwd: join(root, workdir), env: { ...inherited, ...env, npm_config_prefer_offline: 'true' }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], options);
  if (status !== 0) throw new Error(`RUN ${command}: status ${status}\n${stdout}\n${stderr}`);
}

/** Lets other users in: a temporary folder is its maker's alone. */
export function open(folder: string): void {
  chmodSync(folder, 0o755);
}

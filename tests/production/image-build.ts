import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
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

/** Instructions that say how the image is run, and do nothing to its files. */
const SETTINGS: Readonly<Record<string, (rest: string, stage: Stage) => Partial<Stage>>> = {
  ENV: (rest, { env }) => ({ env: { ...env, [rest.split('=')[0]!]: rest.slice(rest.indexOf('=') + 1) } }),
  USER: (user) => ({ user }),
  STOPSIGNAL: (stopSignal) => ({ stopSignal }),
  CMD: (rest) => ({ command: JSON.parse(rest) as string[] }),
  HEALTHCHECK: (rest) => ({ healthcheck: JSON.parse(rest.slice(rest.indexOf('['))) as string[] }),
  EXPOSE: () => ({}),
};

function step(stage: Stage, name: string, rest: string, context: string, stages: ReadonlyMap<string, Stage>): Stage {
  const setting = SETTINGS[name];
  if (setting) return { ...stage, ...setting(rest, stage) };
  if (name === 'WORKDIR') {
    mkdirSync(join(stage.root, rest), { recursive: true });
    return { ...stage, workdir: rest };
  }
  if (name === 'COPY') copy(stage, rest, context, stages);
  else if (name !== 'RUN') throw new Error(`${name} is not understood here`);
  else if (isInstallOfTools(stage, rest)) symlinkSync(join(ROOT, 'node_modules'), join(stage.root, stage.workdir, 'node_modules'));
  else run(stage, rest);
  return stage;
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

/** In CI all is installed anew. Elsewhere the tools of the build, hundreds of packages, are those of this tree, where `npm ci` has put them as well. */
function isInstallOfTools({ root }: Stage, command: string): boolean {
  return process.env['CI'] !== 'true' && basename(root) === 'build' && command.startsWith('npm ci ');
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

import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { home, resolveFrom } from '../bootstrap/packages/require.cjs';

/** A package as it lies on the disk. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
}

/** Finds packages. */
export interface Installed {
  /** The toolspan that runs. */
  own(): Package | undefined;
  /** As toolspan finds it, which is what set-up loads. */
  byToolspan(name: string): Package | undefined;
  /** As an application in the current folder finds it. */
  byApplication(name: string): Package | undefined;
  /** All copies in the current folder's node_modules, of each of these names. */
  copies(names: readonly string[]): Package[];
}

/** What is installed, as seen from a folder. */
export function installedAt(cwd: string): Installed {
  const application = join(cwd, 'package.json');
  return {
    own: () => enclosing(home, 'toolspan'),
    byToolspan: (name) => resolved(home, name),
    byApplication: (name) => resolved(application, name),
    copies: (names) => findCopies(cwd, new Set(names)),
  };
}

function resolved(from: string, name: string): Package | undefined {
  const file = resolveFrom(from, name);
  return file === undefined ? undefined : enclosing(file, name);
}

/** The package of this name that a file belongs to. */
function enclosing(file: string, name: string): Package | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const found = packageIn(folder);
    if (found?.name === name) return found;
  }
  return undefined;
}

/** The package in a folder. */
export function packageIn(folder: string): Package | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<Omit<Package, 'folder'>>;
    const { name, version = '0.0.0', peerDependencies = {}, engines = {} } = manifest;
    return typeof name === 'string' ? { name, version, folder, peerDependencies, engines } : undefined;
  } catch {
    return undefined;
  }
}

// A project has some hundred folders; what goes beyond this would take longer than anybody waits.
const MOST_FOLDERS = 20_000;

function findCopies(cwd: string, names: ReadonlySet<string>): Package[] {
  const found = new Map<string, Package>();
  const seen = new Set<string>();
  const waiting = enclosingModules(cwd);
  for (let modules = waiting.pop(); modules !== undefined && seen.size < MOST_FOLDERS; modules = waiting.pop()) {
    for (const folder of packagesIn(modules)) {
      const real = realpath(folder);
      if (seen.has(real)) continue;
      seen.add(real);
      const candidate = isNamed(folder, names) ? packageIn(real) : undefined;
      if (candidate && names.has(candidate.name)) found.set(real, candidate);
      waiting.push(join(real, 'node_modules'));
    }
  }
  return [...found.values()].sort((left, right) => (left.folder < right.folder ? -1 : 1));
}

/** The node_modules that programs in this folder look into; pnpm keeps the packages themselves in folders below. */
function enclosingModules(cwd: string): string[] {
  const folders: string[] = [];
  for (let folder = cwd; folder !== dirname(folder); folder = dirname(folder)) folders.push(join(folder, 'node_modules'));
  return folders.flatMap((folder) => [
    folder,
    ...entries(join(folder, '.pnpm')).map((name) => join(folder, '.pnpm', name, 'node_modules')),
  ]);
}

function packagesIn(modules: string): string[] {
  return entries(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? entries(join(modules, name)).map((inner) => join(modules, name, inner)) : join(modules, name),
    );
}

function isNamed(folder: string, names: ReadonlySet<string>): boolean {
  return names.has(basename(folder)) || names.has(`${basename(dirname(folder))}/${basename(folder)}`);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

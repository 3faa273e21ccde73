// How much a package puts on disk, and what it brings along.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `npm pack` says of the package in this folder. */
export function packed(folder) {
  const parameters = ['pack', folder, '--dry-run', '--json', '--ignore-scripts'];
  return JSON.parse(execFileSync('npm', parameters, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))[0];
}

/** Of the package alone: bytes packed and unpacked; with its dependencies: how many packages, and their bytes on disk. */
export function sizeOf(name, from) {
  const folder = find(name, from);
  const { size, unpackedSize } = packed(folder);
  const all = withDependencies(folder);
  return {
    version: manifestOf(folder).version,
    packed: size,
    unpacked: unpackedSize,
    packages: all.size,
    installed: sum([...all].map(bytesIn)),
  };
}

function withDependencies(folder, seen = new Set()) {
  if (seen.has(folder)) return seen;
  seen.add(folder);
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) withDependencies(find(name, folder), seen);
  return seen;
}

function find(name, from) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
    if (at === dirname(at)) throw new Error(`${name} is not installed`);
  }
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function bytesIn(folder) {
  return sum(
    readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => name !== 'node_modules')
      .map((entry) => (entry.isDirectory() ? bytesIn(join(folder, entry.name)) : statSync(join(folder, entry.name)).size)),
  );
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

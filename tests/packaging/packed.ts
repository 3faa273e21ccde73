import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the package is built. */
export const ROOT = join(__dirname, '..', '..');

/** What `npm pack` would put into the package. */
export interface Packed {
  /** Bytes of the tarball. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

let packed: Packed | undefined;

/** Asks npm once for each test file, without building again. */
export function npmPack(): Packed {
  packed ??= (JSON.parse(dryRun()) as [Packed])[0];
  return packed;
}

function dryRun(): string {
  const parameters = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  return execFileSync('npm', parameters, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Paths in the package, of files whose names end like this. */
export function packedPaths(ending = ''): string[] {
  return npmPack()
    .files.map(({ path }) => path)
    .filter((path) => path.endsWith(ending));
}

/** The text of a file in the package. */
export function packedText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly mappings: string;
}

export function packedMap(path: string): SourceMap {
  return JSON.parse(packedText(path)) as SourceMap;
}

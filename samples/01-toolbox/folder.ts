import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A text file of the folder. */
export interface TextFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const SKIPPED_FOLDERS = new Set(['node_modules', '.git', 'dist', '.build', 'coverage']);
const MAX_BYTES = 200_000;
const MAX_FILES = 1_000;

/** Reads the text files of a folder and of those below it. What cannot be read, is binary, or larger than 200 kB is left out. */
export async function readFolder(folder: string): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for await (const path of walk(folder, '')) {
    const text = await readText(join(folder, path));
    if (text !== undefined) files.push({ path, text });
    if (files.length === MAX_FILES) break;
  }
  return files;
}

async function* walk(root: string, below: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch(() => []);
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) yield* walk(root, path);
    else if (entry.isFile()) yield path;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size === 0 || size > MAX_BYTES) return undefined;
    const bytes = await readFile(path);
    return bytes.includes(0) ? undefined : bytes.toString('utf8');
  } catch {
    return undefined;
  }
}

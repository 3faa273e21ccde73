import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

/** A temporary folder that is gone after the tests of the file. */
export function withFolder(): { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'toolspan-production-'));
  folders.push(folder);
  return { folder };
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

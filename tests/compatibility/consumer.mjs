import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from './command.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NPM_INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/** Builds the library and packs it as it would be published. Returns the tarball. */
export async function packLibrary(folder) {
  await mustRun('npm pack', 'npm', ['pack', '--pack-destination', folder], { cwd: ROOT });
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
}

/** A project that has nothing but these packages; npm's word for a tarball is `file:`. */
export async function createConsumer(folder, dependencies) {
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, 'package.json'), { name: 'consumer', private: true, dependencies });
  await mustRun('npm install', 'npm', NPM_INSTALL, { cwd: folder });
}

/**
 * Finishes npm's `node` package and returns the executable. Its install script fetches the executable of this platform; npm is
 * about to run no install scripts that nobody approved, so it is run by hand. It works in the current folder.
 */
export async function finishNode(folder) {
  const cwd = join(folder, 'node_modules', 'node');
  await mustRun('the install script of node', process.execPath, ['installArchSpecificPackage.js'], { cwd });
  return join(cwd, 'bin', 'node');
}

export function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

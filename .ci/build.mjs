// Builds dist/esm and dist/cjs from src: the same sources, twice.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const [folder, module, type] of [
  ['esm', 'es2022', 'module'],
  ['cjs', 'commonjs', 'commonjs'],
]) {
  const outDir = join(root, 'dist', folder);
  execFileSync(process.execPath, [tsc, '-p', join(root, 'src'), '--module', module, '--outDir', outDir], { stdio: 'inherit' });
  writeFileSync(join(outDir, 'package.json'), `${JSON.stringify({ type, sideEffects: ['./register.js'] })}\n`);
}

// Builds dist/esm and dist/cjs: declarations file by file, by tsc; code in a few files, by esbuild, since Node takes about a
// millisecond for each file it loads, and every user would pay for our many small ones.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const folder = (format) => join(root, 'dist', format);
const common = { absWorkingDir: root, platform: 'node', target: 'node20', sourcemap: true, logLevel: 'warning' };

/** One file stays a CommonJS one in both builds: it is where packages are required from. */
const require = { from: join(root, 'src', 'bootstrap', 'require.cts'), to: './require.cjs' };
const keepRequire = {
  name: 'keep-require',
  setup: ({ onResolve }) => onResolve({ filter: /\/require\.cjs$/ }, () => ({ path: require.to, external: true })),
};

rmSync(join(root, 'dist'), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', join(root, 'src'), '--emitDeclarationOnly', '--outDir', folder('esm')], { stdio: 'inherit' });
cpSync(folder('esm'), folder('cjs'), { recursive: true });

await build({
  ...common,
  entryPoints: ['index', 'register', 'testing'].map((door) => join(root, 'src', `${door}.ts`)),
  outdir: folder('esm'),
  format: 'esm',
  bundle: true,
  splitting: true,
  packages: 'external',
  chunkNames: 'shared-[hash]',
  plugins: [keepRequire],
});
const built = readdirSync(folder('esm')).filter((file) => file.endsWith('.js'));
await build({ ...common, entryPoints: built.map((file) => join(folder('esm'), file)), outdir: folder('cjs'), format: 'cjs' });

for (const [format, type] of [
  ['esm', 'module'],
  ['cjs', 'commonjs'],
]) {
  await build({ ...common, entryPoints: [require.from], outfile: join(folder(format), require.to), format: 'cjs' });
  writeFileSync(join(folder(format), 'package.json'), `${JSON.stringify({ type, sideEffects: ['./register.js'] })}\n`);
}

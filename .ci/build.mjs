// Builds dist/esm and dist/cjs, and the program in dist/bin: declarations file by file, by tsc; code in a few files, by esbuild, since Node takes about a
// millisecond for each file it loads, and every user would pay for our many small ones.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const folder = (format) => join(root, 'dist', format);
const common = { absWorkingDir: root, platform: 'node', target: 'node20', sourcemap: true, logLevel: 'warning' };

/** Files that stay CommonJS ones in both builds; they say why. */
const COMMONJS = ['bootstrap/packages/require', 'metadata/reflect'];
const apart = (lie) => ({
  name: 'apart',
  setup: ({ onResolve }) => onResolve({ filter: /\.cjs$/ }, ({ path }) => ({ path: `${lie}/${basename(path)}`, external: true })),
});

rmSync(join(root, 'dist'), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', join(root, 'src'), '--emitDeclarationOnly', '--outDir', folder('esm')], { stdio: 'inherit' });
// What only the program is made of has no types for anybody.
for (const path of ['cli.d.ts', 'doctor']) rmSync(join(folder('esm'), path), { recursive: true });
cpSync(folder('esm'), folder('cjs'), { recursive: true });

await build({
  ...common,
  // The last ones for bundlers: so the front door is nothing but a list of names, and who imports an error from it gets no more.
  entryPoints: ['index', 'register', 'testing', 'tools', 'core/errors', 'bootstrap/setup'].map((file) => ({
    in: join(root, 'src', `${file}.ts`),
    out: basename(file),
  })),
  outdir: folder('esm'),
  format: 'esm',
  bundle: true,
  splitting: true,
  packages: 'external',
  chunkNames: 'shared-[hash]',
  plugins: [apart('.')],
});
const built = readdirSync(folder('esm')).filter((file) => file.endsWith('.js'));
await build({ ...common, entryPoints: built.map((file) => join(folder('esm'), file)), outdir: folder('cjs'), format: 'cjs' });
for (const file of built) bindOnce(join(folder('cjs'), file));

for (const [format, type] of [
  ['esm', 'module'],
  ['cjs', 'commonjs'],
]) {
  for (const file of COMMONJS) {
    const outfile = join(folder(format), `${basename(file)}.cjs`);
    await build({ ...common, entryPoints: [join(root, 'src', `${file}.cts`)], outfile, format: 'cjs' });
  }
  writeFileSync(join(folder(format), 'package.json'), `${JSON.stringify({ type, sideEffects: ['./register.js', './reflect.cjs'] })}\n`);
}

// The program has everything inside, so that the library is cut into the same files as without it. Nobody debugs into it, so that
// everybody is spared its map.
const program = join(folder('bin'), 'toolspan.mjs');
await build({
  ...common,
  entryPoints: [join(root, 'src', 'cli.ts')],
  outfile: program,
  format: 'esm',
  bundle: true,
  packages: 'external',
  banner: { js: '#!/usr/bin/env node' },
  sourcemap: false,
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [apart('../esm')],
});
chmodSync(program, 0o755);

/** Reads what a CommonJS file takes from another one once, as it is loaded: each look at it would go through two getters. */
function bindOnce(path) {
  let code = readFileSync(path, 'utf8');
  for (const [line, module] of code.matchAll(/^var (import_shared_\w+) = require\(.*\);$/gm)) {
    const names = [...new Set(Array.from(code.matchAll(new RegExp(`\\b${module}\\.([\\w$]+)`, 'g')), ([, name]) => name))];
    const bound = names.map((name) => `${name}: ${module}_${name}`).join(', ');
    code = code.replace(line, `${line} const { ${bound} } = ${module};`);
    for (const name of names)
      code = code.replace(new RegExp(`\\b${module}\\.${name.replaceAll('$', '\\$')}(?![\\w$])`, 'g'), `${module}_${name}`);
  }
  writeFileSync(path, code);
}

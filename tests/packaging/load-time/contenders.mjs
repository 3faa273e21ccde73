// Who takes part, each in a program of one line, in a project that has installed what `npm pack` packs.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packed, sizeOf } from './sizes.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Here anyway: what is compared with, and what set-up loads. */
const PRESENT = ['cockatiel', 'prom-client', '@opentelemetry/api', '@opentelemetry/sdk-node'];
const NEEDED = ['lru-cache', 'reflect-metadata', '@opentelemetry/exporter-trace-otlp-grpc'];

/** Installed on demand; the last ones are what @nestjs/throttler is of no use without. */
const PEERS = ['opossum', 'p-retry', 'rate-limiter-flexible', '@nestjs/throttler'];
const COMPANIONS = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];

const ENTRIES = ['toolspan', 'toolspan/testing', 'toolspan/register'];
const ESM_ONLY = ['p-retry'];

/** Programs by name and format, the sizes of what they import, and what clears it all away. */
export function contenders(withPeers) {
  const folder = mkdtempSync(join(tmpdir(), 'toolspan-load-time-'));
  const modules = join(folder, 'node_modules');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'load-time', private: true }));
  const peers = withPeers ? install(folder) : [];
  for (const { path } of packed(ROOT).files) cpSync(join(ROOT, path), join(modules, 'toolspan', path), { recursive: true });
  for (const name of [...NEEDED, ...PRESENT]) {
    if (existsSync(join(modules, name))) continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'dir');
  }
  const names = [...ENTRIES, ...PRESENT, ...peers];
  return {
    programs: programsOf(folder, names),
    sizes: Object.fromEntries(['toolspan', ...PRESENT, ...peers].map((name) => [name, sizeOf(name, folder)])),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function install(folder) {
  const parameters = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--silent', ...PEERS, ...COMPANIONS];
  execFileSync('npm', parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return PEERS;
}

function programsOf(folder, names) {
  const programs = [];
  const add = (name, format, text) => {
    const file = join(folder, `${programs.length}.${format === 'esm' ? 'mjs' : 'cjs'}`);
    writeFileSync(file, text);
    programs.push({ name, format, file });
  };
  add('(empty)', 'esm', '');
  add('(empty)', 'cjs', '');
  for (const name of names) {
    add(name, 'esm', `import '${name}';\n`);
    if (!ESM_ONLY.includes(name)) add(name, 'cjs', `require('${name}');\n`);
  }
  return programs;
}

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { realpathSync } from 'node:fs';
import { installedAt } from '../../src/doctor/installed.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'toolspan-installed-')));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function install(path: string, name: string, version: string): void {
  const target = join(folder, path);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name, version, main: 'lib/main.js' }));
  mkdirSync(join(target, 'lib'));
  writeFileSync(join(target, 'lib', 'main.js'), '');
  // As many packages have it, for their format alone.
  writeFileSync(join(target, 'lib', 'package.json'), '{"type":"commonjs"}');
}

beforeAll(() => {
  install('app/node_modules/@opentelemetry/api', '@opentelemetry/api', '1.9.1');
  install('app/node_modules/other/node_modules/@opentelemetry/api', '@opentelemetry/api', '1.8.0');
  install('app/node_modules/other', 'other', '1.0.0');
  install('app/node_modules/.pnpm/deep@1.0.0/node_modules/@opentelemetry/api', '@opentelemetry/api', '1.7.0');
  install('app/node_modules/.pnpm/deep@1.0.0/node_modules/deep', 'deep', '1.0.0');
  symlinkSync(join(folder, 'app/node_modules/.pnpm/deep@1.0.0/node_modules/deep'), join(folder, 'app/node_modules/deep'), 'dir');
  install('node_modules/prom-client', 'prom-client', '15.0.0');
  install('app/node_modules/prom-client-fork', 'prom-client-fork', '1.0.0');
});

test('a package is found as an application in the folder finds it, with its version and its folder', () => {
  const { byApplication } = installedAt(join(folder, 'app'));
  expect(byApplication('@opentelemetry/api')).toMatchObject({
    version: '1.9.1',
    folder: join(folder, 'app/node_modules/@opentelemetry/api'),
  });
  expect(byApplication('prom-client')).toMatchObject({ version: '15.0.0' });
  expect(byApplication('nowhere-to-be-found')).toBeUndefined();
});

test('toolspan finds its own packages, and itself', () => {
  const { byToolspan, own } = installedAt(folder);
  const root = dirname(dirname(__dirname));
  expect(own()).toMatchObject({ name: 'toolspan', folder: root });
  expect(own()?.peerDependencies).toHaveProperty('prom-client');
  expect(byToolspan('prom-client')?.folder).toBe(join(root, 'node_modules', 'prom-client'));
});

test('all copies are found, below other packages, above the folder and behind links, each once', () => {
  const copies = installedAt(join(folder, 'app')).copies(['@opentelemetry/api', 'prom-client']);
  expect(copies.map(({ name, version }) => `${name} ${version}`).sort()).toEqual([
    '@opentelemetry/api 1.7.0',
    '@opentelemetry/api 1.8.0',
    '@opentelemetry/api 1.9.1',
    'prom-client 15.0.0',
  ]);
});

test('a folder without packages has none', () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  expect(installedAt(empty).byApplication('@opentelemetry/api')).toBeUndefined();
});

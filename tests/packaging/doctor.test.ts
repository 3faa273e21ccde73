import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VERSION } from '../../src/version.js';
import { OPTIONAL_PACKAGES } from '../support/bare-consumer';
import { OtlpReceiver } from '../support/otlp-receiver';
import { runDoctor } from '../support/run-doctor';
import { npmPack, packedText, ROOT } from './packed';

const folder = mkdtempSync(join(tmpdir(), 'toolspan-doctor-'));
let receiver: OtlpReceiver;

/** A project that has installed the tarball as npm does, with its programs linked, and these packages beside it. */
function project(name: string, packages: readonly string[]): string {
  const cwd = join(folder, name);
  const modules = join(cwd, 'node_modules');
  mkdirSync(join(modules, 'toolspan'), { recursive: true });
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name, private: true }));
  execFileSync('tar', ['-xzf', join(folder, 'toolspan.tgz'), '--strip-components=1', '-C', join(modules, 'toolspan')]);
  for (const plain of ['lru-cache', 'reflect-metadata'])
    cpSync(join(ROOT, 'node_modules', plain), join(modules, plain), { recursive: true });
  for (const optional of packages) {
    mkdirSync(dirname(join(modules, optional)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', optional), join(modules, optional), 'dir');
  }
  execFileSync('npm', ['rebuild', '--ignore-scripts', '--offline'], { cwd, stdio: 'ignore' });
  return cwd;
}

beforeAll(async () => {
  const parameters = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(
    execFileSync('npm', parameters, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as [{ filename: string }];
  cpSync(join(folder, filename), join(folder, 'toolspan.tgz'));
  receiver = await OtlpReceiver.start();
});

afterAll(() => receiver.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NPX = ['npx', '--no-install', 'toolspan'] as const;

describe('In a project with every optional package', () => {
  let cwd: string;

  beforeAll(() => {
    cwd = project('some-shop', OPTIONAL_PACKAGES);
  });

  it('npx toolspan doctor finds everything in order, and sends a span', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, OTEL_RESOURCE_ATTRIBUTES: 'test.run=packed' };
    const visit = await runDoctor(['doctor', '--json'], { cwd, env, command: NPX });
    expect([visit.code, visit.stderr]).toEqual([0, '']);
    expect(visit.check('toolspan.version')).toMatchObject({ status: 'ok', value: VERSION, source: join(cwd, 'node_modules', 'toolspan') });
    for (const name of OPTIONAL_PACKAGES) expect(visit.check(`packages.${name}`).status).toBe('ok');
    expect(visit.check('service.name')).toMatchObject({ value: 'some-shop', source: join(cwd, 'package.json') });
    expect(visit.check('connection.send').status).toBe('ok');
    expect(receiver.spansOf({ run: 'packed' }).map(({ name }) => name)).toEqual(['toolspan.doctor']);
  });

  it('npx toolspan alone says how it is used', async () => {
    expect(await runDoctor([], { cwd, command: NPX })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage: toolspan doctor') as string,
    });
  });

  it('another folder is said not to have toolspan', async () => {
    const visit = await runDoctor(['doctor', '--json', '--no-send'], {
      cwd: folder,
      command: [join(cwd, 'node_modules', '.bin', 'toolspan')],
    });
    expect(visit.check('toolspan.version')).toMatchObject({
      status: 'warning',
      cure: expect.stringContaining('npm install toolspan') as string,
    });
  });
});

describe('In a project without any of them', () => {
  it('node_modules/.bin/toolspan doctor names each, and the command that installs it', async () => {
    const cwd = project('bare-shop', []);
    const visit = await runDoctor(['doctor', '--json', '--no-send'], { cwd, command: [join(cwd, 'node_modules', '.bin', 'toolspan')] });
    expect([visit.code, visit.stderr]).toEqual([1, '']);
    for (const name of OPTIONAL_PACKAGES)
      expect(visit.check(`packages.${name}`)).toMatchObject({ status: 'problem', cure: `npm install ${name}` });
  });

  it('the test span says what it lacks, where a receiver is there', async () => {
    const cwd = join(folder, 'bare-shop');
    const visit = await runDoctor(['doctor', '--json'], { cwd, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl }, command: NPX });
    expect(visit.check('connection.connect').status).toBe('ok');
    expect(visit.check('connection.send')).toMatchObject({ status: 'problem', detail: expect.stringContaining('not installed') as string });
  });
});

describe('The program', () => {
  it('is what package.json names, and can be run', () => {
    const { bin } = JSON.parse(packedText('package.json')) as { bin: Record<string, string> };
    expect(bin).toEqual({ toolspan: './dist/bin/toolspan.mjs' });
    expect(packedText('dist/bin/toolspan.mjs').startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(existsSync(join(folder, 'some-shop', 'node_modules', '.bin', 'toolspan'))).toBe(true);
  });

  it('is in a file of its own: nothing of it is in what an application loads, and it stays small', () => {
    const library = npmPack().files.filter(({ path }) => /^dist\/(esm|cjs)\/.*js$/.test(path));
    expect(library.length).toBeGreaterThan(10);
    expect(library.filter(({ path }) => packedText(path).includes('toolspan.doctor'))).toEqual([]);
    const own = npmPack().files.filter(({ path }) => path.startsWith('dist/bin/'));
    expect(own.map(({ path }) => path)).toEqual(['dist/bin/toolspan.mjs']);
    expect(own[0]!.size).toBeLessThan(120_000);
  });
});

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const PROGRAMS = join(ROOT, 'tests', 'integration', 'programs');

/** The packages that we work without. */
export const OPTIONAL_PACKAGES = [
  '@opentelemetry/api',
  '@opentelemetry/sdk-node',
  '@opentelemetry/exporter-trace-otlp-grpc',
  'prom-client',
] as const;

/** The packages that some backends want besides. */
export const BACKEND_PACKAGES = [
  '@opentelemetry/id-generator-aws-xray',
  '@opentelemetry/propagator-aws-xray',
  '@opentelemetry/sampler-aws-xray',
  'google-auth-library',
] as const;

export type OptionalPackage = (typeof OPTIONAL_PACKAGES)[number] | (typeof BACKEND_PACKAGES)[number];

/** A project far from ours, in which the built package is installed, and of the optional packages only those given. */
export class BareConsumer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'toolspan-consumer-'));

  constructor(installed: readonly OptionalPackage[]) {
    const modules = join(this.#folder, 'node_modules');
    writeFileSync(join(this.#folder, 'package.json'), JSON.stringify({ name: 'bare-consumer', private: true }));
    for (const part of ['dist', 'package.json']) cpSync(join(ROOT, part), join(modules, 'toolspan', part), { recursive: true });
    for (const name of ['lru-cache', 'reflect-metadata']) {
      cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true });
    }
    for (const name of installed) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'dir');
    }
  }

  /** Takes one of the programs into the project. Returns its new path. */
  add(program: string): string {
    for (const file of [`${program}.mjs`, 'report.mjs']) cpSync(join(PROGRAMS, file), join(this.#folder, file));
    return join(this.#folder, `${program}.mjs`);
  }

  /** Installs a package that the test has written. */
  install(name: string, code: string): void {
    const folder = join(this.#folder, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '0.0.0', main: 'index.js' }));
    writeFileSync(join(folder, 'index.js'), code);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

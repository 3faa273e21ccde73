import { type ChildProgram, stopPrograms } from '../support/child-program';
import { Project } from './project';

interface Loaded {
  readonly packages: readonly string[];
  /** Of node itself, without its internals. */
  readonly builtins: readonly string[];
}

const project = new Project();

afterAll(stopPrograms);
afterAll(() => project.remove());

describe.each([
  ["import 'toolspan'", 'esm'],
  ["require('toolspan')", 'cjs'],
])('%s', (_, format) => {
  let program: ChildProgram;

  beforeAll(async () => {
    program = await project.run('loads.mjs', {
      given: { format },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_EXPORTER: 'console' },
    });
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('loads the package and what it depends on, and no OpenTelemetry, no prom-client', async () => {
    expect((await program.reported<Loaded>('before')).packages).toEqual([]);
    expect((await program.reported<Loaded>('import')).packages).toEqual(['lru-cache', 'reflect-metadata', 'toolspan']);
  });

  it('leaves it at that when tools are decorated and called without set-up', async () => {
    expect(await program.reported('called')).toEqual(['page', 'page', 'plain', 'by hand', 4, false]);
    expect((await program.reported<Loaded>('calls')).packages.filter((name) => name !== 'toolspan')).toEqual([]);
  });

  it('leaves it at that in tests of tools, with toolspan/testing', async () => {
    expect((await program.reported<Loaded>('testing')).packages).toEqual(['toolspan']);
  });

  it('loads them when they are asked for, by set-up', async () => {
    const { packages } = await program.reported<Loaded>('set-up');
    expect(packages).toEqual(expect.arrayContaining(['@opentelemetry/api', '@opentelemetry/sdk-node', 'prom-client']));
  });

  it('leaves to set-up what only set-up needs of node: servers, clusters, workers', async () => {
    const { builtins } = await program.reported<Loaded>('import');
    expect(builtins.filter((name) => ['http', 'net', 'cluster', 'worker_threads', 'child_process', 'crypto'].includes(name))).toEqual([]);
  });
});

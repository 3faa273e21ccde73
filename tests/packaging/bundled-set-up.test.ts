import { stopPrograms } from '../support/child-program';
import { OtlpReceiver } from '../support/otlp-receiver';
import { freePort } from '../support/tcp-servers';
import { bundle, partsIn } from './bundle';
import { Project } from './project';
import { scrape } from './scrape';

const project = new Project();
let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});

afterAll(stopPrograms);
afterAll(() => receiver.close());
afterAll(() => project.remove());

// In an ES module that has the package inside there is nothing yet that loads optional packages.
const FORMATS = [
  ['an ES module', 'esm', it],
  ['CommonJS', 'cjs', it],
] as const;

const REGISTERS = `
  import 'toolspan/register';
  process.stdin.once('data', () => process.stdin.destroy());
`;

const SETS_UP = `
  import { setupObservability, Tool } from 'toolspan';
  import { report } from './report.mjs';
  class Greeter {
    @Tool() async greet() { return 'Hello'; }
  }
  async function main() {
    const { tracingEnabled, metricsServerStarted, warnings } = await setupObservability({ metricsPort: 0 });
    report('status', { tracingEnabled, metricsServerStarted, warnings });
    await new Greeter().greet();
  }
  void main();
`;

const TESTS = `
  import { tool } from 'toolspan';
  import { createTestObservability } from 'toolspan/testing';
  import { report } from './report.mjs';
  const seen = createTestObservability();
  const done = tool({ name: 'greet', retry: 1 }, async () => 'Hello')();
  void done.then(() => report('tree', seen.tree().split('\\n')));
`;

const ON = { tracingEnabled: true, metricsServerStarted: true, warnings: [] };

/** Waits until the program serves metrics, and ends it. */
async function servesMetrics(file: string): Promise<void> {
  const port = await freePort();
  const program = project.start(file, { env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port), OTEL_TRACES_EXPORTER: 'none' } });
  expect(await scrape(program, port)).toContain('# TYPE tool_executions_total counter\n');
  program.say('end');
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
}

describe.each(FORMATS)('Bundled as %s with the package inside,', (_, format, itWorks) => {
  it("import 'toolspan/register' alone is kept", async () => {
    const made = await bundle(project, REGISTERS, { format });
    expect(made.warnings).toEqual([]);
    expect(partsIn(made)).toEqual(expect.arrayContaining(['spans', 'metrics', 'server', 'exporters', 'exit hooks']));
  });

  itWorks("import 'toolspan/register' alone sets up when the bundle runs", async () => {
    await servesMetrics((await bundle(project, REGISTERS, { format })).file);
  });

  itWorks('setupObservability() works, and spans arrive', async () => {
    const { file } = await bundle(project, SETS_UP, { format });
    const program = await project.run(file, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl } });
    expect(program.ending).toMatchObject({ code: 0, stderr: '' });
    expect(await program.reported('status')).toEqual(ON);
    expect(receiver.spansOf(program).map(({ attributes }) => attributes['tool.name'])).toEqual(['greet']);
  });

  itWorks('the optional packages are those installed beside the bundle, wherever it is started from', async () => {
    const { file } = await bundle(project, SETS_UP, { format });
    const program = await project.run(file, { env: { OTEL_TRACES_EXPORTER: 'console' } }, '/');
    expect(await program.reported('status')).toEqual(ON);
  });

  itWorks('tests of tools see spans and counts', async () => {
    const { file } = await bundle(project, TESTS, { format });
    const program = await project.run(file);
    expect(program.ending).toMatchObject({ code: 0, stderr: '' });
    expect(await program.reported('tree')).toEqual(['tool.execute greet ✓', '└── tool.retry.attempt #0 ✓', '    └── tool.execute ✓']);
  });

  it('tests of tools contain no server and no exporter', async () => {
    const made = await bundle(project, TESTS, { format });
    expect(partsIn(made)).toEqual(['decorators', 'policies', 'spans', 'metrics', 'testing']);
  });
});

describe.each(FORMATS)('Bundled as %s with the package outside,', (_, format) => {
  it("import 'toolspan/register' alone is kept, and sets up when the bundle runs", async () => {
    const made = await bundle(project, REGISTERS, { format, packages: 'external' });
    expect(made.text).toMatch(/["']toolspan\/register["']/);
    await servesMetrics(made.file);
  });
});

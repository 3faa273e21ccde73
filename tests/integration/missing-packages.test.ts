import { BareConsumer, OPTIONAL_PACKAGES, type OptionalPackage } from '../support/bare-consumer';
import { ChildProgram, stopPrograms } from '../support/child-program';
import { OtlpReceiver } from '../support/otlp-receiver';

let receiver: OtlpReceiver;
const consumers: BareConsumer[] = [];

beforeAll(async () => {
  receiver = await OtlpReceiver.start({ services: ['grpc', 'http'] });
});

afterAll(stopPrograms);
afterAll(() => receiver.close());
afterAll(() => consumers.forEach((consumer) => consumer.remove()));

async function runIn(
  installed: readonly OptionalPackage[],
  name: string,
  env: Record<string, string> = {},
): ReturnType<typeof ChildProgram.run> {
  const consumer = new BareConsumer(installed);
  consumers.push(consumer);
  const program = await ChildProgram.run(consumer.add(name), {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, ...env },
  });
  expect(program.ending).toMatchObject({ code: 0, signal: null, stdout: '' });
  return program;
}

/** What all policies together do, with or without telemetry. */
const DONE = {
  retried: { what: 'cached', runs: 2 },
  cached: { what: 'cached', runs: 2 },
  failed: 'Error',
  open: true,
  stillCached: { what: 'cached', runs: 2 },
  refused: ['CircuitOpenError', 'CircuitOpenError', true],
  byHand: 'synchronous',
  tools: ['fetch'],
};

interface Status {
  readonly warnings: string[];
}

/** Each package that is missing, by the command that cures it. */
function cures({ warnings }: Status): string[] {
  return OPTIONAL_PACKAGES.filter((name) => warnings.some((warning) => new RegExp(`npm install (\\S+ )*${name}(?![\\w/-])`).test(warning)));
}

describe('Without any of the optional packages', () => {
  let program: Awaited<ReturnType<typeof runIn>>;

  beforeAll(async () => {
    program = await runIn([], 'without-peers');
  });

  it('tools and all their policies work, before set-up and after it', async () => {
    expect(await program.reported('before set-up')).toEqual(DONE);
    expect(await program.reported('after set-up')).toEqual(DONE);
  });

  it('set-up resolves and says what is off', async () => {
    const status = await program.reported<Status>('status');
    expect(status).toMatchObject({ tracingEnabled: false, metricsEnabled: false, metricsServerStarted: false });
    expect(await program.reported('by hand')).toEqual({ initTracer: false, initMetrics: false, server: false });
    expect(status.warnings.join('\n')).toMatch(/tracing is off: @opentelemetry\/api\b.* not installed/);
    expect(status.warnings.join('\n')).toMatch(/metrics are off: prom-client .*not installed/);
  });

  it('set-up names every package that is missing, and the command that installs it', async () => {
    expect(cures(await program.reported<Status>('status'))).toEqual([...OPTIONAL_PACKAGES]);
  });

  it('one line of the log says it all, once, however often set-up is called', () => {
    const said = program.ending.stderr.split('\n').filter((line) => line.includes('npm install'));
    expect(said).toEqual([
      '[toolspan] tracing is off: @opentelemetry/api, @opentelemetry/sdk-node, @opentelemetry/exporter-trace-otlp-grpc are not installed; npm install @opentelemetry/api @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-grpc. metrics are off: prom-client is not installed; npm install prom-client',
    ]);
  });

  it('toolspan/testing sees spans and counts', async () => {
    const tests = await runIn([], 'tests-without-peers');
    expect(tests.ending.stderr).toBe('');
    expect(await tests.reported('metric')).toBe(2);
    expect(await tests.reported('tree')).toEqual([
      'tool.execute fetch ✓',
      '├── tool.cache.lookup miss',
      '├── tool.circuit_breaker.check CLOSED',
      '├── tool.retry.attempt #0 ✗ down',
      '│   └── tool.execute ✗ down',
      '├── tool.circuit_breaker.check CLOSED',
      '├── tool.retry.attempt #1 ✓',
      '│   └── tool.execute ✓',
      '└── tool.cache.set',
      'tool.execute fetch ✓ cached',
      '└── tool.cache.lookup hit',
    ]);
  });
});

const API = '@opentelemetry/api';
const SDK = '@opentelemetry/sdk-node';
const GRPC = '@opentelemetry/exporter-trace-otlp-grpc';
const PROM = 'prom-client';

describe('With some of the optional packages', () => {
  const both = { tracingEnabled: true, metricsEnabled: true, metricsServerStarted: true };
  const metricsOnly = { ...both, tracingEnabled: false };
  const tracingOnly = { tracingEnabled: true, metricsEnabled: false, metricsServerStarted: false };
  const neither = { ...tracingOnly, tracingEnabled: false };

  it.concurrent.each<[string, OptionalPackage[], object, Record<string, string>?]>([
    ['only prom-client: metrics', [PROM], metricsOnly],
    ['all but the API: metrics', [SDK, GRPC, PROM], metricsOnly],
    ['only the API: nothing', [API], neither],
    ['all but the SDK: metrics', [API, GRPC, PROM], metricsOnly],
    ['all but the gRPC exporter: metrics', [API, SDK, PROM], metricsOnly],
    ['all but prom-client: tracing', [API, SDK, GRPC], tracingOnly],
    ['all of them: everything', [API, SDK, GRPC, PROM], both],
  ])('(%s) set-up switches on what it can, and names what is missing', async (_, installed, state) => {
    const program = await runIn(installed, 'without-peers');
    const status = await program.reported<Status>('status');
    expect(status).toMatchObject(state);
    expect(await program.reported('after set-up')).toEqual(DONE);
    expect(cures(status)).toEqual(OPTIONAL_PACKAGES.filter((name) => !installed.includes(name)));
  });

  it.concurrent('the gRPC exporter is not missed where another protocol is asked for', async () => {
    const program = await runIn([API, SDK, PROM], 'without-peers', {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpUrl,
    });
    expect(await program.reported('status')).toMatchObject({ ...both, warnings: [] });
    expect(receiver.spansOf(program).map(({ name }) => name)).toContain('of my own');
  });

  it.concurrent('the gRPC exporter is not missed where traces go to the console', async () => {
    const program = await runIn([API, SDK, PROM], 'without-peers', { OTEL_TRACES_EXPORTER: 'console' });
    expect(await program.reported('status')).toMatchObject({ ...both, warnings: [] });
    expect(program.ending.stderr).toContain('tool.execute web.fetch');
  });
});

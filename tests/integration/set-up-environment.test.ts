import { ChildProgram, stopPrograms, type Ending } from '../support/child-program';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});

afterAll(stopPrograms);
afterAll(() => receiver.close());

interface Status {
  readonly tracingEnabled: boolean;
  readonly metricsEnabled: boolean;
  readonly metricsServerStarted: boolean;
  readonly metricsPort?: number;
  readonly warnings: string[];
}

interface Outcome {
  readonly status: Status;
  readonly ending: Ending;
  readonly spans: ReceivedSpan[];
}

/** A program that sets up, calls a tool and ends. Whatever the environment says, it must run and end well. */
async function setUpWith(env: Record<string, string>, options: Record<string, unknown> = {}): Promise<Outcome> {
  const program = await ChildProgram.run('set-up', {
    given: { options },
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, ...env },
  });
  expect(program.ending).toMatchObject({ code: 0, signal: null, stdout: '' });
  expect(await program.reported('result')).toBe('Hello world');
  return { status: await program.reported('status'), ending: program.ending, spans: receiver.spansOf(program) };
}

describe('An unusable environment value is a warning, in the status and on stderr:', () => {
  it.concurrent.each([
    ['a port that is none', 'OTEL_EXPORTER_PROMETHEUS_PORT', 'abc', 'must be a whole number from 0 to 65535'],
    ['a sampler that nobody knows', 'OTEL_TRACES_SAMPLER', 'jaeger_remote', 'every trace is sampled'],
    ['an exporter that nobody knows', 'OTEL_TRACES_EXPORTER', 'otlp,jaeger', 'jaeger is not known'],
    ['a protocol that nobody knows', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'carrier-pigeon', 'grpc is used'],
    ['a ratio that is none', 'OTEL_TRACES_SAMPLER', 'traceidratio', 'OTEL_TRACES_SAMPLER_ARG'],
    ['a compression that nobody knows', 'OTEL_EXPORTER_OTLP_COMPRESSION', 'brotli', 'nothing is compressed'],
    ['a certificate that is not there', 'OTEL_EXPORTER_OTLP_CERTIFICATE', '/nowhere/ca.pem', 'the file cannot be read (ENOENT'],
    ['a header without a value', 'OTEL_EXPORTER_OTLP_HEADERS', 'x-team=1,api-key', 'header 2 is not sent: write name=value'],
    ['a backend that nobody knows', 'TOOLSPAN_BACKEND', 'jaeger', 'known are xray, gcp'],
    ['a propagator that nobody knows', 'OTEL_PROPAGATORS', 'tracecontext,zipkin', 'zipkin is not known'],
    ['a size of the queue that is none', 'OTEL_BSP_MAX_QUEUE_SIZE', '-1', 'must be a whole number from 1'],
  ])('%s (%s=%s)', async (_, name, value, warning) => {
    const { status, ending, spans } = await setUpWith({ [name]: value });
    expect(status.warnings).toEqual([expect.stringContaining(warning)]);
    expect(status.warnings[0]).toContain(name);
    expect(ending.stderr).toBe(`[toolspan] ${status.warnings[0]!}\n`);
    expect(status).toMatchObject({ tracingEnabled: true, metricsEnabled: true });
    expect(spans).toHaveLength(1);
  });

  it.concurrent('a gRPC endpoint with a path, which gRPC ignores', async () => {
    const { status, spans } = await setUpWith({ OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.grpcUrl}/v1/traces` });
    expect(status.warnings).toEqual([expect.stringMatching(/OTEL_EXPORTER_OTLP_ENDPOINT=.*\/v1\/traces has a path, which gRPC ignores/)]);
    expect(spans).toHaveLength(1);
  });
});

describe('The environment switches off', () => {
  it.concurrent('tracing with OTEL_SDK_DISABLED=true', async () => {
    const { status, ending, spans } = await setUpWith({ OTEL_SDK_DISABLED: 'true' });
    expect(status).toMatchObject({ tracingEnabled: false, metricsEnabled: true, metricsServerStarted: true, warnings: [] });
    expect(ending.stderr).toBe('');
    expect(spans).toEqual([]);
  });

  it.concurrent('tracing with OTEL_TRACES_EXPORTER=none', async () => {
    const { status, ending, spans } = await setUpWith({ OTEL_TRACES_EXPORTER: 'none' });
    expect(status).toMatchObject({ tracingEnabled: false, metricsEnabled: true, metricsServerStarted: true, warnings: [] });
    expect(ending.stderr).toBe('');
    expect(spans).toEqual([]);
  });

  it.concurrent('metrics with OTEL_METRICS_EXPORTER=none, where the program uses toolspan/register', async () => {
    const program = await ChildProgram.run('set-up', {
      given: { registers: true },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, OTEL_METRICS_EXPORTER: 'none' },
    });
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await program.reported('state')).toEqual({ tracing: true, metrics: false });
    expect(receiver.spansOf(program)).toHaveLength(1);
  });
});

describe('toolspan/register', () => {
  it.concurrent('switches on both halves from the environment alone, also before the program with node --import', async () => {
    const program = await ChildProgram.run('set-up', {
      nodeArguments: ['--import', 'toolspan/register'],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, OTEL_SERVICE_NAME: 'registered' },
    });
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await program.reported('state')).toMatchObject({
      tracing: true,
      metrics: true,
      text: expect.stringContaining('tool_executions_total{tool="greet",namespace="polite",status="success"} 1\n') as string,
    });
    expect(receiver.spansOf(program).map(({ resource }) => resource['service.name'])).toEqual(['registered']);
  });
});

describe('OTEL_TRACES_EXPORTER', () => {
  it.concurrent('console prints each trace as a tree, on stderr, and sends nothing', async () => {
    const { status, ending, spans } = await setUpWith({ OTEL_TRACES_EXPORTER: 'console' });
    expect(status).toMatchObject({ tracingEnabled: true, warnings: [] });
    expect(ending.stderr).toMatch(/^tool\.execute polite\.greet \d+\.\d ms ✓\n$/);
    expect(spans).toEqual([]);
  });

  it.concurrent('console,otlp does both', async () => {
    const { ending, spans } = await setUpWith({ OTEL_TRACES_EXPORTER: 'console,otlp' });
    expect(ending.stderr).toMatch(/^tool\.execute polite\.greet/);
    expect(spans).toHaveLength(1);
  });
});

describe('OTEL_LOG_LEVEL=debug', () => {
  it.concurrent("speaks through the library's logger, and stays off stdout", async () => {
    const { ending, spans } = await setUpWith({ OTEL_LOG_LEVEL: 'debug' });
    expect(ending.stdout).toBe('');
    expect(ending.stderr).toContain('[toolspan] OpenTelemetry: ');
    expect(spans).toHaveLength(1);
  });
});

describe('An option', () => {
  it.concurrent.each([
    ['that nobody knows', { metricPort: 9_464 }, 'metricPort'],
    ['with a value that is none', { metricsPort: 70_000 }, 'metricsPort'],
    ['with a backend that nobody knows', { backend: 'jaeger' }, "backend must be one of 'xray', 'gcp', got \"jaeger\""],
    ['of tracing that nobody knows', { tracing: { samplr: {} } }, 'samplr'],
  ])('%s rejects with a ConfigurationError, and nothing is switched on', async (_, options, named) => {
    const program = await ChildProgram.run('set-up', { given: { options } });
    expect(await program.reported('rejection')).toMatchObject({
      name: 'ConfigurationError',
      code: 'CONFIGURATION',
      message: expect.stringContaining(named) as string,
    });
    expect(await program.reported('state')).toEqual({ tracing: false, metrics: false });
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

import { createServer } from 'node:net';
import {
  ConfigurationError,
  getMetrics,
  getTracer,
  initMetrics,
  initTracer,
  isMetricsEnabled,
  isTracingEnabled,
  setupObservability,
  shutdownObservability,
  startMetricsServer,
  tool,
  type ObservabilityOptions,
} from 'toolspan';

const before = { ...process.env };

beforeEach(() => {
  process.env['OTEL_TRACES_EXPORTER'] = 'none';
});

afterEach(async () => {
  await shutdownObservability();
  process.env = { ...before };
});

const quiet = { warn: jest.fn() };
const options: ObservabilityOptions = { metricsPort: 0, handleSignals: false, logger: quiet, enableTracing: false };

test('the status tells the truth', async () => {
  expect([isTracingEnabled(), isMetricsEnabled(), getMetrics()]).toEqual([false, false, undefined]);
  const status = await setupObservability(options);
  expect(status).toMatchObject({ tracingEnabled: false, metricsEnabled: true, metricsServerStarted: true, warnings: [] });
  expect(status.metricsPort).toBeGreaterThan(0);
  expect((await fetch(`http://127.0.0.1:${status.metricsPort}/healthz`)).status).toBe(200);
  await status.shutdown();
  expect([isTracingEnabled(), isMetricsEnabled(), getMetrics()]).toEqual([false, false, undefined]);
  await expect(fetch(`http://127.0.0.1:${status.metricsPort}/healthz`)).rejects.toThrow();
});

test('called twice, and at the same time, there is one server', async () => {
  const [one, other] = await Promise.all([setupObservability(options), setupObservability(options)]);
  expect(one.metricsPort).toBe(other.metricsPort);
  expect((await setupObservability(options)).metricsPort).toBe(one.metricsPort);
});

test('a later call switches on what an earlier one left off', async () => {
  const first = await setupObservability({ ...options, enableMetrics: false });
  expect(first).toMatchObject({ metricsEnabled: false, metricsServerStarted: false, metricsPort: undefined });
  expect((await setupObservability(options)).metricsServerStarted).toBe(true);
});

test('what is on stays as it is, and a differing request is a warning', async () => {
  const { metricsPort } = await setupObservability(options);
  const { warnings, metricsPort: still } = await setupObservability({ ...options, metricsPort: 1 });
  expect(still).toBe(metricsPort);
  expect(warnings).toEqual([`metrics port 1 is not used: the metrics server listens on ${metricsPort} already`]);
});

test('a taken port is a warning, and another can be had later', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port } = blocker.address() as { port: number };
  const status = await setupObservability({ ...options, metricsPort: port });
  expect(status).toMatchObject({ metricsEnabled: true, metricsServerStarted: false, metricsPort: undefined });
  expect(status.warnings).toEqual([expect.stringMatching(/^the metrics server did not start on 127\.0\.0\.1:\d+ \(listen EADDRINUSE/)]);
  expect((await setupObservability(options)).metricsServerStarted).toBe(true);
  blocker.close();
});

test('an unusable port in the environment is a warning, and the option wins anyway', async () => {
  process.env['OTEL_EXPORTER_PROMETHEUS_PORT'] = 'abc';
  expect((await setupObservability(options)).warnings).toEqual([]);
  await shutdownObservability();
  process.env['OTEL_EXPORTER_PROMETHEUS_PORT'] = '0';
  expect((await setupObservability({ ...options, metricsPort: undefined })).metricsPort).not.toBe(9_090);
});

test.each<[string, unknown, string]>([
  ['an unknown option', { metricPort: 1 }, 'there is no option metricPort (got 1)'],
  ['a port out of range', { metricsPort: 70_000 }, 'metricsPort must be a whole number from 0 to 65535, got 70000'],
  ['a port as text', { metricsPort: '9090' }, 'metricsPort must be a whole number'],
  ['an empty name', { serviceName: '' }, 'serviceName must be a string that is not empty'],
  ['buckets that fall', { buckets: [2, 1] }, 'buckets must be a list of rising numbers of seconds above 0, got [2,1]'],
  ['a logger without warn', { logger: {} }, 'logger must be an object with warn'],
  ['a registry that is none', { registry: {} }, 'registry must be an object with metrics, registerMetric'],
  ['an unknown tracing option', { tracing: { samplers: [] } }, 'setupObservability tracing: there is no option samplers'],
  ['a sampler that is none', { tracing: { sampler: {} } }, 'sampler must be an object with shouldSample'],
  ['no object', 5, 'options must be an object, got 5'],
])('%s is rejected with a ConfigurationError', async (_what, given, complaint) => {
  const error: unknown = await setupObservability(given as ObservabilityOptions).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect((error as Error).message).toContain(complaint);
  expect(isMetricsEnabled()).toBe(false);
});

test('the tracer part takes effect before the promise settles', async () => {
  const seen: string[] = [];
  const processor = {
    onStart: (span: { name: string }) => void seen.push(span.name),
    onEnd: () => undefined,
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const call = tool({ name: 'early' }, async () => 1);
  await call();
  const settled = setupObservability({ ...options, enableTracing: true, tracing: { spanProcessors: [processor] } });
  expect(isTracingEnabled()).toBe(true);
  await call();
  expect(seen).toEqual(['tool.execute']);
  const status = await settled;
  await status.shutdown();
  await call();
  expect(seen).toHaveLength(1);
});

test('set-up works again after a shutdown, and counters go on', async () => {
  const call = tool({ name: 'lasting' }, async () => 1);
  const line = async () =>
    (await getMetrics()!.text()).body.split('\n').find((text) => text.includes('"lasting"') && text.includes('"success"'));
  await setupObservability(options);
  await call();
  await shutdownObservability();
  await call(); // neither traced nor counted
  const again = await setupObservability(options);
  expect(again.metricsServerStarted).toBe(true);
  await call();
  expect(await line()).toMatch(/ 2$/);
});

test('shutdown lets calls under way end', async () => {
  let finish: () => void = () => undefined;
  const call = tool({ name: 'slow' }, () => new Promise<void>((resolve) => (finish = resolve)));
  await setupObservability(options);
  const running = call();
  let isDown = false;
  const down = shutdownObservability().then(() => (isDown = true));
  await new Promise(setImmediate);
  expect(isDown).toBe(false);
  finish();
  await Promise.all([running, down]);
  await setupObservability(options);
  expect((await getMetrics()!.text()).body).toContain('tool_executions_total{tool="slow",namespace="default",status="success"} 1');
});

test('shutdown and flush never reject, whatever time limit they are given', async () => {
  const status = await setupObservability(options);
  await expect(status.forceFlush(NaN)).resolves.toBeUndefined();
  await expect(status.shutdown('soon' as never)).resolves.toBeUndefined();
  await expect(status.shutdown(0)).resolves.toBeUndefined();
});

test('piece by piece: instruments, server, tracer', async () => {
  expect(initMetrics()).toBe(true);
  expect(initMetrics()).toBe(true);
  const { started, port } = await startMetricsServer({ port: 0 });
  expect(started).toBe(true);
  expect(await startMetricsServer({ port: 0 })).toEqual({ started: true, port });
  await expect(startMetricsServer({ prot: 0 } as never)).rejects.toThrow('startMetricsServer: there is no option prot');
  expect(initTracer('service')).toBe(false); // OTEL_TRACES_EXPORTER=none
  getTracer().startActiveSpan('works all the same', (span) => span.end());
});

test('a logger that throws breaks nothing', async () => {
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const logger = {
    warn: () => {
      throw new Error('logger broke');
    },
  };
  await setupObservability({ ...options, logger });
  await setupObservability({ ...options, metricsPort: 1, logger });
  expect(written).toHaveBeenCalledWith(expect.stringContaining('metrics port 1 is not used'));
  written.mockRestore();
});

test('the same request again is no warning, a differing one is', async () => {
  const processor = {
    onStart: () => undefined,
    onEnd: () => undefined,
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const request = { ...options, enableTracing: true, serviceName: 'mine', tracing: { spanProcessors: [processor] } };
  await setupObservability(request);
  expect((await setupObservability(request)).warnings).toEqual([]);
  const differing = { ...request, serviceName: 'other', metricsHost: '0.0.0.0', tracing: { spanProcessors: [] } };
  expect((await setupObservability(differing)).warnings).toEqual([
    'serviceName other is not used: tracing is on already, as mine',
    'the tracing options are not used: tracing is on already',
    expect.stringMatching(/^metrics host 0\.0\.0\.0 is not used/),
  ]);
});

test('set-up while a shutdown is under way waits for it, and then has everything on', async () => {
  await setupObservability(options);
  const down = shutdownObservability();
  const status = await setupObservability(options);
  await down;
  expect(status).toMatchObject({ metricsEnabled: true, metricsServerStarted: true });
  expect((await fetch(`http://127.0.0.1:${status.metricsPort}/healthz`)).status).toBe(200);
});

test('spans that are made after a set-up that met a shutdown are not lost with what that took away', async () => {
  const collect = (): { ended: unknown[]; processor: object } => {
    const ended: unknown[] = [];
    // Takes its time over what it is to deliver: that is when the next set-up comes.
    const flush = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
    const settled = async (): Promise<void> => undefined;
    return {
      ended,
      processor: { onStart: () => undefined, onEnd: (span: unknown) => void ended.push(span), forceFlush: flush, shutdown: settled },
    };
  };
  const traced = (processor: object): ObservabilityOptions => ({
    ...options,
    enableTracing: true,
    tracing: { spanProcessors: [processor] },
  });
  const before = collect();
  const after = collect();
  await setupObservability(traced(before.processor));
  const down = shutdownObservability();
  await new Promise((resolve) => setTimeout(resolve, 10));
  const { tracingEnabled, warnings } = await setupObservability(traced(after.processor));
  await down;
  await tool({ name: 'late' }, async () => 1)();
  expect({ tracingEnabled, warnings }).toEqual({ tracingEnabled: true, warnings: [] });
  expect([before.ended.length, after.ended.length]).toEqual([0, 1]);
});

test('initTracer does not join a provider that is being taken away', async () => {
  await setupObservability({ ...options, enableTracing: true, tracing: { spanProcessors: [] } });
  const down = shutdownObservability();
  expect(initTracer()).toBe(false);
  expect(quiet.warn).toHaveBeenCalledWith('tracing stays off: a shutdown is under way; await it before initTracer()');
  await down;
});

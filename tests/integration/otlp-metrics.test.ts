import { ChildProgram, stopPrograms } from '../support/child-program';
import { eventually } from '../support/eventually';
import { OtlpMetricsReceiver, seriesIn, seriesOf } from '../support/otlp-metrics-receiver';
import { startSilentServer, type SilentServer } from '../support/tcp-servers';
import { ToldProgram } from '../support/told-program';

// What an exit may take: 5 s by contract, and a second for a busy machine.
const EXIT_LIMIT_MS = 6_000;

const ON = { options: { enableOtlpMetrics: true } };

let receiver: OtlpMetricsReceiver;
let silent: SilentServer;

beforeAll(async () => {
  receiver = await OtlpMetricsReceiver.start();
  silent = await startSilentServer();
});

afterEach(stopPrograms);
afterAll(() => silent.close());
afterAll(() => receiver.close());

/** Without traces, which go the same way. */
function environment(env: Record<string, string> = {}): Record<string, string> {
  return { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, ...env };
}

async function run(given: Record<string, unknown>, env?: Record<string, string>): Promise<ChildProgram> {
  const program = await ChildProgram.run('counts', { given, env: environment(env) });
  expect(program.ending).toMatchObject({ code: 0, signal: null, stdout: '' });
  return program;
}

describe('Metrics over OTLP', () => {
  it.each([
    ['grpc', () => receiver.grpcUrl],
    ['http/protobuf', () => receiver.httpUrl],
    ['http/json', () => receiver.httpUrl],
  ])('are those of /metrics, series by series, when the program ends (%s)', async (protocol, url) => {
    const program = await run(ON, { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol, OTEL_EXPORTER_OTLP_ENDPOINT: url() });
    expect(program.ending!.stderr).toBe('');
    const [sent, ...more] = receiver.of(program);
    expect(more).toEqual([]);
    expect(Object.fromEntries(seriesOf(sent!))).toEqual(Object.fromEntries(seriesIn(await program.reported('text'))));
    expect(await program.reported('status')).toMatchObject({ metricsEnabled: true, metricsServerStarted: true, warnings: [] });
  });

  it('bear the names that Prometheus shows, so that a collector has nothing to add, and say what they are', async () => {
    const program = await run(ON, { OTEL_SERVICE_NAME: 'named', OTEL_SERVICE_VERSION: '1.2.3' });
    const [{ metrics, resource, scope }] = receiver.of(program) as [ReturnType<OtlpMetricsReceiver['of']>[0]];
    expect(scope).toBe('toolspan');
    expect(resource).toMatchObject({ 'service.name': 'named', 'service.version': '1.2.3', 'telemetry.sdk.language': 'nodejs' });
    const executions = metrics.find(({ name }) => name === 'tool_executions_total')!;
    expect(executions.sum!.isMonotonic).toBe(true);
    expect(executions.unit ?? '').toBe('');
    expect(executions.sum!.aggregationTemporality).toBe(2);
    expect(metrics.find(({ name }) => name === 'tool_execution_duration_seconds')).toMatchObject({ unit: 's' });
    expect(metrics.find(({ name }) => name === 'tool_circuit_breaker_state')!.gauge!.dataPoints).toHaveLength(1);
    for (const { name, sum, histogram } of metrics) expect(name.endsWith('_total')).toBe(sum !== undefined && !histogram);
  });

  it('are sent every so often, as the environment says', async () => {
    const program = ToldProgram.start('counts', {
      given: { ...ON, asks: true, calls: 5 },
      env: environment({ OTEL_METRIC_EXPORT_INTERVAL: '200' }),
    });
    const { program: sender } = program;
    await eventually('two have come', () => receiver.of(sender).length >= 2);
    const [first, second] = receiver.of(sender).map(({ metrics }) => metrics.find(({ name }) => name === 'tool_executions_total')!);
    const [one, two] = [first, second].map((metric) => metric!.sum!.dataPoints[0]!);
    expect(String(one!.startTimeUnixNano)).toBe(String(two!.startTimeUnixNano));
    expect(Number(two!.timeUnixNano)).toBeGreaterThan(Number(one!.timeUnixNano));
  });

  it('are what came since the last time, where the backend wants that', async () => {
    const program = ToldProgram.start('counts', {
      given: { ...ON, asks: true, calls: 10 },
      env: environment({ OTEL_METRIC_EXPORT_INTERVAL: '300', OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' }),
    });
    const { program: sender } = program;
    await sender.reported('text');
    await eventually('one has come', () => receiver.of(sender).length >= 1);
    await program.tell('work', 20);
    await program.leave();
    const calls = receiver.of(sender).flatMap(({ metrics }) => {
      const executions = metrics.find(({ name }) => name === 'tool_executions_total');
      expect(executions?.sum?.aggregationTemporality ?? 1).toBe(1);
      return executions
        ? [...seriesOf({ metrics: [executions] })].filter(([series]) => series.includes('"add"')).map(([, value]) => value)
        : [];
    });
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.reduce((sum, value) => sum + value, 0)).toBe(30);
  });

  it('are asked for by OTEL_METRICS_EXPORTER=otlp as well, in place of the server', async () => {
    const program = await run({}, { OTEL_METRICS_EXPORTER: 'otlp' });
    expect(receiver.of(program)).toHaveLength(1);
    expect(await program.reported('status')).toMatchObject({ metricsEnabled: true, metricsServerStarted: false, warnings: [] });
    const both = await run({}, { OTEL_METRICS_EXPORTER: 'otlp,prometheus' });
    expect(receiver.of(both)).toHaveLength(1);
    expect(await both.reported('status')).toMatchObject({ metricsServerStarted: true });
  });

  it('are sent by nobody who was not asked to', async () => {
    for (const [given, env] of [
      [{}, {}],
      [{ registers: true }, { OTEL_METRICS_EXPORTER: 'none' }],
      [{ options: { enableMetrics: false } }, { OTEL_METRICS_EXPORTER: 'otlp' }],
      [{ options: { enableOtlpMetrics: false } }, { OTEL_METRICS_EXPORTER: 'otlp' }],
    ] as const)
      expect(receiver.of(await run(given, env))).toEqual([]);
  });

  it('need neither Prometheus nor its client', async () => {
    const program = await run({ options: { enableOtlpMetrics: true, enableMetrics: false } });
    expect(await program.reported('status')).toMatchObject({ metricsServerStarted: false, on: true });
    const series = Object.fromEntries(seriesOf(receiver.of(program)[0]!));
    expect(series['tool_executions_total [["namespace","math"],["status","success"],["tool","add"]]']).toBe(10);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('are sent when %s ends the program', async (signal) => {
    const program = ToldProgram.start('counts', { given: { ...ON, asks: true }, env: environment() });
    await program.program.reported('text');
    program.program.signal(signal);
    expect(await program.program.ended).toMatchObject({ signal, stderr: '' });
    expect(receiver.of(program.program)).toHaveLength(1);
  });

  it('of a collector that never answers hold the exit up no longer than traces may', async () => {
    const program = ChildProgram.start('counts', { given: ON, env: environment({ OTEL_EXPORTER_OTLP_ENDPOINT: silent.url }) });
    const doneAt = await program.reportedAt('text');
    const ending = await program.ended;
    expect(ending.code).toBe(0);
    expect(ending.endedAt - doneAt).toBeLessThan(EXIT_LIMIT_MS);
  });

  it('of a primary are those of its workers too, which send none themselves', async () => {
    const app = ToldProgram.start('cluster', {
      given: { ...ON, options: ON.options },
      env: environment({ OTEL_METRICS_EXPORTER: 'otlp' }),
    });
    await app.program.reported('port');
    const id = await app.tell<number>('fork');
    await app.tell('tell', id, 'add', 4);
    await app.tell('add', 3);
    await app.leave();
    const sent = receiver.of(app.program);
    expect(sent).toHaveLength(1);
    expect(Object.fromEntries(seriesOf(sent[0]!))['tool_executions_total [["namespace","math"],["status","success"],["tool","add"]]']).toBe(
      7,
    );
  });
});

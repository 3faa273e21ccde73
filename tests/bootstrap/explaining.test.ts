import { Cached, resetTools, Retry, setupObservability, shutdownObservability, Tool, type ObservabilityOptions } from 'toolspan';
import { startSilentServer } from '../support/tcp-servers';

const before = { ...process.env };
const debug = jest.fn<void, [string]>();
const warn = jest.fn<void, [string]>();
const options: ObservabilityOptions = { serviceName: 'explained', metricsPort: 0, handleSignals: false, logger: { warn, debug } };
const told = (): string[] => debug.mock.calls.map(([line]) => line);

beforeEach(() => {
  debug.mockClear();
  warn.mockClear();
});

afterEach(async () => {
  await shutdownObservability(0);
  process.env = { ...before };
  resetTools();
});

class Sums {
  @Tool('add') @Cached('1m') @Retry(2) async add(): Promise<number> {
    return 1;
  }
}

test('unless asked for, nothing is explained', async () => {
  process.env['OTEL_TRACES_EXPORTER'] = 'none';
  await setupObservability(options);
  await new Sums().add();
  expect(debug).not.toHaveBeenCalled();
});

test('OTEL_LOG_LEVEL=debug has it said what is on, why, and what becomes of calls and spans', async () => {
  const silent = await startSilentServer();
  Object.assign(process.env, { OTEL_LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_ENDPOINT: silent.url, OTEL_EXPORTER_OTLP_TIMEOUT: '50' });
  const { metricsPort, forceFlush } = await setupObservability({ ...options, capture: { arguments: true }, handleSignals: true });
  await new Sums().add();
  await forceFlush();
  await shutdownObservability();
  expect(told()).toEqual(
    expect.arrayContaining([
      'tracing begins, as service "explained" (serviceName)',
      `traces go over gRPC to ${silent.url} (OTEL_EXPORTER_OTLP_ENDPOINT)`,
      'recorded on spans: arguments, up to 4096 characters',
      `metrics are served at 127.0.0.1:${metricsPort}`,
      'SIGTERM, SIGINT and a natural exit deliver what was recorded',
      'tool "add" (default): cached > retry > the method; watched by telemetry',
      expect.stringMatching(/^\d spans could not be exported \(.*\) in \d+\.\d ms; 0 wait$/),
      'shut down; tools run on, unwatched',
    ]),
  );
  await silent.close();
});

test('also why something is off', async () => {
  Object.assign(process.env, { OTEL_LOG_LEVEL: 'DEBUG', OTEL_TRACES_EXPORTER: 'none', TOOLSPAN_CAPTURE: 'off' });
  await setupObservability({ ...options, enableMetricsServer: false, capture: { arguments: true } });
  expect(told()).toEqual([
    'arguments and results are not recorded: TOOLSPAN_CAPTURE=off forbids it',
    'tracing stays off: no exporter is left to send to',
    'no metrics server is started by this set-up',
  ]);
  await shutdownObservability();
  process.env['OTEL_SDK_DISABLED'] = 'true';
  await setupObservability(options);
  expect(told()).toContain('tracing stays off: OTEL_SDK_DISABLED=true');
});

test('a logger without debug is told by its warnings', async () => {
  Object.assign(process.env, { OTEL_LOG_LEVEL: 'debug', OTEL_TRACES_EXPORTER: 'none' });
  await setupObservability({ ...options, logger: { warn } });
  expect(warn).toHaveBeenCalledWith('tracing stays off: no exporter is left to send to');
});

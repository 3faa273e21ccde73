import { Counter, Registry } from 'prom-client';
import {
  CircuitBreaker,
  configureTools,
  getMetrics,
  initMetrics,
  resetTools,
  Retry,
  setupObservability,
  shutdownObservability,
  Tool,
  tool,
} from 'toolspan';
import { wantsOpenMetrics } from '../../src/telemetry/exposition.js';
import { outcome } from '../support/observed.js';

afterEach(async () => {
  await shutdownObservability();
  resetTools();
});

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

async function text(accept?: string): Promise<string> {
  return (await getMetrics()!.text(accept)).body;
}

describe.each([
  ['the text format', undefined, 'text/plain; version=0.0.4; charset=utf-8', 'tool_executions_total'],
  ['OpenMetrics', OPENMETRICS, 'application/openmetrics-text; version=1.0.0; charset=utf-8', 'tool_executions'],
])('%s', (_format, accept, contentType, family) => {
  test('declares each metric once, and has a sample for each call', async () => {
    initMetrics();
    const call = tool({ name: 'q"u\\o\nte', namespace: 'ünï' }, async () => 1);
    await call();
    const exposition = await getMetrics()!.text(accept);
    expect(exposition.contentType).toBe(contentType);
    expect(exposition.body.split(`# TYPE ${family} counter\n`)).toHaveLength(2);
    expect(exposition.body).toContain('tool_executions_total{tool="q\\"u\\\\o\\nte",namespace="ünï",status="success"} 1\n');
    expect(exposition.body).toContain('tool_execution_duration_seconds_bucket{tool="q\\"u\\\\o\\nte",namespace="ünï",le="1"} 1');
    expect(exposition.body).toContain('tool_execution_duration_seconds_count{tool="q\\"u\\\\o\\nte",namespace="ünï"} 1\n');
    expect(exposition.body.endsWith('# EOF\n')).toBe(accept !== undefined);
  });

  test('reading one format does not change the other', async () => {
    initMetrics();
    const before = await text(accept);
    await text(OPENMETRICS);
    await text();
    expect(await text(accept)).toBe(before);
  });
});

test('a tool’s series exist at 0 before its first call, those of policies it has', async () => {
  class Idle {
    @Tool('idle') @Retry(2) @CircuitBreaker() async idle(): Promise<void> {}
    @Tool('bare') async bare(): Promise<void> {}
  }
  expect(Idle.name).toBe('Idle');
  initMetrics();
  const body = await text();
  const of = (name: string) => body.split('\n').filter((line) => line.includes(`tool="${name}"`) && !line.includes('_bucket'));
  expect(of('idle')).toEqual([
    'tool_executions_total{tool="idle",namespace="default",status="success"} 0',
    'tool_executions_total{tool="idle",namespace="default",status="error"} 0',
    'tool_execution_duration_seconds_sum{tool="idle",namespace="default"} 0',
    'tool_execution_duration_seconds_count{tool="idle",namespace="default"} 0',
    ...[0, 1, 2].flatMap((attempt) =>
      ['true', 'false'].map((success) => `tool_retry_attempts_total{tool="idle",attempt="${attempt}",success="${success}"} 0`),
    ),
    'tool_circuit_breaker_failures_total{tool="idle"} 0',
    'tool_circuit_breaker_state{tool="idle"} 0',
    'tool_calls_in_flight{tool="idle",namespace="default"} 0',
    ...['successful', 'failed'].flatMap((kind) =>
      ['without', 'with'].map((how) => `tool_retry_calls_total{tool="idle",kind="${kind}_${how}_retry"} 0`),
    ),
    ...[
      'from="CLOSED",to="OPEN"',
      'from="OPEN",to="HALF_OPEN"',
      'from="HALF_OPEN",to="CLOSED"',
      'from="HALF_OPEN",to="OPEN"',
      'from="OPEN",to="CLOSED"',
    ].map((move) => `tool_circuit_breaker_transitions_total{tool="idle",${move}} 0`),
  ]);
  expect(of('bare').map((line) => line.split('{')[0])).toEqual([
    'tool_executions_total',
    'tool_executions_total',
    'tool_execution_duration_seconds_sum',
    'tool_execution_duration_seconds_count',
    'tool_calls_in_flight',
  ]);
});

test('retries above ten have no series before they happen', async () => {
  tool({ name: 'patient', retry: 1_000 }, async () => 1);
  initMetrics();
  expect((await text()).split('\n').filter((line) => line.startsWith('tool_retry_attempts_total{tool="patient"'))).toHaveLength(22);
});

test('a tool decorated after the first scrape is there at the next', async () => {
  initMetrics();
  await text();
  tool({ name: 'latecomer' }, async () => 1);
  expect(await text()).toContain('tool_executions_total{tool="latecomer",namespace="default",status="success"} 0');
});

test('a global limit gives every tool its checks', async () => {
  configureTools({ rateLimit: { limit: 5, per: '1h' } });
  tool({ name: 'limited' }, async () => 1);
  initMetrics();
  expect(await text()).toContain('tool_rate_limit_checks_total{tool="limited",allowed="true"} 0');
  configureTools({ rateLimit: false });
});

test('of two circuits of one name the worse is shown', async () => {
  initMetrics();
  const options = { name: 'shared', circuitBreaker: { failureThreshold: 1 } };
  const healthy = tool(options, async () => 1);
  const broken = tool(options, async () => Promise.reject(new Error('down')));
  await healthy();
  await outcome(broken());
  await healthy();
  expect(await text()).toContain('tool_circuit_breaker_state{tool="shared"} 1');
});

test('a circuit that opened before set-up is shown open at the first scrape', async () => {
  const broken = tool({ name: 'early', circuitBreaker: { failureThreshold: 1 } }, async () => Promise.reject(new Error('down')));
  await outcome(broken());
  initMetrics();
  expect(await text()).toContain('tool_circuit_breaker_state{tool="early"} 1');
  expect(await text()).toContain('tool_executions_total{tool="early",namespace="default",status="error"} 0');
});

test('our metrics join a registry of the application’s, in its content type, and leave it at shutdown', async () => {
  const registry = new Registry();
  const own = new Counter({ name: 'app_requests_total', help: 'Requests.', registers: [registry] });
  own.inc(3);
  const status = await setupObservability({ enableTracing: false, metricsPort: 0, handleSignals: false, registry });
  const again = await setupObservability({ enableTracing: false, registry });
  expect(again.warnings).toEqual([]);
  await tool({ name: 'joined' }, async () => 1)();
  const served = await fetch(`http://127.0.0.1:${status.metricsPort}/metrics`, { headers: { accept: OPENMETRICS } });
  expect(served.headers.get('content-type')).toBe(registry.contentType);
  const body = await served.text();
  expect(body).toContain('app_requests_total 3');
  expect(body).toContain('tool_executions_total{tool="joined",namespace="default",status="success"} 1');
  expect(await registry.metrics()).toBe(body);
  await status.shutdown();
  expect(await registry.metrics()).toBe('# HELP app_requests_total Requests.\n# TYPE app_requests_total counter\napp_requests_total 3\n');
});

test('a registry in OpenMetrics stays so, also after it was read often', async () => {
  const registry = new Registry();
  registry.setContentType('application/openmetrics-text; version=1.0.0; charset=utf-8' as never);
  const status = await setupObservability({ enableTracing: false, metricsPort: 0, handleSignals: false, registry });
  await tool({ name: 'open' }, async () => 1)();
  await registry.metrics();
  const body = await (await fetch(`http://127.0.0.1:${status.metricsPort}/metrics`)).text();
  expect(body).toContain('# TYPE tool_executions counter\n');
  expect(body).toContain('\ntool_executions_total{tool="open",namespace="default",status="success"} 1\n');
  await status.shutdown();
  expect(await registry.metrics()).toBe('\n# EOF\n');
});

test('a metric of others under one of our names is left alone, with a warning', async () => {
  const registry = new Registry();
  const foreign = new Counter({ name: 'tool_executions_total', help: 'Mine.', registers: [registry] });
  foreign.inc();
  const warn = jest.fn();
  const status = await setupObservability({ enableTracing: false, metricsPort: 0, handleSignals: false, registry, logger: { warn } });
  expect(status.warnings).toEqual(['the registry has metrics of others under our names, they are left as they are: tool_executions_total']);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(await registry.metrics()).toContain('# HELP tool_executions_total Mine.');
});

test('prom-client’s other readers find the metrics too', async () => {
  const registry = new Registry();
  await setupObservability({ enableTracing: false, metricsPort: 0, handleSignals: false, registry });
  await tool({ name: 'json' }, async () => 1)();
  const json = (await registry.getMetricsAsJSON()) as unknown as {
    name: string;
    type: string;
    values: { value: number; labels: object }[];
  }[];
  expect(json.find(({ name }) => name === 'tool_executions_total')?.values).toContainEqual({
    value: 1,
    labels: { tool: 'json', namespace: 'default', status: 'success' },
  });
  const merged = Registry.merge([registry, new Registry()]);
  expect(await merged.metrics()).toContain('tool_executions_total{tool="json"');
});

test('buckets are one set per process', async () => {
  const warn = jest.fn();
  const status = await setupObservability({
    enableTracing: false,
    metricsPort: 0,
    handleSignals: false,
    buckets: [1, 2],
    logger: { warn },
  });
  expect(status.warnings).toEqual([expect.stringContaining('buckets [1,2] are not used')]); // this file counts in the default ones already
});

test.each([
  [undefined, false],
  ['*/*', false],
  ['text/plain', false],
  ['application/openmetrics-text', true],
  ['application/openmetrics-text; version=1.0.0', true],
  ['application/openmetrics-text; version="1.0.0"', true],
  ['application/openmetrics-text; version=0.0.1', false],
  ['application/openmetrics-text; q=0', false],
  ['text/plain;q=0.9, application/openmetrics-text;q=0.5', false],
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    true,
  ],
])('Accept: %s asks for OpenMetrics: %p', (accept, wanted) => {
  expect(wantsOpenMetrics(accept)).toBe(wanted);
});

test('a registry that is reset counts on from 0', async () => {
  const registry = new Registry();
  await setupObservability({ enableTracing: false, metricsPort: 0, handleSignals: false, registry });
  const call = tool({ name: 'again', retry: 1 }, async () => 1);
  await call();
  registry.resetMetrics();
  expect(await registry.metrics()).toContain('tool_executions_total{tool="again",namespace="default",status="success"} 0');
  await call();
  expect(await registry.metrics()).toContain('tool_executions_total{tool="again",namespace="default",status="success"} 1');
  expect(await registry.metrics()).toContain('tool_retry_attempts_total{tool="again",attempt="0",success="true"} 1');
});

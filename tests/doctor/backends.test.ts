import { checkMetrics } from '../../src/doctor/metrics.js';
import { checkPackages } from '../../src/doctor/packages.js';
import { checkSpelling } from '../../src/doctor/misspelt.js';
import { checkTraces } from '../../src/doctor/traces.js';
import { found, installed, packageOf, PEERS, surroundings } from './hand-made';

const traces = (env: Record<string, string>) => checkTraces(surroundings({ env }));

test('without a backend nothing is said of one', () => {
  expect(traces({}).map(({ id }) => id)).not.toContain('traces.backend');
});

test('X-Ray: its propagator and its rules, by default and by its variables', () => {
  const byDefault = traces({ TOOLSPAN_BACKEND: 'xray' });
  expect(found(byDefault, 'traces.backend')).toMatchObject({ status: 'ok', value: 'xray', source: 'TOOLSPAN_BACKEND' });
  expect(found(byDefault, 'traces.propagators')).toMatchObject({
    status: 'ok',
    value: 'tracecontext, baggage, xray',
    source: 'TOOLSPAN_BACKEND',
  });
  expect(found(byDefault, 'traces.sampler')).toMatchObject({
    status: 'ok',
    value: 'xray, rules from http://localhost:2000 every 300 s',
    source: 'TOOLSPAN_BACKEND',
  });
  const byVariables = traces({
    OTEL_TRACES_SAMPLER: 'xray',
    OTEL_TRACES_SAMPLER_ARG: 'endpoint=http://adot:2000,interval=5',
    OTEL_PROPAGATORS: 'xray',
  });
  expect(found(byVariables, 'traces.propagators')).toMatchObject({ status: 'ok', value: 'xray' });
  expect(found(byVariables, 'traces.sampler')).toMatchObject({
    status: 'warning',
    value: 'xray, rules from http://adot:2000 every 300 s',
    source: 'OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG',
    detail: expect.stringContaining('interval=5 is not used') as string,
  });
});

test('Google Cloud and the Datadog agent: their endpoints, and from where', () => {
  expect(found(traces({ TOOLSPAN_BACKEND: 'gcp' }), 'traces.endpoint')).toMatchObject({
    value: 'https://telemetry.googleapis.com',
    source: 'TOOLSPAN_BACKEND',
  });
  expect(found(traces({ TOOLSPAN_BACKEND: 'gcp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }), 'traces.endpoint')).toMatchObject({
    value: 'https://telemetry.googleapis.com/v1/traces',
    source: 'TOOLSPAN_BACKEND',
  });
  expect(found(traces({ DD_AGENT_HOST: 'agent' }), 'traces.endpoint')).toMatchObject({
    value: 'http://agent:4317',
    source: 'DD_AGENT_HOST',
  });
  const own = traces({ DD_AGENT_HOST: 'agent', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' });
  expect(found(own, 'traces.endpoint')).toMatchObject({ value: 'http://collector:4317', source: 'OTEL_EXPORTER_OTLP_ENDPOINT' });
});

test('the URL that was once written for Google Cloud is a warning, with the cure', () => {
  const url = 'https://cloudtrace.googleapis.com/v1/projects/p/traces';
  expect(found(traces({ OTEL_EXPORTER_OTLP_ENDPOINT: url }), 'traces.endpoint')).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining('TOOLSPAN_BACKEND=gcp') as string,
  });
});

test('a backend that is not known is a warning', () => {
  expect(found(traces({ TOOLSPAN_BACKEND: 'azure' }), 'traces.backend')).toMatchObject({
    status: 'warning',
    detail: 'TOOLSPAN_BACKEND=azure is not known, and not used; known are xray, gcp',
  });
});

test.each([
  [
    { TOOLSPAN_BACKEND: 'xray' },
    ['id-generator-aws-xray', 'propagator-aws-xray', 'sampler-aws-xray'].map((name) => `@opentelemetry/${name}`),
  ],
  [{ TOOLSPAN_BACKEND: 'xray', OTEL_TRACES_SAMPLER: 'always_on', OTEL_PROPAGATORS: 'b3' }, ['@opentelemetry/id-generator-aws-xray']],
  [{ OTEL_TRACES_SAMPLER: 'xray' }, ['@opentelemetry/sampler-aws-xray']],
  [{ TOOLSPAN_BACKEND: 'gcp' }, ['google-auth-library']],
  [{ TOOLSPAN_BACKEND: 'gcp', OTEL_SDK_DISABLED: 'true' }, []],
  [{}, []],
])('%j: the packages that it takes are missed', (env, names) => {
  const missed = checkPackages(surroundings({ env })).filter(({ status }) => status === 'problem');
  expect(missed.map(({ title, cure }) => [title, cure])).toEqual(names.map((name) => [name, `npm install ${name}`]));
});

test('and are fine where they are there', () => {
  const there = installed([...PEERS, packageOf('google-auth-library', '10.9.1')]);
  const checks = checkPackages(surroundings({ env: { TOOLSPAN_BACKEND: 'gcp' }, installed: there }));
  expect(found(checks, 'packages.google-auth-library')).toMatchObject({ status: 'ok', value: '10.9.1' });
});

test.each([
  [{ TOOLSPAN_PUSHGATEWAY_URL: 'http://gateway:9091' }, 'pushed to http://gateway:9091', 'TOOLSPAN_PUSHGATEWAY_URL'],
  [{ OTEL_METRICS_EXPORTER: 'otlp' }, 'sent over OTLP (grpc)', 'OTEL_METRICS_EXPORTER'],
])('%j: no metrics server is looked for', async (env, value, source) => {
  const checks = await checkMetrics(surroundings({ env }));
  expect(checks).toEqual([expect.objectContaining({ id: 'metrics.server', status: 'ok', value, source })]);
});

test('our own variables can be misspelt as well', () => {
  expect(checkSpelling({ env: { TOOLSPAN_BACKENT: 'gcp' } })).toEqual([
    expect.objectContaining({ status: 'warning', detail: 'nobody reads this variable; did you mean TOOLSPAN_BACKEND?' }),
  ]);
  expect(checkSpelling({ env: { TOOLSPAN_CAPTURE: 'off' } })).toEqual([expect.objectContaining({ status: 'ok' })]);
});

test.each<[Record<string, string>, string, string]>([
  [{ TOOLSPAN_PUSHGATEWAY_URL: 'nonsense' }, 'problem', 'url must be a URL that begins with http:// or https://'],
  [
    { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'zzz' },
    'warning',
    'the OTLP protocol zzz for metrics is not known',
  ],
  [{ OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: 'abc' }, 'warning', 'OTEL_METRIC_EXPORT_INTERVAL=abc is not used'],
  [{ OTEL_METRICS_EXPORTER: 'foo' }, 'warning', 'not known, so nothing is sent to it: foo'],
])('%j is a %s: %s', async (env, status, detail) => {
  const [first] = await checkMetrics(surroundings({ env }));
  expect(first).toMatchObject({ status, detail: expect.stringContaining(detail) as string });
});

import { checkSpelling, meantBy } from '../../src/doctor/misspelt.js';

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPIONT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['OTEL_EXPORTER_OTLP_ENDPOINTS', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['OTEL_EXPORTER_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['OTEL_OTLP_EXPORTER_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['OTEL_EXPORTER_OTLP_TRACE_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
  ['OTEL_TRACE_SAMPLER', 'OTEL_TRACES_SAMPLER'],
  ['OTEL_TRACES_SAMPLER_ARGS', 'OTEL_TRACES_SAMPLER_ARG'],
  ['OTEL_SERVICENAME', 'OTEL_SERVICE_NAME'],
  ['OTEL_RESOURCE_ATTRIBUTE', 'OTEL_RESOURCE_ATTRIBUTES'],
  ['OTEL_SDK_DISABLE', 'OTEL_SDK_DISABLED'],
  ['otel_service_name', 'OTEL_SERVICE_NAME'],
])('%s: did you mean %s?', (name, meant) => {
  expect(meantBy(name)).toBe(meant);
});

test.each([
  'OTEL_PYTHON_LOG_CORRELATION',
  'OTEL_RESOURCE_ATTRIBUTES_POD_NAME',
  'OTEL_JAVAAGENT_ENABLED',
  'OTEL_INSTRUMENTATION_HTTP_CAPTURE',
])('%s is somebody else’s', (name) => {
  expect(meantBy(name)).toBeUndefined();
});

test('a misspelt name is a warning that says what to write', () => {
  expect(checkSpelling({ env: { OTEL_SERVICE_NAMES: 'shop', PATH: '/bin' } })).toEqual([
    {
      id: 'environment.name.OTEL_SERVICE_NAMES',
      section: 'environment',
      status: 'warning',
      title: 'OTEL_SERVICE_NAMES',
      detail: 'nobody reads this variable; did you mean OTEL_SERVICE_NAME?',
      cure: 'write OTEL_SERVICE_NAME',
    },
  ]);
});

test('one beside the right one is to be unset', () => {
  const [check] = checkSpelling({ env: { OTEL_SERVICE_NAMES: 'shop', OTEL_SERVICE_NAME: 'shop' } });
  expect(check).toMatchObject({ status: 'warning', cure: 'unset OTEL_SERVICE_NAMES' });
});

test('names that are read, of every signal, are fine', () => {
  const env = {
    OTEL_SERVICE_NAME: 'a',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'b',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'c',
    OTEL_BLRP_SCHEDULE_DELAY: '1',
    OTEL_K8S_POD_NAME: 'd',
    OTEL_EXPORTER_PROMETHEUS_PORT: '1',
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '1',
  };
  expect(checkSpelling({ env })).toEqual([
    expect.objectContaining({ id: 'environment.names', status: 'ok', value: '7 of OpenTelemetry set, none misspelt' }),
  ]);
});

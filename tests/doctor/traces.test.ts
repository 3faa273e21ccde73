import { checkService } from '../../src/doctor/service.js';
import { checkTraces } from '../../src/doctor/traces.js';
import { found, surroundings } from './hand-made';

const traces = (env: Record<string, string>, more = {}) => checkTraces(surroundings({ env, ...more }));

describe('Service', () => {
  it.each([
    [{ OTEL_SERVICE_NAME: 'a', DD_SERVICE: 'b' }, 'a', 'OTEL_SERVICE_NAME'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=b' }, 'b', 'OTEL_RESOURCE_ATTRIBUTES'],
    [{ DD_SERVICE: 'c' }, 'c', 'DD_SERVICE'],
  ])('%j: its name, and where it comes from', (env, value, source) => {
    expect(found(checkService({ env, cwd: '/nowhere' }), 'service.name')).toMatchObject({ status: 'ok', value, source });
  });

  it('has the name in package.json, or none, which is a warning', () => {
    const named = found(checkService({ env: {}, cwd: __dirname }), 'service.name');
    expect(named).toMatchObject({ status: 'ok', value: 'toolspan', source: expect.stringMatching(/package\.json$/) as string });
    expect(found(checkService({ env: {}, cwd: '/nowhere' }), 'service.name')).toMatchObject({ status: 'warning', source: 'default' });
  });

  it.each(['a', 'a=b=c', '=b', 'ok=1,a=%E0%A4%A'])(
    'resource attributes %s: OpenTelemetry uses none of them',
    (OTEL_RESOURCE_ATTRIBUTES) => {
      const one = found(checkService({ env: { OTEL_RESOURCE_ATTRIBUTES }, cwd: '/nowhere' }), 'service.attributes');
      expect(one).toMatchObject({ status: 'warning', detail: expect.stringContaining('uses none of them') as string });
    },
  );

  it('shows attributes with their variables', () => {
    const checks = checkService({ env: { OTEL_RESOURCE_ATTRIBUTES: 'team=a%2Cb,', DD_ENV: 'staging' }, cwd: '/nowhere' });
    expect(found(checks, 'service.attributes')).toMatchObject({ status: 'ok', value: 'team=a%2Cb,' });
    expect(found(checks, 'service.attribute.deployment.environment.name')).toMatchObject({ value: 'staging', source: 'DD_ENV' });
  });
});

describe('Traces', () => {
  it('by default: OTLP over gRPC to localhost, everything by default', () => {
    const checks = traces({});
    expect(checks.map(({ id, status, value, source }) => [id, status, value, source])).toEqual([
      ['traces.exporter', 'ok', 'otlp', 'default'],
      ['traces.protocol', 'ok', 'grpc', 'default'],
      ['traces.endpoint', 'ok', 'http://localhost:4317', 'default'],
      ['traces.headers', 'ok', 'none', 'default'],
      ['traces.compression', 'ok', 'none', 'default'],
      ['traces.timeout', 'ok', '5000 ms', 'default'],
      ['traces.sampler', 'ok', 'parentbased_always_on', 'default'],
      ['traces.propagators', 'ok', 'tracecontext, baggage', 'default'],
      ['traces.batches', 'ok', 'queue 2048, batch 512, every 5000 ms, time limit 30000 ms', 'default'],
    ]);
  });

  it.each([
    [{ OTEL_SDK_DISABLED: 'true' }, 'OTEL_SDK_DISABLED'],
    [{ OTEL_TRACES_EXPORTER: 'none' }, 'OTEL_TRACES_EXPORTER'],
  ])('%j: switched off, and nothing else is said', (env, source) => {
    expect(traces(env)).toEqual([
      expect.objectContaining({ id: 'traces.exporter', status: 'warning', source, detail: 'tracing is switched off' }),
    ]);
  });

  it('an exporter that nobody knows is a problem if it is the only one', () => {
    expect(found(traces({ OTEL_TRACES_EXPORTER: 'jaeger' }), 'traces.exporter').status).toBe('problem');
    expect(found(traces({ OTEL_TRACES_EXPORTER: 'jaeger,console' }), 'traces.exporter').status).toBe('warning');
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'carrier-pigeon', 'traces.protocol', 'grpc is used'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317', 'traces.endpoint', 'has no scheme, so TLS is used'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4317/v1/traces', 'traces.endpoint', 'has a path, which gRPC ignores'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318', 'traces.endpoint', 'port 4318 is the one for HTTP'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector', 'traces.endpoint', 'names no port, and gRPC then uses 443'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'Bearer abc', 'traces.headers', '1 of the entries cannot be read'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'brotli', 'traces.compression', 'brotli is not known'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '5s', 'traces.timeout', 'is not a number of milliseconds'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '10', 'traces.timeout', 'it is in milliseconds'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', 'traces.sampler', 'so every trace is sampled'],
    ['OTEL_TRACES_SAMPLER', 'always_off', 'traces.sampler', 'no trace that begins here is recorded'],
    ['OTEL_TRACES_SAMPLER_ARG', '0.1', 'traces.sampler', 'is not used by this sampler'],
    ['OTEL_PROPAGATORS', 'tracecontext,w3c', 'traces.propagators', 'the SDK does not know w3c'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '-1', 'traces.batches', 'must be a whole number from 1'],
  ])('%s=%s is a warning (%s): %s', (name, value, id, detail) => {
    expect(found(traces({ [name]: value }), id)).toMatchObject({ status: 'warning', detail: expect.stringContaining(detail) as string });
  });

  it('a ratio of 0 records nothing', () => {
    const env = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    expect(found(traces(env), 'traces.sampler')).toMatchObject({ status: 'warning', value: 'parentbased_traceidratio 0' });
  });

  it('names headers, and never says their values', () => {
    const checks = traces({ OTEL_EXPORTER_OTLP_HEADERS: 'api-key=s3cret' });
    expect(found(checks, 'traces.headers')).toMatchObject({ status: 'ok', value: 'api-key', source: 'OTEL_EXPORTER_OTLP_HEADERS' });
    expect(JSON.stringify(checks)).not.toContain('s3cret');
  });
});

describe('Traces over HTTP', () => {
  const http = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };

  it.each([
    [{}, 'http://localhost:4318/v1/traces', 'default'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }, 'https://c/otlp/v1/traces', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/mine' }, 'http://c:4318/mine', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
  ])('%j go to %s', (env, value, source) => {
    expect(found(traces({ ...http, ...env }), 'traces.endpoint')).toMatchObject({ status: 'ok', value, source });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318' }, 'receivers of OTLP want /v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/v1/traces' }, '/v1/traces is appended'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' }, 'port 4317 is the one for gRPC'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, 'is not a URL; http://localhost:4318/v1/traces is used'],
  ])('%j: %s', (env, detail) => {
    expect(found(traces({ ...http, ...env }), 'traces.endpoint')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining(detail) as string,
    });
  });

  it('to Zipkin have an endpoint of their own, and no headers', () => {
    const checks = traces({ OTEL_TRACES_EXPORTER: 'zipkin' });
    expect(found(checks, 'traces.zipkin.endpoint')).toMatchObject({ value: 'http://localhost:9411/api/v2/spans', source: 'default' });
    expect(checks.map(({ id }) => id)).not.toContain('traces.headers');
  });
});

describe('Certificates', () => {
  const tls = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4317', OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem' };

  it('that cannot be read are a problem', () => {
    expect(found(traces(tls), 'traces.certificate')).toMatchObject({
      status: 'problem',
      value: 'ca.pem',
      detail: expect.stringContaining("no such file or directory, open '/app/ca.pem'") as string,
    });
  });

  it('that are not in PEM format are a problem', () => {
    expect(found(traces(tls, { readFile: () => 'DER' }), 'traces.certificate')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('not in PEM format') as string,
    });
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(found(traces(tls, { readFile: () => broken }), 'traces.certificate')).toMatchObject({ status: 'problem' });
  });

  it('without TLS are not used', () => {
    const env = { ...tls, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' };
    const readFile = (): string => '-----BEGIN PRIVATE KEY-----';
    expect(found(traces(env, { readFile }), 'traces.certificate')).toMatchObject({
      status: 'warning',
      cure: 'write https:// in OTEL_EXPORTER_OTLP_ENDPOINT',
    });
  });

  it('of ours need their key', () => {
    const env = { ...tls, OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/c.pem' };
    const readFile = (): string => '-----BEGIN PRIVATE KEY-----';
    const checks = traces(env, { readFile });
    expect(found(checks, 'traces.client-certificate').status).toBe('ok');
    expect(found(checks, 'traces.client-pair')).toMatchObject({ status: 'problem', cure: 'set OTEL_EXPORTER_OTLP_CLIENT_KEY as well' });
  });
});

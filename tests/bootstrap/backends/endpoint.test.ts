import type { Backend } from '../../../src/bootstrap/backends/backend.js';
import { endpointFor, type Transport } from '../../../src/bootstrap/backends/endpoint.js';

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const FORMER = 'https://cloudtrace.googleapis.com/v1/projects/my-project/traces';

function ask(transport: Transport, env: Record<string, string>, backend?: Backend): { url: string | undefined; warnings: string[] } {
  const warnings: string[] = [];
  const url = endpointFor(transport, env, backend, (warning) => warnings.push(warning))?.url;
  return { url, warnings };
}

test.each<[Transport, Record<string, string>, Backend | undefined, string | undefined]>([
  ['grpc', {}, undefined, undefined],
  ['grpc', {}, 'xray', undefined],
  ['grpc', {}, 'gcp', 'https://telemetry.googleapis.com'],
  ['http', {}, 'gcp', 'https://telemetry.googleapis.com/v1/traces'],
  ['grpc', { [ENDPOINT]: 'http://collector:4317' }, 'gcp', undefined],
  ['grpc', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4317' }, 'gcp', undefined],
  ['grpc', { DD_AGENT_HOST: 'agent' }, undefined, 'http://agent:4317'],
  ['http', { DD_AGENT_HOST: 'agent' }, undefined, 'http://agent:4318/v1/traces'],
  ['grpc', { DD_AGENT_HOST: 'fd00::7' }, undefined, 'http://[fd00::7]:4317'],
  ['grpc', { DD_AGENT_HOST: 'agent', DD_TRACE_AGENT_URL: 'http://other:8126' }, undefined, 'http://other:4317'],
  ['grpc', { DD_AGENT_HOST: 'agent', DD_TRACE_AGENT_URL: 'unix:///var/run/datadog/apm.socket' }, undefined, 'http://agent:4317'],
  ['grpc', { DD_AGENT_HOST: 'agent' }, 'gcp', 'https://telemetry.googleapis.com'],
  ['grpc', { DD_AGENT_HOST: 'agent', [ENDPOINT]: 'http://collector:4317' }, undefined, undefined],
])('over %s, %j and the backend %s have traces go to %s', (transport, env, backend, url) => {
  expect(ask(transport, env, backend)).toEqual({ url, warnings: [] });
});

test.each([FORMER, 'cloudtrace.googleapis.com:443'])(
  'the URL that was once written for Google Cloud is a warning, with the cure (%s)',
  (former) => {
    const { url, warnings } = ask('grpc', { [ENDPOINT]: former });
    expect(url).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining(`${ENDPOINT}=${former}: cloudtrace.googleapis.com does not take OTLP; unset it`)]);
    expect(warnings[0]).toMatch(
      /backend: 'gcp' \(or TOOLSPAN_BACKEND=gcp\), which sends to https:\/\/telemetry.googleapis.com with a token$/,
    );
  },
);

test.each<[Transport, string]>([
  ['grpc', 'https://telemetry.googleapis.com'],
  ['http', 'https://telemetry.googleapis.com/v1/traces'],
])('with the backend it is a warning too, and the right one is used (%s)', (transport, url) => {
  expect(ask(transport, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: FORMER }, 'gcp')).toEqual({
    url,
    warnings: [
      `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${FORMER}: cloudtrace.googleapis.com does not take OTLP; https://telemetry.googleapis.com is used instead, unset the variable`,
    ],
  });
});

test('a gRPC endpoint that is no URL is not used', () => {
  expect(ask('grpc', { [ENDPOINT]: 'http://a b' })).toEqual({
    url: 'http://localhost:4317',
    warnings: [expect.stringContaining('is not a URL')],
  });
});

describe('metrics', () => {
  const of = (signal: 'traces' | 'metrics', transport: Transport, env: Record<string, string>, backend?: 'gcp') =>
    endpointFor(transport, env, backend, () => undefined, signal)?.url;

  test.each<[Transport, Record<string, string>, 'gcp' | undefined, string | undefined]>([
    ['grpc', {}, undefined, undefined],
    ['grpc', {}, 'gcp', 'https://telemetry.googleapis.com'],
    ['http', {}, 'gcp', 'https://telemetry.googleapis.com/v1/metrics'],
    ['grpc', { DD_AGENT_HOST: 'agent' }, undefined, 'http://agent:4317'],
    ['http', { DD_AGENT_HOST: 'agent' }, undefined, 'http://agent:4318/v1/metrics'],
    ['grpc', { DD_AGENT_HOST: 'agent', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector:4317' }, undefined, undefined],
    ['grpc', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: ':/' }, undefined, 'http://localhost:4317'],
  ])('over %s with %j and backend %s go to %s', (transport, env, backend, url) => {
    expect(of('metrics', transport, env, backend)).toBe(url);
  });

  test('an endpoint for metrics alone is none for traces', () => {
    expect(of('traces', 'grpc', { DD_AGENT_HOST: 'agent', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector:4317' })).toBe(
      'http://agent:4317',
    );
  });
});

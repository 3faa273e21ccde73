import { checkGrpcEndpoint, checkSampler, read, readList, readWhole } from '../../src/bootstrap/environment.js';
import { mappedAttributes, resolveServiceName } from '../../src/bootstrap/resource.js';

function complaints(check: (complain: (warning: string) => void) => unknown): string[] {
  const said: string[] = [];
  check((warning) => said.push(warning));
  return said;
}

test('an empty variable counts as not set', () => {
  expect(read({ A: '  ' }, 'A')).toBeUndefined();
  expect(read({ A: ' x ' }, 'A')).toBe('x');
  expect(readList({ A: ' otlp , ,console' }, 'A')).toEqual(['otlp', 'console']);
});

test.each(['abc', '-1', '70000', '1.5', '0x', 'NaN'])('a port of %s is a warning, and not used', (value) => {
  expect(complaints((complain) => expect(readWhole({ PORT: value }, 'PORT', 0, 65_535, complain)).toBeUndefined())).toEqual([
    `PORT=${value} is not used: it must be a whole number from 0 to 65535`,
  ]);
});

test('a port that can be used is used', () => {
  expect(complaints((complain) => expect(readWhole({ PORT: '0' }, 'PORT', 0, 65_535, complain)).toBe(0))).toEqual([]);
});

test.each([
  [{ OTEL_TRACES_SAMPLER: 'always_on' }, []],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }, []],
  [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, ['OTEL_TRACES_SAMPLER=jaeger_remote is not known, so every trace is sampled']],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10' }, ['OTEL_TRACES_SAMPLER_ARG=10 is not a number from 0 to 1']],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }, ['OTEL_TRACES_SAMPLER_ARG= is not a number from 0 to 1']],
])('sampler %j', (env, expected) => {
  expect(complaints((complain) => checkSampler(env, complain))).toEqual(expected.map((start) => expect.stringContaining(start)));
});

test.each([
  [{}, true, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' }, true, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317/' }, true, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317/v1/traces' }, true, 'has a path, which gRPC ignores; write http://collector:4317'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
    true,
    'has no scheme, so TLS is used; for a plain connection write http://collector:4317',
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a b' }, false, 'is not a URL; http://localhost:4317 is used'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://ok:1', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://x:2/p' },
    true,
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://x:2/p has a path',
  ],
])('gRPC endpoint %j', (env, usable, complaint) => {
  expect(complaints((complain) => expect(checkGrpcEndpoint(env, complain)).toBe(usable))).toEqual(
    complaint ? [expect.stringContaining(complaint)] : [],
  );
});

test.each([
  [{ OTEL_SERVICE_NAME: 'a', OTEL_RESOURCE_ATTRIBUTES: 'service.name=b', DD_SERVICE: 'd' }, 'c', 'a'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'team=x,service.name=b%20c', DD_SERVICE: 'd' }, 'c', 'b c'],
  [{ DD_SERVICE: 'd' }, 'c', 'c'],
  [{ DD_SERVICE: 'd' }, undefined, 'd'],
  [{}, undefined, 'toolspan'],
])('service name of %j and %s is %s', (env, asked, name) => {
  expect(resolveServiceName(env, asked, __filename)).toBe(name);
});

test('a program without a package.json around it has an unknown name', () => {
  expect(resolveServiceName({}, undefined, undefined)).toBe('unknown_service:node');
  expect(resolveServiceName({}, undefined, '/nowhere/at/all.js')).toBe('unknown_service:node');
});

test('variables become attributes of the resource, OpenTelemetry’s before Datadog’s', () => {
  expect(
    mappedAttributes({
      OTEL_SERVICE_VERSION: '1',
      DD_VERSION: '2',
      DD_ENV: 'staging',
      OTEL_K8S_NAMESPACE: 'shop',
      OTEL_K8S_POD_NAME: 'shop-7',
    }),
  ).toEqual({
    'service.version': '1',
    'deployment.environment.name': 'staging',
    'deployment.environment': 'staging',
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'shop-7',
  });
  expect(mappedAttributes({})).toEqual({});
});

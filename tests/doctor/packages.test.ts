import { checkOwn } from '../../src/doctor/own.js';
import { checkPackages } from '../../src/doctor/packages.js';
import { found, installed, packageOf, PEERS, surroundings } from './hand-made';

const [API, SDK, GRPC, PROM] = ['@opentelemetry/api', '@opentelemetry/sdk-node', '@opentelemetry/exporter-trace-otlp-grpc', 'prom-client'];
const only = (...names: (string | undefined)[]) => PEERS.filter(({ name }) => names.includes(name));

function statuses(env: Record<string, string>, packages = PEERS): Record<string, string> {
  const checks = checkPackages(surroundings({ env, installed: installed(packages) }));
  return Object.fromEntries(checks.map(({ title, status }) => [title, status]));
}

test('all there, in range: fine, with versions and folders', () => {
  const checks = checkPackages(surroundings());
  expect(checks.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  expect(found(checks, 'packages.prom-client')).toMatchObject({ value: '15.1.3', source: '/app/node_modules/prom-client' });
});

test('none there: a problem each, with the command that cures it', () => {
  const checks = checkPackages(surroundings({ installed: installed([]) }));
  expect(checks.map(({ status }) => status)).toEqual(['problem', 'problem', 'problem', 'problem']);
  expect(checks.map(({ cure }) => cure)).toEqual([API, SDK, GRPC, PROM].map((name) => `npm install ${name}`));
});

test('who has metrics alone is only told that there are no traces, and the other way round', () => {
  expect(statuses({}, only(API, PROM))).toEqual({ [API]: 'ok', [SDK]: 'warning', [GRPC]: 'warning', [PROM]: 'ok' });
  expect(statuses({}, only(API, SDK, GRPC))).toMatchObject({ [SDK]: 'ok', [PROM]: 'warning' });
});

test('half of tracing is a problem, and so is none of it where the environment asks for traces', () => {
  expect(statuses({}, only(API, SDK, PROM))).toMatchObject({ [GRPC]: 'problem' });
  expect(statuses({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' }, only(API, PROM))).toMatchObject({ [SDK]: 'problem' });
  expect(statuses({ OTEL_EXPORTER_PROMETHEUS_PORT: '9464' }, only(API, SDK, GRPC))).toMatchObject({ [PROM]: 'problem' });
});

test.each([
  ['the gRPC exporter over HTTP', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, only(API, SDK, PROM), GRPC],
  ['the gRPC exporter for the console', { OTEL_TRACES_EXPORTER: 'console' }, only(API, SDK, PROM), GRPC],
  ['tracing that is switched off', { OTEL_SDK_DISABLED: 'true' }, only(API, PROM), SDK],
  ['metrics that are switched off', { OTEL_METRICS_EXPORTER: 'none' }, only(API, SDK, GRPC), PROM],
])('what is not needed is not missed: %s', (_, env, packages, name) => {
  expect(statuses(env, packages)).toMatchObject({ [name]: 'skipped' });
});

test('a version out of range is a problem', () => {
  const checks = checkPackages(surroundings({ installed: installed([...only(API, SDK, GRPC), packageOf('prom-client', '14.2.0')]) }));
  expect(found(checks, 'packages.prom-client')).toMatchObject({
    status: 'problem',
    value: '14.2.0',
    detail: 'toolspan works with ^15',
    cure: 'npm install "prom-client@^15"',
  });
});

test('an API that is newer than the SDK knows is a problem', () => {
  const checks = checkPackages(surroundings({ installed: installed([packageOf(API, '1.10.0'), ...only(SDK, GRPC, PROM)]) }));
  expect(found(checks, 'packages.@opentelemetry/api').status).toBe('ok');
  expect(found(checks, 'packages.api-fits')).toMatchObject({
    status: 'problem',
    value: '>=1.3.0 <1.10.0',
    cure: 'npm install "@opentelemetry/api@>=1.3.0 <1.10.0"',
  });
});

test('where the application finds another copy than toolspan does, both are named', () => {
  const theirs = packageOf(API, '1.9.0', { folder: '/app/api' });
  const byApplication = (name: string) => (name === API ? theirs : undefined);
  const checks = checkPackages(surroundings({ installed: installed(PEERS, { byApplication }) }));
  expect(found(checks, 'packages.@opentelemetry/api')).toMatchObject({
    status: 'warning',
    value: '1.9.1',
    detail: 'the application finds another copy: 1.9.0 in /app/api',
  });
});

test('a package that the application finds and toolspan does not is a problem of its own', () => {
  const byToolspan = () => undefined;
  const checks = checkPackages(surroundings({ installed: installed(PEERS, { byToolspan }) }));
  expect(found(checks, 'packages.prom-client')).toMatchObject({ status: 'problem', value: 'not found by toolspan' });
});

test('copies are a warning that names each', () => {
  const copies = [packageOf(API, '1.9.1'), packageOf(API, '1.8.0', { folder: '/app/old' }), packageOf('toolspan', '0.1.0')];
  const checks = checkPackages(surroundings({ installed: installed(PEERS, { copies: () => copies }) }));
  expect(found(checks, 'packages.copies.@opentelemetry/api')).toMatchObject({
    status: 'warning',
    value: '1.9.1 in /app/node_modules/@opentelemetry/api, 1.8.0 in /app/old',
  });
  expect(checks.filter(({ id }) => id.startsWith('packages.copies.'))).toHaveLength(1);
});

test('a Node that is too old is a problem', () => {
  expect(found(checkOwn(surroundings({ node: 'v18.20.0' })), 'toolspan.node')).toMatchObject({
    status: 'problem',
    detail: 'toolspan needs Node >=20.19',
  });
  expect(found(checkOwn(surroundings()), 'toolspan.node')).toMatchObject({ status: 'ok', value: 'v20.20.2' });
});

test('a toolspan that is not the application’s is a warning', () => {
  const none = installed(PEERS, { byApplication: () => undefined });
  expect(found(checkOwn(surroundings({ installed: none })), 'toolspan.version')).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining('/app does not find toolspan') as string,
  });
  const other = installed(PEERS, { byApplication: (name) => packageOf(name, '0.0.9', { folder: '/app/theirs' }) });
  expect(found(checkOwn(surroundings({ installed: other })), 'toolspan.version')).toMatchObject({
    status: 'warning',
    detail: 'an application in /app finds another one: 0.0.9 in /app/theirs',
  });
});

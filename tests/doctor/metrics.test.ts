import { checkMetrics } from '../../src/doctor/metrics.js';
import type { Network } from '../../src/doctor/network.js';
import type { Check } from '../../src/doctor/report.js';
import { failure, found, surroundings } from './hand-made';

type Given = Parameters<typeof surroundings>[0];

const metrics = (given: Given = {}): Promise<Check[]> => checkMetrics(surroundings(given));
const cannotListen = (code: string, more: Partial<Network> = {}): Partial<Network> => ({
  listen: () => Promise.reject(failure(code)),
  ...more,
});
const page = (body: string, status = 200): Partial<Network> => cannotListen('EADDRINUSE', { get: () => Promise.resolve({ status, body }) });

test('by default: port 9090 on loopback, free', async () => {
  expect((await metrics()).map(({ id, status, value, source }) => [id, status, value, source])).toEqual([
    ['metrics.port', 'ok', '9090', 'default'],
    ['metrics.host', 'ok', '127.0.0.1', 'default'],
    ['metrics.listen', 'ok', '127.0.0.1:9090 is free', undefined],
  ]);
});

test('port and host come from the environment; a port that is none is not used', async () => {
  const given = await metrics({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0', OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' } });
  expect(found(given, 'metrics.port')).toMatchObject({ value: '0', source: 'OTEL_EXPORTER_PROMETHEUS_PORT' });
  expect(found(given, 'metrics.host')).toMatchObject({ value: '0.0.0.0', source: 'OTEL_EXPORTER_PROMETHEUS_HOST' });
  expect(found(given, 'metrics.listen').value).toBe('any free port');
  const unusable = await metrics({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: 'abc' } });
  expect(found(unusable, 'metrics.port')).toMatchObject({
    status: 'warning',
    value: '9090',
    source: 'default',
    detail: expect.stringContaining('abc') as string,
  });
});

test('a port taken by a metrics server of ours is fine', async () => {
  const checks = await metrics({ network: page('# HELP tool_executions_total x\n# TYPE tool_executions_total counter\n') });
  expect(found(checks, 'metrics.listen')).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining('your application runs') as string,
  });
});

test.each<[string, Partial<Network>]>([
  ['by Prometheus itself', page('# TYPE go_info gauge\n# TYPE prometheus_build_info gauge\nprometheus_build_info{} 1\n')],
  ['by something else that serves metrics', page('# TYPE http_requests_total counter\n')],
  ['by something that serves no metrics', page('Not found', 404)],
  ['by something that serves no metrics', cannotListen('EADDRINUSE')],
])('a port taken %s is a problem', async (detail, network) => {
  expect(found(await metrics({ network }), 'metrics.listen')).toMatchObject({
    status: 'problem',
    value: '127.0.0.1:9090 is taken',
    detail: expect.stringContaining(detail) as string,
    cure: 'set OTEL_EXPORTER_PROMETHEUS_PORT to a free one, or 0 for any',
  });
});

test.each([
  ['EACCES', '80', 'ports below 1024 need privileges'],
  ['EADDRNOTAVAIL', '9090', 'is no address of this machine'],
  ['ENOTFOUND', '9090', 'there is no host'],
  ['EINVAL', '9090', 'could not listen (EINVAL)'],
])('%s on port %s: %s', async (code, port, detail) => {
  const checks = await metrics({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: port }, network: cannotListen(code) });
  expect(found(checks, 'metrics.listen')).toMatchObject({ status: 'problem', detail: expect.stringContaining(detail) as string });
});

test.each<[string, Given]>([
  ['Kubernetes', { env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }],
  ['Docker', { exists: (path) => path === '/.dockerenv' }],
  ['Podman', { exists: (path) => path === '/run/.containerenv' }],
])('in a container (%s) loopback is a warning', async (_, given) => {
  expect(found(await metrics(given), 'metrics.host')).toMatchObject({
    status: 'warning',
    cure: 'set OTEL_EXPORTER_PROMETHEUS_HOST=0.0.0.0',
  });
});

test('in a container every address is fine', async () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' };
  expect(found(await metrics({ env }), 'metrics.host').status).toBe('ok');
});

test('metrics that are switched off are said to be', async () => {
  expect(await metrics({ env: { OTEL_METRICS_EXPORTER: 'none' } })).toEqual([
    expect.objectContaining({ id: 'metrics.server', status: 'warning', source: 'OTEL_METRICS_EXPORTER' }),
  ]);
});

import express from 'express';
import fastify from 'fastify';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ConfigurationError,
  initMetrics,
  metricsHandler,
  setupObservability,
  shutdownObservability,
  tool,
  type MetricsHandlerOptions,
} from 'toolspan';

const call = tool({ name: 'mounted' }, async () => 1);

async function served(listener: RequestListener): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

type Mount = (options?: MetricsHandlerOptions) => Promise<{ url: string; close: () => void }>;

const mounts: [string, Mount][] = [
  ['node:http', (options) => served(metricsHandler(options))],
  [
    'express',
    (options) => {
      const app = express();
      app.all('/internal/metrics', metricsHandler(options));
      return served(app as RequestListener);
    },
  ],
  [
    'fastify',
    async (options) => {
      const app = fastify();
      app.all('/internal/metrics', metricsHandler(options));
      return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => void app.close() };
    },
  ],
];

describe.each(mounts)('%s', (_name, mount) => {
  let server: Awaited<ReturnType<Mount>>;
  const ask = (init?: RequestInit): Promise<Response> => fetch(`${server.url}/internal/metrics`, init);

  afterEach(async () => {
    server.close();
    await shutdownObservability();
  });

  test('serves the metrics in both formats', async () => {
    initMetrics();
    await call();
    server = await mount();
    const text = await ask();
    expect([text.status, text.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(await text.text()).toContain('tool_executions_total{tool="mounted",namespace="default",status="success"} ');
    const open = await ask({ headers: { Accept: 'application/openmetrics-text; version=1.0.0' } });
    expect(await open.text()).toMatch(/# EOF\n$/);
    expect((await ask({ method: 'HEAD' })).headers.get('content-length')).not.toBe('0');
  });

  test('only to be read', async () => {
    initMetrics();
    server = await mount();
    expect((await ask({ method: 'POST' })).status).toBe(405);
  });

  test('while metrics are off, it says so; once they are on, it serves them', async () => {
    server = await mount();
    const off = await ask();
    expect([off.status, await off.text()]).toEqual([503, expect.stringMatching(/^Metrics are off: await setupObservability\(\) first\./)]);
    initMetrics();
    expect((await ask()).status).toBe(200);
  });

  test('to those who may read them', async () => {
    initMetrics();
    server = await mount({ auth: { bearerToken: 'abc' } });
    expect((await ask()).status).toBe(401);
    expect((await ask({ headers: { Authorization: 'Bearer abc' } })).status).toBe(200);
  });
});

test('options that are none are refused', () => {
  expect(() => metricsHandler({ path: '/metrics' } as never)).toThrow(ConfigurationError);
});

test('what set-up says of who may read them holds here as well', async () => {
  await setupObservability({ enableTracing: false, enableMetricsServer: false, handleSignals: false, metricsAuth: { bearerToken: 't' } });
  const server = await served(metricsHandler());
  expect((await fetch(server.url)).status).toBe(401);
  expect((await fetch(server.url, { headers: { Authorization: 'Bearer t' } })).status).toBe(200);
  const { metricsPort } = await setupObservability({ enableTracing: false, handleSignals: false, metricsPort: 0 });
  expect((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status).toBe(401);
  server.close();
  await shutdownObservability();
});

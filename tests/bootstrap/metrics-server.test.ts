import { request } from 'node:http';
import { listen, type MetricsServer } from '../../src/bootstrap/metrics-server.js';

let server: MetricsServer;
const failures: unknown[] = [];
let expose = async (_accept?: string) => ({
  contentType: 'text/plain',
  parts: [Buffer.from('metric '), Buffer.from('1\n')],
  release: () => undefined,
});

beforeAll(async () => {
  server = await listen({ port: 0, host: '127.0.0.1', expose: (accept) => expose(accept), onFailure: (error) => failures.push(error) });
});
afterAll(() => server.close());

function ask(path: string, method = 'GET'): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: server.host, port: server.port, path, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

test('serves the metrics, also with a query', async () => {
  expect(await ask('/metrics')).toMatchObject({ status: 200, body: 'metric 1\n', headers: { 'content-type': 'text/plain' } });
  expect((await ask('/metrics?name[]=x')).status).toBe(200);
});

test('HEAD has the length and no body', async () => {
  expect(await ask('/metrics', 'HEAD')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '9' } });
});

test('/healthz is well', async () => {
  expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
});

test.each(['/', '/metrics/', '/metricsx', '/favicon.ico'])('%s is not found', async (path) => {
  expect((await ask(path)).status).toBe(404);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not allowed', async (method) => {
  expect(await ask('/metrics', method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
});

test('a scrape that fails is a 500, and reported', async () => {
  const works = expose;
  expose = async () => Promise.reject(new Error('cannot render'));
  expect(await ask('/metrics')).toMatchObject({ status: 500, body: 'The metrics could not be rendered: cannot render\n' });
  expect(failures).toEqual([new Error('cannot render')]);
  expose = works;
});

test('a taken port is an error for who wanted to listen', async () => {
  await expect(listen({ port: server.port, host: server.host, expose, onFailure: () => undefined })).rejects.toThrow('EADDRINUSE');
});

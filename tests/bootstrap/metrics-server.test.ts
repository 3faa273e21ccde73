import { request } from 'node:http';
import { eventually } from '../support/eventually.js';
import { listen, type MetricsServer } from '../../src/bootstrap/endpoint/server.js';

const HOST = '127.0.0.1';
let server: MetricsServer;
const failures: unknown[] = [];
let expose = async (_accept?: string) => ({
  contentType: 'text/plain',
  parts: [Buffer.from('metric '), Buffer.from('1\n')],
  release: () => undefined,
});

beforeAll(async () => {
  server = await listen({ at: { port: 0, host: HOST }, expose: (accept) => expose(accept), onFailure: (error) => failures.push(error) });
});
afterAll(() => server.close());

function ask(path: string, method = 'GET'): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: HOST, port: server.port, path, method, agent: false }, (response) => {
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
  await expect(listen({ at: server.at, expose, onFailure: () => undefined })).rejects.toThrow('EADDRINUSE');
});

describe('with more to send than one turn of the event loop is to take', () => {
  const PART = Buffer.from('metric 1\n'.repeat(1_000));
  const parts = Array.from({ length: 1_000 }, () => PART);
  const releases: string[] = [];
  const works = expose;

  beforeEach(() => {
    releases.length = 0;
    expose = async () => ({ contentType: 'text/plain', parts, release: () => void releases.push('released') });
  });
  afterEach(() => (expose = works));

  test('all of it arrives, others have their turn, and the memory is given back', async () => {
    let turns = 0;
    let isOver = false;
    const answer = ask('/metrics').finally(() => (isOver = true));
    while (!isOver) {
      turns += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { body, headers } = await answer;
    expect(body.length).toBe(9_000_000);
    expect(headers['content-length']).toBe('9000000');
    expect(turns).toBeGreaterThan(10);
    expect(await eventually('the memory is given back', () => releases.length)).toBe(1);
  });

  test('a reader that leaves early is no failure, and its memory is not written into', async () => {
    const before = failures.length;
    await new Promise<void>((resolve, reject) => {
      const asked = request({ host: HOST, port: server.port, path: '/metrics', agent: false }, (response) => {
        response.once('data', () => {
          response.destroy();
          resolve();
        });
      });
      asked.on('error', reject).end();
    });
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/metrics')).body.length).toBe(9_000_000);
    expect(await eventually('the memory is given back', () => releases.length)).toBe(1);
    expect(failures).toHaveLength(before);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { setupObservability, shutdownObservability, startMetricsServer, type ObservabilityOptions } from 'toolspan';

const logger = { warn: jest.fn() };
const options: ObservabilityOptions = { enableTracing: false, handleSignals: false, logger };
const folder = mkdtempSync(join(tmpdir(), 'toolspan-socket-'));
const socketPath = join(folder, 'metrics.sock');

afterEach(() => shutdownObservability());
afterAll(() => rmSync(folder, { recursive: true }));

interface Answer {
  readonly status: number | undefined;
  readonly challenge: string | undefined;
  readonly body: string;
}

function ask(where: { port: number | undefined } | { socketPath: string }, path: string, authorization?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = authorization === undefined ? {} : { authorization };
    request({ host: '127.0.0.1', ...where, path, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () => resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'], body }));
    })
      .on('error', reject)
      .end();
  });
}

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

describe('with a name and a password', () => {
  const metricsAuth = { username: 'scraper', password: 'pässwörd: with colon' };

  test('who knows them reads the metrics, and nobody else', async () => {
    const { metricsPort: port } = await setupObservability({ ...options, metricsPort: 0, metricsAuth });
    expect(await ask({ port }, '/metrics', basic('scraper:pässwörd: with colon'))).toMatchObject({ status: 200 });
    for (const wrong of [undefined, '', basic('scraper:other'), basic('scraper'), 'Bearer pässwörd', 'Basic', 'Basic %%%'])
      expect(await ask({ port }, '/metrics', wrong && Buffer.from(wrong).toString('latin1'))).toMatchObject({
        status: 401,
        challenge: 'Basic realm="metrics", charset="UTF-8"',
        body: expect.not.stringContaining('tool_') as string,
      });
  });

  test('whether the process is well is for everybody', async () => {
    const { metricsPort: port } = await setupObservability({ ...options, metricsPort: 0, metricsAuth });
    expect(await ask({ port }, '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test('a server that runs without is not taken for one with', async () => {
    await setupObservability({ ...options, metricsPort: 0 });
    const { warnings } = await setupObservability({ ...options, metricsPort: 0, metricsAuth });
    expect(warnings).toEqual(['metricsAuth is not used: the metrics server runs without one, and answers everybody']);
  });
});

test('with a token, the same', async () => {
  const { port } = await startMetricsServer({ port: 0, auth: { bearerToken: 's3cret' } });
  expect(await ask({ port }, '/metrics', 'bearer s3cret')).toMatchObject({ status: 200 });
  expect(await ask({ port }, '/metrics', 'Bearer s3cre')).toMatchObject({ status: 401, challenge: 'Bearer realm="metrics"' });
});

test('an error about it does not tell it', async () => {
  const wrong = setupObservability({ ...options, metricsAuth: { username: 'a', pasword: 'hunter2' } as never });
  await expect(wrong).rejects.toThrow(
    'setupObservability: metricsAuth must be { username, password }, or { bearerToken }, each a string that is not empty, got {"username":"…","pasword":"…"}',
  );
});

describe('at a socket in the file system', () => {
  test('the same is served, and no port', async () => {
    const status = await setupObservability({ ...options, metricsSocketPath: socketPath });
    expect(status).toMatchObject({ metricsServerStarted: true, metricsPort: undefined, warnings: [] });
    expect(await ask({ socketPath }, '/metrics')).toMatchObject({ status: 200, body: expect.stringContaining('# TYPE') as string });
    await shutdownObservability();
    await expect(ask({ socketPath }, '/metrics')).rejects.toThrow('ENOENT');
  });

  test('what a process that was killed left behind is no hindrance', async () => {
    const listener = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['--eval', listener]).signal).toBe('SIGKILL');
    expect(await setupObservability({ ...options, metricsSocketPath: socketPath })).toMatchObject({
      metricsServerStarted: true,
      warnings: [],
    });
  });

  test('one that somebody answers at stays theirs', async () => {
    const other = createServer().listen(socketPath);
    await new Promise((resolve) => other.once('listening', resolve));
    const { metricsServerStarted, warnings } = await setupObservability({ ...options, metricsSocketPath: socketPath });
    expect(metricsServerStarted).toBe(false);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^the metrics server did not start on \/.*metrics\.sock \(listen EADDRINUSE.*\); give another metricsSocketPath$/,
      ),
    ]);
    other.close();
  });

  test('a path that is longer than a socket may have is refused, not cut off', async () => {
    const { metricsServerStarted, warnings } = await setupObservability({ ...options, metricsSocketPath: join(folder, 'a'.repeat(120)) });
    expect(metricsServerStarted).toBe(false);
    expect(warnings).toEqual([
      expect.stringMatching(/\(the path has \d+ bytes, and a socket's may have \d+\); give another metricsSocketPath$/),
    ]);
  });

  test('nor is a file removed that is no socket', async () => {
    const file = join(folder, 'precious.txt');
    writeFileSync(file, 'x');
    expect(await setupObservability({ ...options, metricsSocketPath: file })).toMatchObject({ metricsServerStarted: false });
  });
});

test('no server starts where none is wanted, also with a port', async () => {
  expect(await setupObservability({ ...options, enableMetricsServer: false, metricsPort: 0 })).toMatchObject({
    metricsEnabled: true,
    metricsServerStarted: false,
    warnings: [],
  });
});

test('a host that is none here is told with its own cure', async () => {
  const { warnings } = await setupObservability({ ...options, metricsHost: '192.0.2.1', metricsPort: 0 });
  expect(warnings).toEqual([expect.stringMatching(/EADDRNOTAVAIL.*; give another metricsHost \(OTEL_EXPORTER_PROMETHEUS_HOST\)/)]);
});

/** A request that has been sent, and the first line of what comes back. */
async function sent(port: number): Promise<{ answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const answer = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.on('data', (part: Buffer) => (text += part.toString()));
    socket.on('close', () => resolve(text.split('\r\n', 1)[0]!)).on('error', reject);
  });
  await new Promise((resolve) => socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', resolve));
  return { answer };
}

test('scrapes that are on their way when it closes are answered', async () => {
  const { metricsPort } = await setupObservability({ ...options, metricsPort: 0 });
  const asked = await Promise.all(Array.from({ length: 5 }, () => sent(metricsPort!)));
  await shutdownObservability();
  expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual(Array.from({ length: 5 }, () => 'HTTP/1.1 200 OK'));
});

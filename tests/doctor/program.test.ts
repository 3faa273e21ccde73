import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VERSION } from '../../src/version.js';
import { eventually } from '../support/eventually';
import { startGrpcServer, type GrpcServer } from '../support/grpc-server';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { runDoctor, type Visit } from '../support/run-doctor';
import { freePort, startSilentServer } from '../support/tcp-servers';

let receiver: OtlpReceiver;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  receiver = await OtlpReceiver.start({ services: ['grpc', 'http'] });
});

afterAll(() => receiver.close());
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function grpcServer(settings: Parameters<typeof startGrpcServer>[0]): Promise<GrpcServer> {
  const server = await startGrpcServer(settings);
  closing.push(() => server.close());
  return server;
}

/** An HTTP/1 server on loopback. Returns its URL. */
async function httpServer(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ url: string; port: number }> {
  const server: Server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

const doctor = (env: Record<string, string>, ...words: string[]): Promise<Visit> => runDoctor(['doctor', '--json', ...words], { env });

const HTTP = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };

describe('A test span arrives, in time and with the service’s name,', () => {
  it.each([
    ['over gRPC', {}, () => receiver.grpcUrl],
    ['over HTTP, as protobuf', HTTP, () => receiver.httpUrl],
    ['over HTTP, as JSON', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, () => receiver.httpUrl],
    ['although the sampler records nothing', { OTEL_TRACES_SAMPLER: 'always_off' }, () => receiver.grpcUrl],
  ])('%s', async (_, env, url) => {
    const run = randomUUID();
    const visit = await doctor({
      OTEL_EXPORTER_OTLP_ENDPOINT: url(),
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: `test.run=${run}`,
      DD_ENV: 'staging',
      ...env,
    });
    expect([visit.code, visit.stderr]).toEqual([0, '']);
    expect(visit.report).toMatchObject({ ok: true, toolspan: VERSION, node: process.version });
    expect(visit.check('connection.connect').status).toBe('ok');
    expect(visit.check('connection.send')).toMatchObject({ status: 'ok', value: expect.stringMatching(/^sent in \d+\.\d ms$/) as string });
    const spans = await eventually('the span arrives', (): ReceivedSpan[] | false => {
      const arrived = receiver.spansOf({ run });
      return arrived.length > 0 && arrived;
    });
    expect(spans).toEqual([
      expect.objectContaining({
        name: 'toolspan.doctor',
        attributes: { 'toolspan.doctor': true },
        scope: expect.objectContaining({ name: 'toolspan', version: VERSION }) as object,
        resource: expect.objectContaining({ 'service.name': 'shop', 'deployment.environment': 'staging' }) as object,
      }),
    ]);
  });
});

test('nothing is sent with --no-send', async () => {
  const run = randomUUID();
  const visit = await doctor({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, OTEL_RESOURCE_ATTRIBUTES: `test.run=${run}` }, '--no-send');
  expect(visit.code).toBe(0);
  expect(visit.check('connection.send').status).toBe('skipped');
  expect(receiver.spansOf({ run })).toEqual([]);
});

test('the headers that the exporter sends are those that the doctor names', async () => {
  const server = await grpcServer({});
  const visit = await doctor({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.port}`,
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=t0ken,x-team=shop',
  });
  expect(visit.check('traces.headers').value).toBe('api-key, x-team');
  expect(server.calls.filter((headers) => headers['api-key'] === 't0ken' && headers['x-team'] === 'shop')).toHaveLength(1);
});

test('a receiver that takes the request and refuses the span is a warning, in its own words', async () => {
  // ExportTraceServiceResponse { partial_success { rejected_spans: 1, error_message: "full" } }
  const body = Buffer.from([0x0a, 0x08, 0x08, 0x01, 0x12, 0x04, ...Buffer.from('full')]);
  const server = await grpcServer({ body });
  const visit = await doctor({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.port}` });
  expect(visit.code).toBe(0);
  expect(visit.check('connection.send')).toMatchObject({
    status: 'warning',
    detail: expect.stringMatching(/Partial Success.*full/) as string,
  });
});

describe('What stands in the way is said in plain words, with its cure, and the exit status is 1:', () => {
  async function fails(env: Record<string, string>, id: string, detail: string, cure: string, ...words: string[]): Promise<Visit> {
    const visit = await doctor(env, ...words);
    expect(visit.check(id)).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining(detail) as string,
      cure: expect.stringContaining(cure) as string,
    });
    expect([visit.code, visit.report.ok, visit.stderr]).toEqual([1, false, '']);
    return visit;
  }

  it('nobody listens', async () => {
    const port = await freePort();
    await fails(
      { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
      'connection.connect',
      `nobody listens on 127.0.0.1:${port}`,
      'OTEL_EXPORTER_OTLP_ENDPOINT',
    );
  });

  it('a collector that never answers, within the time limit', async () => {
    const silent = await startSilentServer();
    closing.push(() => silent.close());
    const visit = await fails(
      { OTEL_EXPORTER_OTLP_ENDPOINT: silent.url },
      'connection.send',
      'takes connections, but does not answer',
      'the right port',
      '--timeout',
      '1000',
    );
    // Its own start and the loading of OpenTelemetry come on top.
    expect(visit.ms).toBeLessThan(15_000);
  });

  it('a receiver for HTTP where gRPC is used', async () => {
    await fails(
      { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpUrl },
      'connection.send',
      'speaks HTTP/1, not gRPC',
      'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    );
  });

  it('a receiver for gRPC where HTTP is used', async () => {
    await fails(
      { ...HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl },
      'connection.send',
      'speaks gRPC, not HTTP/1',
      'OTEL_EXPORTER_OTLP_PROTOCOL=grpc',
    );
  });

  it('no TLS where the endpoint asks for it', async () => {
    const secured = receiver.grpcUrl.replace('http:', 'https:');
    await fails({ OTEL_EXPORTER_OTLP_ENDPOINT: secured }, 'connection.tls', 'does not speak TLS', `write ${receiver.grpcUrl}`);
  });

  it('no credentials, over gRPC', async () => {
    const { port } = await grpcServer({ status: 16, message: 'who are you' });
    await fails(
      { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
      'connection.send',
      'no header is sent',
      'OTEL_EXPORTER_OTLP_HEADERS',
    );
  });

  it('wrong credentials, over HTTP', async () => {
    const { url } = await httpServer((_, response) => response.writeHead(403).end());
    const env = { ...HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=t0ken' };
    await fails(env, 'connection.send', 'does not let us in', 'the value of api-key');
  });

  it('a server of something else, over gRPC and over HTTP', async () => {
    const { port } = await grpcServer({ status: 12 });
    await fails({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }, 'connection.send', 'takes no traces there', 'receive OTLP');
    const { url } = await httpServer((_, response) => response.writeHead(404).end());
    await fails({ ...HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: url }, 'connection.send', 'takes no traces there', 'correct the path');
    await fails(
      { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: url },
      'connection.zipkin.send',
      'takes no traces there',
      'correct the path',
    );
  });

  it('a proxy that gRPC goes through', async () => {
    const { port } = await httpServer((_, response) => response.writeHead(403).end());
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, https_proxy: `http://127.0.0.1:${port}` };
    const visit = await doctor(env, '--timeout', '3000');
    expect(visit.code).toBe(1);
    expect(visit.check('connection.proxy')).toMatchObject({ status: 'warning', source: 'https_proxy' });
    expect(visit.check('connection.send')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('the proxy that https_proxy names') as string,
    });
  });
});

test('no value of a header is in the report, not even where the receiver repeats it', async () => {
  const { port } = await grpcServer({
    status: 16,
    message: (headers) => `unknown: ${String(headers.authorization)}, ${String(headers['api-key'])}`,
  });
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret-one',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=s3cret-two,s3cret-three',
  };
  for (const words of [['doctor'], ['doctor', '--json'], ['doctor', '--no-send']]) {
    const { stdout, stderr } = await runDoctor(words, { env });
    expect(stdout).toContain('authorization');
    expect(`${stdout}${stderr}`).not.toContain('s3cret');
  }
});

describe('The metrics port', () => {
  it('taken by an application of ours is fine, by something else a problem', async () => {
    const ours = await httpServer((_, response) => response.end('# TYPE tool_executions_total counter\n'));
    const fine = await doctor({ OTEL_EXPORTER_PROMETHEUS_PORT: String(ours.port) }, '--no-send');
    expect(fine.check('metrics.listen')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('your application runs') as string,
    });
    const theirs = await httpServer((_, response) => response.end('hello'));
    const taken = await doctor({ OTEL_EXPORTER_PROMETHEUS_PORT: String(theirs.port) }, '--no-send');
    expect(taken.code).toBe(1);
    expect(taken.check('metrics.listen')).toMatchObject({ status: 'problem', value: `127.0.0.1:${theirs.port} is taken` });
  });
});

describe('As a program', () => {
  it('it says what it says to people on stdout, without colours where that is no terminal', async () => {
    const { code, stdout, stderr } = await runDoctor(['doctor', '--no-send'], { env: { OTEL_SERVICE_NAME: 'shop' } });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('  ✓ service name         shop (OTEL_SERVICE_NAME)\n');
    expect(stdout).not.toContain('\u001B');
  });

  it('it says what it can do, and refuses what it cannot with status 2', async () => {
    expect(await runDoctor([])).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: toolspan doctor') as string, stderr: '' });
    expect(await runDoctor(['--version'])).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
    expect(await runDoctor(['operate'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('there is no command operate') as string,
    });
    expect(await runDoctor(['doctor', '--timeout', 'soon'])).toMatchObject({ code: 2, stdout: '' });
  });
});

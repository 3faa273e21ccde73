import { checkConnection } from '../../src/doctor/connection.js';
import type { Network, Spoken } from '../../src/doctor/network.js';
import type { Check } from '../../src/doctor/report.js';
import type { Sending } from '../../src/doctor/send.js';
import { failure, found, surroundings } from './hand-made';

type Given = Parameters<typeof surroundings>[0];

const connection = (given: Given): Promise<Check[]> => checkConnection(surroundings(given));
const TLS = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4317' };
const PLAIN = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' };

/** A receiver that does not take the span. */
function refusing(error: Sending['error'], spoken?: Spoken, env: Record<string, string> = PLAIN): Promise<Check[]> {
  const network: Partial<Network> = spoken ? { spoken: () => Promise.resolve(spoken) } : {};
  return connection({ env, network, sendSpan: () => Promise.resolve({ ms: 1, error: error!, remarks: [] }) });
}

test('where everything works it says so, step by step, with times', async () => {
  const checks = await connection({ env: TLS });
  expect(checks.map(({ id, status, value }) => [id, status, value])).toEqual([
    ['connection.resolve', 'ok', 'collector: 127.0.0.1'],
    ['connection.connect', 'ok', 'collector:4317 in 0.0 ms'],
    ['connection.tls', 'ok', 'trusted, valid until Jan 1 2030'],
    ['connection.send', 'ok', 'sent in 12.3 ms'],
  ]);
});

test('without TLS there is no such step', async () => {
  expect((await connection({ env: PLAIN })).map(({ id }) => id)).toEqual(['connection.resolve', 'connection.connect', 'connection.send']);
});

test.each<[string, Given]>([
  ['it is not asked for', { sends: false }],
  ['tracing is off', { env: { OTEL_SDK_DISABLED: 'true' } }],
  ['traces go to the console', { env: { OTEL_TRACES_EXPORTER: 'console' } }],
])('nothing is connected where %s', async (_, given) => {
  const never = (): never => {
    throw new Error('there was a connection');
  };
  const network = { lookup: never, connect: never, handshake: never, spoken: never, listen: never, get: never };
  expect(await connection({ ...given, network, sendSpan: never })).toEqual([
    expect.objectContaining({ id: 'connection.send', status: 'skipped' }),
  ]);
});

test('two exporters are two ways', async () => {
  const ids = (await connection({ env: { OTEL_TRACES_EXPORTER: 'otlp,zipkin' } })).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['connection.send', 'connection.zipkin.send']));
});

describe('A way that is not open is named, with its cure, and nothing is sent:', () => {
  it.each<[string, Partial<Network>, string, string, string]>([
    [
      'no such host',
      { lookup: () => Promise.reject(failure('ENOTFOUND')) },
      'resolve',
      'there is no host collector',
      'correct the host in OTEL_',
    ],
    [
      'no name server',
      { lookup: () => Promise.reject(failure('EAI_AGAIN')) },
      'resolve',
      'the name server does not answer',
      'look to the network',
    ],
    [
      'nobody listens',
      { connect: () => Promise.reject(failure('ECONNREFUSED')) },
      'connect',
      'nobody listens on collector:4317',
      'start a collector',
    ],
    ['a firewall', { connect: () => Promise.reject(failure('ETIMEDOUT')) }, 'connect', 'does not answer at all', 'nc -vz collector 4317'],
    ['no way', { connect: () => Promise.reject(failure('EHOSTUNREACH')) }, 'connect', 'there is no way to', 'look to the network'],
    [
      'no TLS',
      { handshake: () => Promise.reject(failure('ERR_SSL_WRONG_VERSION_NUMBER')) },
      'tls',
      'does not speak TLS',
      'write http://collector:4317',
    ],
    ['silence', { handshake: () => Promise.reject(failure('ETIMEDOUT')) }, 'tls', 'does not answer to TLS', 'the right port'],
    ['a hang-up', { handshake: () => Promise.reject(failure('ECONNRESET')) }, 'tls', 'hangs up when TLS begins', 'http://'],
  ])('%s', async (_, network, id, detail, cure) => {
    const checks = await connection({ env: TLS, network });
    expect(found(checks, `connection.${id}`)).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining(detail) as string,
      cure: expect.stringContaining(cure) as string,
    });
    expect(found(checks, 'connection.send').status).toBe('skipped');
  });

  it.each([
    ['CERT_HAS_EXPIRED', 'expired on Jan 1 2020', 'have it renewed'],
    ['CERT_NOT_YET_VALID', 'not valid yet', 'clocks'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'not for collector, but for DNS:other', 'one of these names'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'does not trust', 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'does not trust', 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
    ['CERT_REVOKED', 'is refused (CERT_REVOKED)', 'look to the certificate'],
  ])('a certificate: %s', async (refused, detail, cure) => {
    const handshake = () => Promise.resolve({ refused, names: 'DNS:other', validTo: 'Jan 1 2020', speaks: undefined });
    expect(found(await connection({ env: TLS, network: { handshake } }), 'connection.tls')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining(detail) as string,
      cure: expect.stringContaining(cure) as string,
    });
  });

  it('in a container, localhost is the container', async () => {
    const network: Partial<Network> = { connect: () => Promise.reject(failure('ECONNREFUSED')) };
    const checks = await connection({ network, exists: (path) => path === '/.dockerenv' });
    expect(found(checks, 'connection.connect').cure).toContain('this is a container, where localhost is the container itself');
  });
});

describe('A span that does not arrive:', () => {
  const HTTP = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' };
  const unavailable = { code: 14, message: '14 UNAVAILABLE: Connection dropped' };

  it.each<[string, NonNullable<Sending['error']>, Spoken | undefined, Record<string, string>, string, string]>([
    ['no credentials, gRPC', { code: 16, message: 'no' }, undefined, PLAIN, 'no header is sent', 'set OTEL_EXPORTER_OTLP_HEADERS'],
    ['no credentials, HTTP', { code: 401, message: 'no' }, undefined, HTTP, 'no header is sent', 'set OTEL_EXPORTER_OTLP_HEADERS'],
    [
      'wrong credentials',
      { code: 7, message: 'no' },
      undefined,
      { ...PLAIN, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=abcd' },
      'does not let us in',
      'the value of api-key',
    ],
    [
      'a certificate of ours is wanted',
      { code: 14, message: 'tlsv13 alert certificate required' },
      undefined,
      TLS,
      'certificate of ours',
      '_CLIENT_KEY',
    ],
    ['TLS is expected', unavailable, 'TLS', PLAIN, 'expects TLS', 'write https:// in OTEL_EXPORTER_OTLP_ENDPOINT'],
    ['HTTP/1 on the port for gRPC', unavailable, 'HTTP/1', PLAIN, 'speaks HTTP/1, not gRPC', 'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf'],
    [
      'gRPC on the port for HTTP',
      { code: 'ECONNRESET', message: 'no' },
      'HTTP/2',
      HTTP,
      '4317 is the port for gRPC',
      'OTEL_EXPORTER_OTLP_PROTOCOL=grpc',
    ],
    ['silence', { code: 'ETIMEDOUT', message: 'no answer' }, 'nothing', PLAIN, 'does not answer', 'the right port'],
    ['no receiver of traces, gRPC', { code: 12, message: 'no' }, 'HTTP/2', PLAIN, 'takes no traces there', 'have it receive OTLP'],
    ['no receiver of traces, HTTP', { code: 404, message: 'no' }, 'HTTP/1', HTTP, 'takes no traces there', 'correct the path'],
    ['too slow', { code: 4, message: 'no' }, 'HTTP/2', PLAIN, 'did not answer in time', 'OTEL_EXPORTER_OTLP_TIMEOUT'],
    ['overloaded', { code: 8, message: 'no' }, 'HTTP/2', PLAIN, 'overloaded', 'sample less'],
    ['anything else', { code: 13, message: 'broken' }, 'HTTP/2', PLAIN, 'the span did not arrive (broken)', 'log of the receiver'],
    ['a proxy', unavailable, undefined, { ...PLAIN, https_proxy: 'http://proxy:3128' }, 'the proxy that https_proxy names', 'no_proxy'],
  ])('%s', async (_, error, spoken, env, detail, cure) => {
    expect(found(await refusing(error, spoken, env), 'connection.send')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining(detail) as string,
      cure: expect.stringContaining(cure) as string,
    });
  });

  it('what the receiver says is told without the secrets that it repeats', async () => {
    const env = { ...PLAIN, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer abcdef' };
    const checks = await refusing({ code: 16, message: 'Bearer abcdef is unknown' }, undefined, env);
    expect(found(checks, 'connection.send').detail).toBe('the receiver does not know who we are (*** is unknown)');
  });

  it('what could not even be sent says why', async () => {
    const sendSpan = () => Promise.resolve({ ms: 0, unsent: '@opentelemetry/sdk-node is not installed', remarks: [] });
    expect(found(await connection({ sendSpan }), 'connection.send')).toMatchObject({
      status: 'problem',
      detail: '@opentelemetry/sdk-node is not installed',
    });
  });

  it('what was taken and yet refused is a warning', async () => {
    const sendSpan = () => Promise.resolve({ ms: 1, remarks: ['Received Partial Success response: rejected'] });
    expect(found(await connection({ sendSpan }), 'connection.send')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('Partial Success') as string,
    });
  });
});

describe('gRPC goes through a proxy', () => {
  const proxied = async (env: Record<string, string>): Promise<boolean> =>
    (await connection({ env: { ...PLAIN, ...env } })).some(({ id }) => id === 'connection.proxy');

  it.each([
    [{ grpc_proxy: 'http://p:1' }, true],
    [{ https_proxy: 'http://p:1' }, true],
    [{ http_proxy: 'http://p:1', no_proxy: 'other' }, true],
    [{ http_proxy: 'http://p:1', no_proxy: 'other, collector' }, false],
    [{ HTTPS_PROXY: 'http://p:1' }, false],
    [{ https_proxy: 'socks5://p:1' }, false],
    [{ https_proxy: 'http://p:1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a.b.example:1', no_proxy: '.b.example' }, false],
    [{ https_proxy: 'http://p:1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://10.1.2.3:1', no_proxy: '10.0.0.0/8' }, false],
    [{ https_proxy: 'http://p:1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://11.1.2.3:1', no_proxy: '10.0.0.0/8' }, true],
    [{ https_proxy: 'http://p:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, false],
  ])('%j: %s', async (env, expected) => {
    expect(await proxied(env as unknown as Record<string, string>)).toBe(expected);
  });
});

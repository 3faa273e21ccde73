import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { readFileSync } from 'node:fs';
import { wrongWithPem } from '../../src/doctor/certificate.js';
import { systemNetwork, type Address } from '../../src/doctor/network.js';
import { TestAuthority, textsOf, type Certificate } from '../support/certificates';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { freePort, startSilentServer } from '../support/tcp-servers';

const servers: Server[] = [];
const open = new Set<Socket>();

afterAll(async () => {
  for (const socket of open) socket.destroy();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Starts a server on loopback. */
async function at(server: Server): Promise<Address> {
  servers.push(server);
  server.on('connection', (socket) => {
    open.add(socket.on('error', () => undefined).once('close', () => open.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it worked',
    (error: unknown) => (error as { code?: unknown }).code,
  );

const LONG_MS = 10_000;

test('names are looked up', async () => {
  expect(await systemNetwork.lookup('localhost', LONG_MS)).toEqual(expect.arrayContaining([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]));
  expect(await codeOf(systemNetwork.lookup('nowhere.invalid', LONG_MS))).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
});

test('a connection is made where somebody listens, and refused elsewhere', async () => {
  const address = await at(createServer((socket) => socket.resume()));
  await systemNetwork.connect(address, LONG_MS);
  expect(await codeOf(systemNetwork.connect({ host: '127.0.0.1', port: await freePort() }, LONG_MS))).toBe('ECONNREFUSED');
});

test('what a server speaks is known from its first words', async () => {
  expect(await systemNetwork.spoken(await at(createHttpServer()), LONG_MS)).toBe('HTTP/1');
  expect(await systemNetwork.spoken(await at(createHttp2Server()), LONG_MS)).toBe('HTTP/2');
  const nginx = 'HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port';
  expect(await systemNetwork.spoken(await at(createServer((socket) => socket.end(nginx))), LONG_MS)).toBe('TLS');
  expect(await systemNetwork.spoken(await at(createServer((socket) => socket.end('220 mail.example\r\n'))), LONG_MS)).toBe(
    'something else',
  );
  expect(await systemNetwork.spoken(await at(createServer((socket) => socket.destroy())), LONG_MS)).toBe('something else');
});

test('a server that says nothing is given no more than its time', async () => {
  const silent = await startSilentServer();
  const address = { host: '127.0.0.1', port: silent.port };
  expect(await systemNetwork.spoken(address, 50)).toBe('nothing');
  expect(await codeOf(systemNetwork.handshake(address, {}, 50))).toBe('ETIMEDOUT');
  expect(await codeOf(systemNetwork.get(address, '/metrics', 50))).toBe('ABORT_ERR');
  await silent.close();
});

test('whether one could listen is tried, and the port left free', async () => {
  const free = { host: '127.0.0.1', port: await freePort() };
  await systemNetwork.listen(free);
  await systemNetwork.listen(free);
  const taken = await at(createServer());
  expect(await codeOf(systemNetwork.listen(taken))).toBe('EADDRINUSE');
  expect(await codeOf(systemNetwork.listen({ host: '192.0.2.1', port: 0 }))).toBe('EADDRNOTAVAIL');
});

test('of a page no more is read than is needed', async () => {
  const address = await at(
    createHttpServer((request, response) => {
      response.on('error', () => undefined);
      if (request.url === '/long') for (let times = 0; times < 100; times += 1) response.write('x'.repeat(10_000));
      else response.end('short');
    }),
  );
  expect(await systemNetwork.get(address, '/metrics', LONG_MS)).toEqual({ status: 200, body: 'short' });
  const { body } = await systemNetwork.get(address, '/long', LONG_MS);
  expect(body.length).toBeLessThan(400_000);
});

test('no probe leaves anything open', async () => {
  for (const socket of open) socket.destroy();
  await eventually('what was open before is closed', () => open.size === 0);
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('data', () => socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])));
  });
  const address = await at(server);
  await systemNetwork.connect(address, LONG_MS);
  expect(await systemNetwork.spoken(address, LONG_MS)).toBe('HTTP/2');
  await codeOf(systemNetwork.handshake(address, {}, LONG_MS));
  await codeOf(systemNetwork.get(address, '/', LONG_MS));
  await eventually('all are closed', () => connections === 4 && open.size === 0);
});

describeWith(['openssl'], 'A certificate', () => {
  let authority: TestAuthority;

  beforeAll(() => {
    authority = new TestAuthority();
  });

  afterAll(() => authority.remove());

  async function refused(pair: Certificate, { host = '127.0.0.1', knows = true } = {}): Promise<string | undefined> {
    const { port } = await at(createTlsServer({ ...textsOf(pair), ALPNProtocols: ['h2'] }));
    const ca = knows ? readFileSync(authority.certificate, 'utf8') : undefined;
    return (await systemNetwork.handshake({ host, port }, { ca }, LONG_MS)).refused;
  }

  it('is trusted if it is for this host and signed by somebody known', async () => {
    expect(await refused(authority.issue('localhost'))).toBeUndefined();
    expect(await refused(authority.issue('localhost'), { host: 'localhost' })).toBeUndefined();
  });

  it('is refused for each reason by its name', async () => {
    expect(await refused(authority.issue('localhost'), { knows: false })).toMatch(
      /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)$/,
    );
    expect(await refused(authority.issue('other', { names: 'DNS:other' }))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    const expired = authority.issue('expired', { days: 0 });
    await eventually('the certificate has expired', async () => (await refused(expired)) === 'CERT_HAS_EXPIRED');
  });

  it('tells what its server speaks, and that a plain one speaks no TLS', async () => {
    const { port } = await at(createTlsServer({ ...textsOf(authority.issue('localhost')), ALPNProtocols: ['h2'] }));
    expect(await systemNetwork.handshake({ host: '127.0.0.1', port }, {}, LONG_MS)).toMatchObject({
      speaks: 'HTTP/2',
      names: expect.stringContaining('DNS:localhost') as string,
    });
    expect(await systemNetwork.spoken({ host: '127.0.0.1', port }, LONG_MS)).toBe('TLS');
    expect(await codeOf(systemNetwork.handshake(await at(createHttpServer()), {}, LONG_MS))).toBe('ERR_SSL_WRONG_VERSION_NUMBER');
  });

  it('in a file is judged by its dates', () => {
    const text = readFileSync(authority.certificate, 'utf8');
    const day = 86_400_000;
    expect(wrongWithPem(text, Date.now())).toBeUndefined();
    expect(wrongWithPem(text, Date.now() + 11 * day)).toMatch(/^the certificate in it expired on /);
    expect(wrongWithPem(text, Date.now() - day)).toMatch(/^the certificate in it is not valid before /);
    expect(wrongWithPem(readFileSync(authority.key, 'utf8'), Date.now())).toBeUndefined();
  });
});

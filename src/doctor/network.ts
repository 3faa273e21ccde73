import { lookup } from 'node:dns/promises';
import { get } from 'node:http';
import { connect, createServer, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** Where to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a connection is secured with: the text of files in PEM format. */
export interface TlsSettings {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What came of securing a connection. */
export interface Handshake {
  /** Node's code for what is wrong with the certificate; `undefined` for one that is trusted. */
  readonly refused: string | undefined;
  /** Whom the certificate is for. */
  readonly names: string;
  readonly validTo: string;
  readonly speaks: Spoken | undefined;
}

/** What a server says to the first bytes of an HTTP/2 connection. */
export type Spoken = 'HTTP/1' | 'HTTP/2' | 'TLS' | 'nothing' | 'something else';

/** The network, handed in. What fails is rejected with an error that has a `code`; nothing takes longer than it may. */
export interface Network {
  lookup(host: string, timeoutMs: number): Promise<readonly string[]>;
  connect(address: Address, timeoutMs: number): Promise<void>;
  handshake(address: Address, settings: TlsSettings, timeoutMs: number): Promise<Handshake>;
  spoken(address: Address, timeoutMs: number): Promise<Spoken>;
  /** Whether one could listen there; leaves the port free. */
  listen(address: Address): Promise<void>;
  /** The first part of an answer over HTTP. */
  get(address: Address, path: string, timeoutMs: number): Promise<{ readonly status: number; readonly body: string }>;
}

/** The machine's own. */
export const systemNetwork: Network = {
  lookup: (host, timeoutMs) => inTime(timeoutMs, lookupAll(host)),
  connect: (address, timeoutMs) => withSocket(connect(address), timeoutMs, (socket, done) => socket.once('connect', () => done())),
  handshake,
  spoken: languageAt,
  listen: (address) =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(address.port, address.host, () => server.close(() => resolve()));
    }),
  get: (address, path, timeoutMs) => answerOf(address, path, timeoutMs),
};

function handshake(address: Address, settings: TlsSettings, timeoutMs: number): Promise<Handshake> {
  const named = isIP(address.host) === 0 ? { servername: address.host } : {};
  const socket = connectTls({ ...address, ...settings, ...named, ALPNProtocols: ['h2', 'http/1.1'], rejectUnauthorized: false });
  return withSocket(socket, timeoutMs, (_, done) => socket.once('secureConnect', () => done(handshakeOf(socket))));
}

async function lookupAll(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function inTime<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    AbortSignal.timeout(timeoutMs).addEventListener('abort', () => reject(timedOut(timeoutMs)));
    work.then(resolve, reject);
  });
}

/** Lets go of the socket when it is done, when it failed and when the time is up. */
function withSocket<S extends Socket, T>(socket: S, timeoutMs: number, use: (socket: S, done: (value: T) => void) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    AbortSignal.timeout(timeoutMs).addEventListener('abort', () => socket.destroy(timedOut(timeoutMs)));
    socket.once('close', () => reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })));
    socket.on('error', reject);
    use(socket, resolve);
  }).finally(() => socket.destroy());
}

function timedOut(timeoutMs: number): Error {
  return Object.assign(new Error(`no answer within ${Math.round(timeoutMs)} ms`), { code: 'ETIMEDOUT' });
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ETIMEDOUT';
}

function handshakeOf(socket: TLSSocket): Handshake {
  const { subject, subjectaltname, valid_to: validTo } = socket.getPeerCertificate();
  const refused = socket.authorizationError as unknown as string | undefined;
  const speaks = socket.alpnProtocol === 'h2' ? 'HTTP/2' : socket.alpnProtocol === 'http/1.1' ? 'HTTP/1' : undefined;
  return { refused: refused ?? undefined, names: subjectaltname ?? String(subject?.CN ?? 'nobody'), validTo: validTo ?? 'unknown', speaks };
}

// RFC 9113, section 3.4: the preface, and an empty SETTINGS frame.
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]);

/** Servers that expect TLS mostly hang up on what is none, without a word. */
async function languageAt(address: Address, timeoutMs: number): Promise<Spoken> {
  try {
    return await firstWords(address, timeoutMs);
  } catch (error) {
    if (isTimeout(error)) return 'nothing';
    return handshake(address, {}, timeoutMs).then(
      () => 'TLS' as const,
      () => 'something else' as const,
    );
  }
}

function firstWords(address: Address, timeoutMs: number): Promise<Spoken> {
  return withSocket(connect(address), timeoutMs, (socket, done) => {
    socket.once('connect', () => socket.write(PREFACE));
    socket.once('data', (bytes) => done(languageOf(bytes)));
  });
}

/** RFC 9113, section 4.1: the fourth byte is the type of a frame, 4 for SETTINGS. RFC 8446, section 5.1: 21 is an alert. */
function languageOf(bytes: Buffer): Spoken {
  const text = bytes.toString('latin1');
  // So say those of Go and nginx.
  if (text.startsWith('HTTP/')) return /HTTPS (server|port)/.test(text) ? 'TLS' : 'HTTP/1';
  if (bytes[0] === 21 && bytes[1] === 3) return 'TLS';
  return bytes.length > 3 && bytes[3] === 4 ? 'HTTP/2' : 'something else';
}

// Enough to know whose page it is.
const MOST_CHARACTERS = 200_000;

function answerOf(address: Address, path: string, timeoutMs: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = get({ ...address, path, signal: AbortSignal.timeout(timeoutMs), agent: false }, (response) => {
      let body = '';
      const done = (): void => {
        resolve({ status: response.statusCode ?? 0, body });
        request.destroy();
      };
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        if (body.length > MOST_CHARACTERS) done();
      });
      response.on('end', done).on('error', reject);
    });
    request.on('error', reject);
  });
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { answerScrape, end, finished, isReading, type MetricsAnswer } from './answer.js';
import type { Gate } from './auth.js';
import { nextTurn } from '../../core/turns.js';
import { removeStaleSocket } from './stale-socket.js';

/** Where to listen, and what to serve. */
export interface MetricsServerSettings extends MetricsAnswer {
  readonly at: MetricsAddress;
}

/** A port of this machine, or the path of a socket in its file system. */
export type MetricsAddress = { readonly port: number; readonly host: string } | { readonly socketPath: string };

/** A metrics server that listens. */
export interface MetricsServer {
  /** The real one where 0 was asked for. */
  readonly at: MetricsAddress;
  /** `undefined` for a socket in the file system. */
  readonly port: number | undefined;
  readonly gate: Gate | undefined;
  /** Lets answers under way end, then closes. */
  close(): Promise<void>;
}

/** Serves `/metrics` and `/healthz`. Neither it nor its sockets keep a finished process alive. Rejects where it cannot listen. */
export async function listen(settings: MetricsServerSettings): Promise<MetricsServer> {
  const { at } = settings;
  if ('socketPath' in at) {
    checkLength(at.socketPath);
    await removeStaleSocket(at.socketPath);
  }
  const answers = new Set<Promise<void>>();
  // Loaded here, since most processes that import us ask for no server.
  const server = process.getBuiltinModule('node:http').createServer((request, response) => {
    const answered = Promise.allSettled([finished(response), answer(request, response, settings)]).then(
      () => void answers.delete(answered),
    );
    answers.add(answered);
  });
  server.on('connection', (socket) => socket.unref());
  server.unref();
  await listening(server, 'socketPath' in at ? { path: at.socketPath } : at);
  // From here on an error concerns one connection, and is no reason to end the process.
  server.on('error', settings.onFailure);
  const address = server.address() as AddressInfo | string;
  const port = typeof address === 'string' ? undefined : address.port;
  return { at: port === undefined ? at : { ...at, port }, port, gate: settings.gate, close: () => close(server, answers) };
}

/** An address as a message names it. */
export function nameOf(at: MetricsAddress): string {
  return 'socketPath' in at ? at.socketPath : `${at.host}:${at.port}`;
}

// Longer ones are cut off without a word (sun_path of unix(7), and of macOS).
const LONGEST_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

function checkLength(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes > LONGEST_PATH_BYTES) throw new Error(`the path has ${bytes} bytes, and a socket's may have ${LONGEST_PATH_BYTES}`);
}

function listening(server: Server, where: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

// A connection is accepted in one turn, its request read in the next.
const TURNS_TO_ARRIVE = 5;

/** Connections that only stand open are no reason to wait. */
async function close(server: Server, answers: ReadonlySet<Promise<void>>): Promise<void> {
  for (let turn = 0; turn < TURNS_TO_ARRIVE; turn++) await nextTurn();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Requests that were on their way are answers by now.
  do {
    await Promise.all(answers);
    await nextTurn();
  } while (answers.size > 0);
  server.closeAllConnections();
  await closed;
}

async function answer(request: IncomingMessage, response: ServerResponse, settings: MetricsServerSettings): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path !== '/metrics' && path !== '/healthz') return end(response, 404, 'Not found. There is /metrics and /healthz.\n');
  if (!isReading(request, response)) return;
  // Whether the process is well is no secret, and who asks has nothing to say who it is.
  if (path === '/healthz') return end(response, 200, 'ok\n');
  await answerScrape(request, response, settings);
}

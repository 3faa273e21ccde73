import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../core/thrown.js';
import { nextTurn } from '../core/turns.js';
import type { Expose } from '../telemetry/exposition.js';

/** Where to listen, and what to serve. */
export interface MetricsServerSettings {
  readonly port: number;
  readonly host: string;
  readonly expose: Expose;
  /** Told when a scrape failed; the scraper gets a 500. */
  readonly onFailure: (error: unknown) => void;
}

/** A metrics server that listens. */
export interface MetricsServer {
  readonly port: number;
  readonly host: string;
  /** Lets answers under way end, then closes. */
  close(): Promise<void>;
}

/** Serves `/metrics` and `/healthz`. Neither it nor its sockets keep a finished process alive. Rejects where it cannot listen. */
export function listen(settings: MetricsServerSettings): Promise<MetricsServer> {
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
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, () => {
      server.off('error', reject);
      // From here on an error concerns one connection, and is no reason to end the process.
      server.on('error', settings.onFailure);
      const { port } = server.address() as AddressInfo;
      resolve({ port, host: settings.host, close: () => close(server, answers) });
    });
  });
}

/** The answer is out, or nobody waits for it any more. */
function finished(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => (response.destroyed ? resolve() : response.once('close', resolve)));
}

/** Connections that only stand open are no reason to wait. */
async function close(server: Server, answers: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await Promise.all(answers);
  server.closeAllConnections();
  await closed;
}

async function answer(request: IncomingMessage, response: ServerResponse, settings: MetricsServerSettings): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path !== '/metrics' && path !== '/healthz') return end(response, 404, 'Not found. There is /metrics and /healthz.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return end(response, 405, 'Only GET and HEAD.\n');
  }
  if (path === '/healthz') return end(response, 200, 'ok\n');
  try {
    const { contentType, parts, release } = await settings.expose(request.headers.accept);
    response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': lengthOf(parts), Vary: 'Accept' });
    const isSent = await send(response, request.method === 'HEAD' ? [] : parts);
    if (isSent) release();
  } catch (error) {
    settings.onFailure(error);
    end(response, 500, `The metrics could not be rendered: ${messageOf(error)}\n`);
  }
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((length, part) => length + part.length, 0);
}

// What is written in one go: a system that takes everything at once would else keep the event loop to itself.
const BYTES_PER_TURN = 262_144;

/** As fast as the reader takes it. False where that one left early, which is nobody's failure. */
async function send(response: ServerResponse, parts: readonly Buffer[]): Promise<boolean> {
  let bytes = 0;
  response.cork();
  for (const part of parts) {
    response.write(part);
    bytes += part.length;
    if (bytes < BYTES_PER_TURN) continue;
    bytes = 0;
    response.uncork();
    await (response.writableNeedDrain ? drained(response) : nextTurn());
    if (response.destroyed) return false;
    response.cork();
  }
  response.uncork();
  let isSent = false;
  response.once('finish', () => (isSent = true));
  response.end();
  await finished(response);
  return isSent;
}

/** There is room for more, or nobody waits for it any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}

/** For HEAD, node itself leaves the body out. */
function end(response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

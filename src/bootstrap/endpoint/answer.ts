import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../core/thrown.js';
import { nextTurn } from '../../core/turns.js';
import type { Expose } from '../../telemetry/exposition.js';
import { challengeOf, type Gate } from './auth.js';

/** What is answered with. */
export interface MetricsAnswer {
  readonly expose: Expose;
  /** Who may read them; absent: everybody. */
  readonly gate?: Gate | undefined;
  /** Told when a scrape failed; the scraper gets a 500. */
  readonly onFailure: (error: unknown) => void;
}

/** Whether a request only reads; any other is answered here. */
export function isReading(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  response.setHeader('Allow', 'GET, HEAD');
  end(response, 405, 'Only GET and HEAD.\n');
  return false;
}

/** Answers a scrape. Never rejects. */
export async function answerScrape(request: IncomingMessage, response: ServerResponse, settings: MetricsAnswer): Promise<void> {
  const { gate, expose, onFailure } = settings;
  if (gate && !gate.admits(request.headers.authorization)) {
    response.setHeader('WWW-Authenticate', challengeOf(gate));
    return end(response, 401, 'These metrics are for those who can say who they are.\n');
  }
  try {
    const { contentType, parts, release } = await expose(request.headers.accept);
    response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': lengthOf(parts), Vary: 'Accept' });
    const isSent = await send(response, request.method === 'HEAD' ? [] : parts);
    if (isSent) release();
  } catch (error) {
    onFailure(error);
    if (response.headersSent) response.destroy();
    else end(response, 500, `The metrics could not be rendered: ${messageOf(error)}\n`);
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

/** The answer is out, or nobody waits for it any more. */
export function finished(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => (response.destroyed ? resolve() : response.once('close', resolve)));
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
export function end(response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

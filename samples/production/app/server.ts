import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ToolRefusedError } from 'toolspan';
import type { Load } from './load.js';
import type { Shop } from './shop.js';
import type { Weather } from './weather.js';

/** What the server serves. */
export interface App {
  readonly shop: Shop;
  readonly load: Load;
  readonly weather: Weather;
  /** False while the process ends: no more traffic, please. */
  readonly isReady: () => boolean;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Route = (app: App, query: URLSearchParams) => Answer | Promise<Answer>;

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /healthz': () => ({ status: 200, body: 'ok' }),
  'GET /readyz': ({ isReady }) => (isReady() ? { status: 200, body: 'ready' } : { status: 503, body: 'ending' }),
  'GET /search': ({ shop }, query) => called(shop.search(query.get('word') ?? 'tools')),
  'GET /price': ({ shop }, query) => called(shop.price(numberIn(query, 'article', 1))),
  'POST /pay': ({ shop }, query) => called(shop.pay(numberIn(query, 'order', 50))),
  'POST /notify': ({ shop }, query) => called(shop.notify(numberIn(query, 'customer', 1))),
  'GET /load': ({ load }) => ({ status: 200, body: { perSecond: load.perSecond, ...load.tally } }),
  'PUT /load': ({ load }, query) => {
    load.setRate(numberIn(query, 'perSecond', load.perSecond));
    return { status: 200, body: { perSecond: load.perSecond } };
  },
  'PUT /weather': ({ weather }, query) => {
    weather.errorRate = Math.min(1, numberIn(query, 'errorRate', weather.errorRate));
    weather.latencyMs = numberIn(query, 'latencyMs', weather.latencyMs);
    return { status: 200, body: weather };
  },
};

/** The application's own server, on a port of its own: metrics are served by the library on another, which need not be reachable from outside. */
export function createApp(app: App): Server {
  return createServer((request, response) => {
    answer(app, request)
      .catch((error: unknown) => refusal(error))
      .then((found) => send(response, found, app.isReady()))
      .catch(() => response.destroy());
  });
}

async function answer(app: App, { method = 'GET', url = '/' }: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const route = ROUTES[`${method} ${pathname}`];
  return route ? route(app, searchParams) : { status: 404, body: `There is ${Object.keys(ROUTES).join(', ')}` };
}

async function called(call: Promise<unknown>): Promise<Answer> {
  return { status: 200, body: { result: await call } };
}

/** A refusal tells when to come back: so does the answer. */
function refusal(error: unknown): Answer {
  const body = { error: error instanceof Error ? error.message : String(error) };
  if (error instanceof RangeError) return { status: 400, body };
  if (!(error instanceof ToolRefusedError)) return { status: 502, body };
  const seconds = Math.ceil((error.retryAfterMs ?? 1_000) / 1_000);
  return { status: error.code === 'RATE_LIMITED' ? 429 : 503, body, headers: { 'Retry-After': String(seconds) } };
}

/** While the process ends, connections are not kept: the server closes once the last one does. */
function send(response: ServerResponse, { status, body, headers }: Answer, isKept: boolean): void {
  const connection = isKept ? {} : { Connection: 'close' };
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...connection, ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}

function numberIn(query: URLSearchParams, name: string, otherwise: number): number {
  const value = Number(query.get(name) ?? otherwise);
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`${name}=${query.get(name)} is not a number from 0`);
  return value;
}

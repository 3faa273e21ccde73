import type { Cluster } from 'node:cluster';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkOptions } from '../../core/options.js';
import { answerScrape, end, isReading } from './answer.js';
import { gateOf, metricsAuth, type Gate, type MetricsAuth } from './auth.js';
import { runtime } from '../../pipeline/runtime.js';
import { observability } from '../state.js';

/** What we use of a request: Node's own, which express hands on, or fastify's, which has it as `raw`. Written out, for our types must compile without Node's. */
export type MetricsHttpRequest = { readonly url?: string | undefined } | { readonly raw: object };

/** What we use of a response: Node's own, or fastify's reply. */
export type MetricsHttpResponse = { readonly statusCode: number; end(text: string): unknown } | { readonly raw: object; hijack(): unknown };

/** Answers a request with the metrics. */
export type MetricsHandler = (request: MetricsHttpRequest, response: MetricsHttpResponse) => void;

/** Options of `metricsHandler`. */
export interface MetricsHandlerOptions {
  /** Who may read them. Default: whom `metricsAuth` of set-up lets, else everybody. */
  auth?: MetricsAuth;
}

/**
 * Serves the metrics from a server that the application has anyway: a request listener of `node:http`, a handler of express and of fastify.
 * Only GET and HEAD; whatever the path it is mounted on. While metrics are off it answers 503.
 * @throws ConfigurationError on an unknown or unusable option.
 */
export function metricsHandler(options: MetricsHandlerOptions = {}): MetricsHandler {
  const subject = { title: 'metricsHandler', tool: 'toolspan', namespace: 'default' };
  const { auth } = checkOptions<MetricsHandlerOptions>(subject, { auth: metricsAuth }, options);
  const ownGate = auth && gateOf(auth);
  let shared: Gate | undefined;
  const handler = function metrics(asked: Framed<IncomingMessage>, answered: Framed<ServerResponse>): void {
    const request = 'raw' in asked ? asked.raw : asked;
    const response = 'raw' in answered ? answered.raw : answered;
    // Fastify would send an answer of its own.
    if ('hijack' in answered) answered.hijack();
    if (!isReading(request, response)) return;
    const { metrics, metricsAuth: auth, faults } = observability();
    if (!metrics) return end(response, 503, OFF);
    warnInWorker();
    if (shared?.auth !== auth) shared = auth && gateOf(auth);
    const gate = ownGate ?? shared;
    void answerScrape(request, response, { expose: metrics.expose, gate, onFailure: (error) => faults.report('scrape', error) });
  };
  return handler as MetricsHandler;
}

const OFF = 'Metrics are off: await setupObservability() first. If that was done, its warnings say what is missing.\n';

/** Whoever comes by would be answered by another worker each time. */
function warnInWorker(): void {
  const { isWorker } = process.getBuiltinModule('node:cluster') as unknown as Cluster;
  if (!isWorker) return;
  runtime.once.warn(
    'handler in worker',
    'metricsHandler() serves the counts of this cluster worker alone; the sum of all is served by the primary',
  );
}

/** Node's own, or what fastify puts around it. */
type Framed<Message> = Message | { readonly raw: Message; hijack(): unknown };

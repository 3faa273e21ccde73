import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Once } from '../../core/once.js';

const REQUESTS = 'http.client.request.start';
const PATHS = ['/GetSamplingRules', '/SamplingTargets'];
const TIMEOUT_MS = 5_000;

/**
 * Looks after the requests of the X-Ray sampler, which it makes by itself: they do not keep a finished process alive, end when nobody
 * answers, and what goes wrong is said once; the sampler goes on with one trace a second in silence. Returns what stops looking.
 */
export function watchPolls(endpoint: string, once: Once): () => void {
  const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
  const { host, pathname } = new URL(endpoint);
  const paths = PATHS.map((path) => (pathname === '/' ? path : pathname + path));
  const failed = (reason: string): void =>
    once.warn(
      'xray sampler',
      `the X-Ray sampler gets no rules from ${endpoint} (${reason}): until it does, it samples one trace a second and 5 % of the rest. ` +
        'Is the collector, or the CloudWatch agent, listening there? OTEL_TRACES_SAMPLER_ARG=endpoint=http://host:2000',
    );
  const onRequest = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    if (paths.includes(request.path) && request.getHeader('host') === host) look(request, failed);
  };
  subscribe(REQUESTS, onRequest);
  return () => void unsubscribe(REQUESTS, onRequest);
}

function look(request: ClientRequest, failed: (reason: string) => void): void {
  const unref = (socket: Socket): void => void socket.unref();
  if (request.socket) unref(request.socket);
  else request.once('socket', unref);
  request.on('error', ({ code, message }: NodeJS.ErrnoException) => failed(code ?? message));
  request.on('response', ({ statusCode }: IncomingMessage) => {
    if (statusCode !== 200) failed(`HTTP ${statusCode}`);
  });
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const giveUp = (): void => void request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`));
  timeout.addEventListener('abort', giveUp);
  request.once('close', () => timeout.removeEventListener('abort', giveUp));
}

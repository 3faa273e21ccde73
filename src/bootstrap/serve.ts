import type { Cluster } from 'node:cluster';
import { messageOf } from '../core/thrown.js';
import { read, readWhole, type Complain, type Environment } from './environment.js';
import { listen, type MetricsServer } from './metrics-server.js';
import type { MetricsServerOptions, ObservabilityOptions } from './options.js';
import type { Observability } from './state.js';

const DEFAULT_PORT = 9_090;
const DEFAULT_HOST = '127.0.0.1';

/** Starts the metrics server if it is wanted; waits its turn behind other set-ups in any case. */
export async function serve(state: Observability, options: ObservabilityOptions, env: Environment, complain: Complain): Promise<void> {
  const isWanted = options.enableMetrics !== false && state.metrics && isServerWanted(options);
  const asked = { port: options.metricsPort, host: options.metricsHost };
  await inTurn(state, () => (isWanted ? ensureServer(state, asked, env, complain) : Promise.resolve()));
}

/** One after the other: two set-ups at a time must not start two servers. */
export function inTurn<T>(state: Observability, step: () => Promise<T>): Promise<T> {
  const turn = state.tail.then(step);
  state.tail = turn.catch(() => undefined);
  return turn;
}

/** Starts the metrics server if none runs. One that cannot start is a warning. */
export async function ensureServer(state: Observability, asked: MetricsServerOptions, env: Environment, complain: Complain): Promise<void> {
  const { server, metrics, faults } = state;
  if (!metrics) return;
  if (server) return compare(server, asked, complain);
  const { port, host } = serverAddress(asked, env, complain);
  try {
    state.server = await listen({ port, host, expose: metrics.expose, onFailure: (error) => faults.report('scrape', error) });
  } catch (error) {
    complain(`the metrics server did not start on ${host}:${port} (${messageOf(error)}); give another metricsPort, or 0 for any free one`);
  }
}

/** Where the metrics server listens. */
export function serverAddress(asked: MetricsServerOptions, env: Environment, complain: Complain): { port: number; host: string } {
  const port = asked.port ?? readWhole(env, 'OTEL_EXPORTER_PROMETHEUS_PORT', 0, 65_535, complain) ?? DEFAULT_PORT;
  const host = asked.host ?? read(env, 'OTEL_EXPORTER_PROMETHEUS_HOST') ?? DEFAULT_HOST;
  return { port, host };
}

/** A server that runs stays where it is; port 0 asks for no particular one. */
function compare({ port, host }: MetricsServer, asked: MetricsServerOptions, complain: Complain): void {
  if (asked.port && asked.port !== port) complain(`metrics port ${asked.port} is not used: the metrics server listens on ${port} already`);
  if (asked.host && asked.host !== host) complain(`metrics host ${asked.host} is not used: the metrics server listens on ${host} already`);
}

/** In workers a server starts only where the program asks for one: all of them would want the same port. */
function isServerWanted({ metricsPort }: ObservabilityOptions): boolean {
  if (metricsPort !== undefined) return true;
  // Loaded here, since most processes that import us ask for no server.
  const { isMainThread } = process.getBuiltinModule('node:worker_threads');
  const { isWorker } = process.getBuiltinModule('node:cluster') as unknown as Cluster;
  return isMainThread && !isWorker;
}

import type { Cluster } from 'node:cluster';
import { memberOf, messageOf } from '../../core/thrown.js';
import { runtime } from '../../pipeline/runtime.js';
import { sameOptions } from '../../pipeline/same-options.js';
import { read, readList, readWhole, type Complain, type Environment } from '../environment.js';
import { gateOf } from './auth.js';
import { listen, nameOf, type MetricsAddress, type MetricsServer } from './server.js';
import type { MetricsServerOptions, ObservabilityOptions } from '../options.js';
import type { Observability } from '../state.js';

const DEFAULT_PORT = 9_090;
const DEFAULT_HOST = '127.0.0.1';

/** Starts the metrics server if it is wanted; waits its turn behind other set-ups in any case. */
export async function serve(state: Observability, options: ObservabilityOptions, env: Environment, complain: Complain): Promise<void> {
  if (options.metricsAuth) state.metricsAuth ??= options.metricsAuth;
  const isWanted = options.enableMetrics !== false && state.metrics && isServerWanted(options, state, env);
  const { metricsPort: port, metricsHost: host, metricsSocketPath: socketPath, metricsAuth: auth } = options;
  const asked = { port, host, socketPath, auth };
  if (!isWanted) runtime.explain?.('no metrics server is started by this set-up');
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
  const at = addressOf(asked, env, complain);
  const auth = asked.auth ?? state.metricsAuth;
  const gate = auth && gateOf(auth);
  try {
    state.server = await listen({ at, gate, expose: metrics.expose, onFailure: (error) => faults.report('scrape', error) });
    runtime.explain?.(
      `metrics are served at ${nameOf(state.server.at)}${gate ? `, to those who know the ${gate.scheme} credentials` : ''}`,
    );
  } catch (error) {
    complain(`the metrics server did not start on ${nameOf(at)} (${messageOf(error)}); ${cureOf(at, error)}`);
  }
}

function cureOf(at: MetricsAddress, error: unknown): string {
  if ('socketPath' in at) return 'give another metricsSocketPath';
  const isHost = ['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN'].includes(String(memberOf(error, 'code')));
  return isHost
    ? 'give another metricsHost (OTEL_EXPORTER_PROMETHEUS_HOST), such as 127.0.0.1 or 0.0.0.0'
    : 'give another metricsPort, or 0 for any free one';
}

function addressOf(asked: MetricsServerOptions, env: Environment, complain: Complain): MetricsAddress {
  return asked.socketPath === undefined ? portAddress(asked, env, complain) : { socketPath: asked.socketPath };
}

/** Where the metrics server listens, unless it is to be a socket in the file system. */
export function portAddress({ port, host }: MetricsServerOptions, env: Environment, complain: Complain): { port: number; host: string } {
  return {
    port: port ?? readWhole(env, 'OTEL_EXPORTER_PROMETHEUS_PORT', 0, 65_535, complain) ?? DEFAULT_PORT,
    host: host ?? read(env, 'OTEL_EXPORTER_PROMETHEUS_HOST') ?? DEFAULT_HOST,
  };
}

/** A server that runs stays where it is; port 0 asks for no particular one. */
function compare({ at, gate }: MetricsServer, asked: MetricsServerOptions, complain: Complain): void {
  const present = { port: undefined, host: undefined, socketPath: undefined, ...at };
  for (const what of ['port', 'host', 'socketPath'] as const) {
    if (asked[what] && asked[what] !== present[what])
      complain(`metrics ${what} ${asked[what]} is not used: the metrics server listens on ${present[what] ?? nameOf(at)} already`);
  }
  if (asked.auth && !sameOptions(asked.auth, gate?.auth))
    complain(`metricsAuth is not used: the metrics server runs ${gate ? 'with another one' : 'without one, and answers everybody'}`);
}

/**
 * In workers a server starts only where the program asks for one: all of them would want the same port. So it is where metrics are pushed, or
 * where the environment names their exporters and Prometheus is none of them.
 */
function isServerWanted(options: ObservabilityOptions, { deliveries }: Observability, env: Environment): boolean {
  const { enableMetricsServer, metricsPort, metricsSocketPath } = options;
  if (enableMetricsServer !== undefined) return enableMetricsServer;
  if (metricsPort !== undefined || metricsSocketPath !== undefined) return true;
  const exporters = readList(env, 'OTEL_METRICS_EXPORTER');
  if (deliveries.has('pushgateway') || (exporters.includes('otlp') && !exporters.includes('prometheus'))) return false;
  // Loaded here, since most processes that import us ask for no server.
  const { isMainThread } = process.getBuiltinModule('node:worker_threads');
  const { isWorker } = process.getBuiltinModule('node:cluster') as unknown as Cluster;
  return isMainThread && !isWorker;
}

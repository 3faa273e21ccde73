import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { messageOf } from '../core/errors.js';
import { warn } from '../core/logger.js';
import { silentTracer } from '../core/silent-span.js';
import type { Tracer } from '../core/span.js';
import { runtime } from '../pipeline/runtime.js';
import { TRACER_NAME } from '../telemetry/catalogue.js';
import type { Exposition, MetricsRegistry } from '../telemetry/exposition.js';
import { VERSION } from '../version.js';
import { read, readWhole, type Complain } from './environment.js';
import { flushAtExit } from './exit.js';
import { startMetrics, useBuckets } from './metrics.js';
import { listen } from './metrics-server.js';
import { loadApi } from './optional.js';
import { checkObservabilityOptions, checkServerOptions, type MetricsServerOptions, type ObservabilityOptions } from './options.js';
import { resolveServiceName } from './resource.js';
import { checkedTimeout, flush, shutdown } from './shutdown.js';
import { connect, observability, type Observability } from './state.js';
import { startTracing } from './tracing.js';

/** What is on, and why something is not. A picture of the moment when set-up was done. */
export interface ObservabilityStatus {
  readonly tracingEnabled: boolean;
  /** The instruments exist, with or without a server. */
  readonly metricsEnabled: boolean;
  /** True only if the server listens. */
  readonly metricsServerStarted: boolean;
  /** The port it listens on; `undefined` without a server. */
  readonly metricsPort: number | undefined;
  /** What could not be used, and what to do about it. Each was logged as well. */
  readonly warnings: string[];
  /** Lets calls end, delivers what was recorded, closes. Milliseconds, default 5,000. Never rejects. */
  shutdown(timeoutMs?: number): Promise<void>;
  /** Delivers what was recorded. Milliseconds, default 5,000. Never rejects. */
  forceFlush(timeoutMs?: number): Promise<void>;
}

const DEFAULT_PORT = 9_090;
const DEFAULT_HOST = '127.0.0.1';

/**
 * Starts tracing, metrics and the metrics server, as far as they are not on yet. Tracing and instruments are on when it returns;
 * the promise settles when the server listens.
 * @throws ConfigurationError (as a rejection) on an unknown or unusable option. Everything else is a warning in the status.
 */
export async function setupObservability(options: ObservabilityOptions = {}): Promise<ObservabilityStatus> {
  checkObservabilityOptions(options);
  const state = observability();
  if (options.logger) runtime.logger = options.logger;
  const { warnings, complain } = collect();
  if (options.enableTracing !== false) ensureTracing(state, options, complain);
  if (options.enableMetrics !== false) ensureMetrics(state, options, complain);
  if (options.handleSignals !== false) ensureExitHooks(state);
  if (options.enableMetrics !== false && state.metrics && isServerWanted(options)) {
    await inTurn(state, () => ensureServer(state, { port: options.metricsPort, host: options.metricsHost }, complain));
  } else await state.tail;
  return statusOf(state, warnings);
}

/** Starts tracing alone. Returns whether it is on. */
export function initTracer(serviceName?: string): boolean {
  const state = observability();
  const options = checkObservabilityOptions(serviceName === undefined ? {} : { serviceName });
  ensureTracing(state, options, collect().complain);
  ensureExitHooks(state);
  return isTracingEnabled();
}

/** Starts the instruments alone, without a server. Returns whether they are on. */
export function initMetrics(): boolean {
  ensureMetrics(observability(), {}, collect().complain);
  return isMetricsEnabled();
}

/** Starts the metrics server, and the instruments if they are not on yet. A server that runs already answers. */
export async function startMetricsServer(options: MetricsServerOptions = {}): Promise<{ started: boolean; port?: number }> {
  const checked = checkServerOptions(options);
  const state = observability();
  const { complain } = collect();
  ensureMetrics(state, {}, complain);
  if (!state.metrics) return { started: false };
  await inTurn(state, () => ensureServer(state, checked, complain));
  return state.server ? { started: true, port: state.server.port } : { started: false };
}

/** Lets calls end, delivers what was recorded, closes, and releases the globals that we set. Set-up works again afterwards. Never rejects. */
export async function shutdownObservability(timeoutMs?: number): Promise<void> {
  const state = observability();
  await inTurn(state, () => shutdown(state, checkedTimeout(timeoutMs)));
}

/** The tracer of our spans, for spans of your own. Where OpenTelemetry is not installed, its spans record nothing. */
export function getTracer(): Tracer {
  return observability().tracing?.tracer ?? loadApi().module?.trace.getTracer(TRACER_NAME, VERSION) ?? silentTracer;
}

export function isTracingEnabled(): boolean {
  return observability().tracing !== undefined;
}

export function isMetricsEnabled(): boolean {
  return observability().metrics !== undefined;
}

/** The registry that holds our metrics, and their text for an `Accept` header. `undefined` while metrics are off. */
export function getMetrics(): { registry: MetricsRegistry; text(accept?: string): Promise<Exposition> } | undefined {
  const { metrics } = observability();
  return metrics && { registry: metrics.registry, text: metrics.expose };
}

function ensureTracing(state: Observability, { serviceName, tracing = {} }: ObservabilityOptions, complain: Complain): void {
  if (state.tracing) {
    const { serviceName: present } = state.tracing;
    const wanted = serviceName && resolveServiceName(process.env, serviceName, undefined);
    if (wanted && present && wanted !== present) complain(`serviceName ${wanted} is not used: tracing is on already, as ${present}`);
    if (Object.keys(tracing).length > 0) complain('the tracing options are not used: tracing is on already');
    return;
  }
  const { faults } = state;
  const { env, argv, stderr } = process;
  const logger = () => runtime.logger;
  state.tracing = startTracing({
    env,
    serviceName,
    mainFile: argv[1],
    options: tracing,
    logger,
    complain,
    faults,
    once: runtime.once,
    stderr,
    finishedCalls: () => state.inFlight.finished,
  });
  if (state.tracing) connect(state);
}

function ensureMetrics(state: Observability, { registry, buckets }: ObservabilityOptions, complain: Complain): void {
  if (!state.metrics) {
    state.metrics = startMetrics(state, { registry, buckets }, complain);
    if (state.metrics) connect(state);
    return;
  }
  if (registry && registry !== state.metrics.registry) complain('registry is not used: the metrics are in another one already');
  useBuckets(state, buckets, complain);
}

function ensureExitHooks(state: Observability): void {
  state.removeExitHooks ??= flushAtExit(
    {
      flush: (timeoutMs) => flush(state, timeoutMs),
      shutdown: (timeoutMs) => shutdown(state, timeoutMs),
      isOwn: () => state.tracing?.isOwn ?? true,
      abandon: () => state.tracing?.abandon(),
      news: () => state.tracing?.news(),
      heldForMs: () => state.tracing?.heldForMs() ?? 0,
    },
    process,
  );
}

/** In workers a server starts only where the program asks for one: all of them would want the same port. */
function isServerWanted({ metricsPort }: ObservabilityOptions): boolean {
  return metricsPort !== undefined || (isMainThread && !cluster.isWorker);
}

async function ensureServer(state: Observability, asked: MetricsServerOptions, complain: Complain): Promise<void> {
  const { server, metrics, faults } = state;
  if (!metrics) return;
  if (server) {
    if (asked.port && asked.port !== server.port)
      complain(`metrics port ${asked.port} is not used: the metrics server listens on ${server.port} already`);
    return;
  }
  const port = asked.port ?? readWhole(process.env, 'OTEL_EXPORTER_PROMETHEUS_PORT', 0, 65_535, complain) ?? DEFAULT_PORT;
  const host = asked.host ?? read(process.env, 'OTEL_EXPORTER_PROMETHEUS_HOST') ?? DEFAULT_HOST;
  try {
    const expose = metrics.expose;
    state.server = await listen({ port, host, expose, onFailure: (error) => faults.report('scrape', error) });
  } catch (error) {
    complain(`the metrics server did not start on ${host}:${port} (${messageOf(error)}); give another metricsPort, or 0 for any free one`);
  }
}

/** One after the other: two set-ups at a time must not start two servers. */
function inTurn<T>(state: Observability, step: () => Promise<T>): Promise<T> {
  const turn = state.tail.then(step);
  state.tail = turn.catch(() => undefined);
  return turn;
}

/** Warnings for the status, each logged as it comes. */
function collect(): { warnings: string[]; complain: Complain } {
  const warnings: string[] = [];
  return {
    warnings,
    complain: (warning) => {
      warnings.push(warning);
      warn(runtime.logger, warning);
    },
  };
}

function statusOf(state: Observability, warnings: string[]): ObservabilityStatus {
  return {
    tracingEnabled: isTracingEnabled(),
    metricsEnabled: isMetricsEnabled(),
    metricsServerStarted: state.server !== undefined,
    metricsPort: state.server?.port,
    warnings,
    shutdown: (timeoutMs) => shutdownObservability(timeoutMs),
    forceFlush: (timeoutMs) => flush(state, checkedTimeout(timeoutMs)),
  };
}

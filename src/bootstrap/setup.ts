import { warn } from '../core/logger.js';
import { silentTracer } from '../core/silent-span.js';
import type { Tracer } from '../core/span.js';
import { runtime } from '../pipeline/runtime.js';
import { sameOptions } from '../pipeline/same-options.js';
import { TRACER_NAME } from '../telemetry/catalogue.js';
import type { FailedCall } from '../telemetry/failure-log.js';
import { whole, type Exposition, type MetricsRegistry } from '../telemetry/exposition.js';
import { VERSION } from '../version.js';
import { disclosureOf } from './capture.js';
import { resolveBackend } from './backends/backend.js';
import { Complaints } from './complaints.js';
import type { Complain } from './environment.js';
import { flushAtExit } from './exit.js';
import { measureProcess, startMetrics, useTallies, type RunningMetrics } from './metrics.js';
import { ensureDeliveries, gatewayOf, pushOnce } from './deliveries/start-deliveries.js';
import type { PushgatewayOptions } from './deliveries/pushgateway.js';
import { loadApi } from './optional.js';
import {
  checkObservabilityOptions,
  checkPushgateway,
  checkServerOptions,
  type MetricsServerOptions,
  type ObservabilityOptions,
  type TracingOptions,
} from './options.js';
import { resolveServiceName } from './resource.js';
import { newsOf } from './news.js';
import { startCounting } from './scale-out/start-counting.js';
import { ensureServer, inTurn, serve } from './serve.js';
import { checkedTimeout, endStreams, flush, shutdown } from './shutdown.js';
import { connect, observability, type Observability } from './state.js';
import { startTracing, type RunningTracing } from './tracing.js';

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

/**
 * Starts tracing, metrics and the metrics server, as far as they are not on yet. Tracing and instruments are on when it returns;
 * the promise settles when the server listens.
 * @throws ConfigurationError (as a rejection) on an unknown or unusable option. Everything else is a warning in the status.
 */
export async function setupObservability(options: ObservabilityOptions = {}): Promise<ObservabilityStatus> {
  checkObservabilityOptions(options);
  const state = observability();
  if (options.logger) runtime.logger = options.logger;
  const complaints = new Complaints();
  const { complain } = complaints;
  const { tracing, metrics } = switchOn(state, options, complain);
  complaints.logMissing();
  await serve(state, options, process.env, complain);
  // A shutdown that was under way has taken away what seemed to be on.
  if ((tracing && !state.tracing) || (metrics && !state.metrics)) {
    switchOn(state, options, complain);
    await serve(state, options, process.env, complain);
  }
  return statusOf(state, complaints.warnings);
}

/** What works at once. Returns what is on then. */
function switchOn(state: Observability, options: ObservabilityOptions, complain: Complain): Pick<Observability, 'tracing' | 'metrics'> {
  ensureCapture(state, options, complain);
  ensureFailureLog(state, options, complain);
  if (options.enableTracing !== false) ensureTracing(state, options, complain);
  if (options.enableMetrics !== false) ensureMetrics(state, options, complain);
  ensureDeliveries(state, options, host(), complain);
  if (options.handleSignals !== false) ensureExitHooks(state);
  else if (state.removeExitHooks) complain('handleSignals: false is not used: an earlier set-up has the exit flushed already');
  const { tracing, metrics } = state;
  return { tracing, metrics };
}

/** Starts tracing alone. Returns whether it is on. */
export function initTracer(serviceName?: string): boolean {
  const state = observability();
  const options = checkObservabilityOptions(serviceName === undefined ? {} : { serviceName });
  const complaints = new Complaints();
  ensureTracing(state, options, complaints.complain);
  complaints.logMissing();
  ensureExitHooks(state);
  return isTracingEnabled();
}

/** Starts the instruments alone, without a server. Returns whether they are on. */
export function initMetrics(): boolean {
  const complaints = new Complaints();
  ensureMetrics(observability(), {}, complaints.complain);
  complaints.logMissing();
  return isMetricsEnabled();
}

/** Starts the metrics server, and the instruments if they are not on yet. A server that runs already answers. */
export async function startMetricsServer(options: MetricsServerOptions = {}): Promise<{ started: boolean; port?: number }> {
  const checked = checkServerOptions(options);
  const state = observability();
  const complaints = new Complaints();
  const { complain } = complaints;
  ensureMetrics(state, {}, complain);
  complaints.logMissing();
  if (!state.metrics) return { started: false };
  await inTurn(state, () => ensureServer(state, checked, process.env, complain));
  const { server } = state;
  return { started: server !== undefined, ...(server?.port !== undefined && { port: server.port }) };
}

/**
 * Pushes the metrics now, to the Pushgateway given, else to the one that set-up or the environment names. Resolves with whether they arrived.
 * @throws ConfigurationError (as a rejection) on an unknown or unusable option.
 */
export async function pushMetrics(gateway?: PushgatewayOptions): Promise<boolean> {
  const state = observability();
  const complaints = new Complaints();
  const { complain } = complaints;
  if (gateway) checkPushgateway('pushMetrics', gateway);
  ensureMetrics(state, {}, complain);
  complaints.logMissing();
  const present = state.deliveries.get('pushgateway');
  if (present && !gateway) return present.flush();
  const asked = gatewayOf({ ...(gateway && { pushgateway: gateway }) }, process.env, complain);
  if (asked) return pushOnce(state, asked, host());
  complain('pushMetrics has nowhere to push to: give it a url, or setupObservability a pushgateway, or set TOOLSPAN_PUSHGATEWAY_URL');
  return false;
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
  return observability().counting !== undefined;
}

/** The registry that holds our metrics, and their text for an `Accept` header. `undefined` while metrics are off. */
export function getMetrics(): { registry: MetricsRegistry; text(accept?: string): Promise<Exposition> } | undefined {
  const { metrics } = observability();
  return metrics && { registry: metrics.registry, text: async (accept) => whole(await metrics.expose(accept)) };
}

/** What calls tell of themselves is decided once, before anything is told. */
function ensureCapture(state: Observability, { capture }: ObservabilityOptions, complain: Complain): void {
  if (!capture) return;
  const asked = disclosureOf(capture, process.env);
  if (state.disclosure && !sameOptions(state.disclosure, asked)) complain('capture is not used: an earlier set-up has decided about it');
  state.disclosure ??= asked;
  connect(state);
}

/** Who is told of calls that failed; the first set-up that asks decides. */
function ensureFailureLog(state: Observability, { logFailedCalls }: ObservabilityOptions, complain: Complain): void {
  if (!logFailedCalls) return;
  const tell = logFailedCalls === true ? logFailedCall : logFailedCalls;
  if (state.onFailedCall && state.onFailedCall !== tell) complain('logFailedCalls is not used: an earlier set-up has decided about it');
  state.onFailedCall ??= tell;
  connect(state);
}

function logFailedCall(failure: FailedCall): void {
  warn(runtime.logger, `tool call failed ${JSON.stringify(failure)}`);
}

function ensureTracing(state: Observability, { serviceName, tracing = {}, backend }: ObservabilityOptions, complain: Complain): void {
  if (state.tracing) return complainOfDifferences(state.tracing, { serviceName, tracing, backend }, complain);
  const { faults } = state;
  const { env, argv, stderr } = process;
  const logger = () => runtime.logger;
  state.tracing = startTracing({
    env,
    serviceName,
    mainFile: argv[1],
    options: tracing,
    backend: resolveBackend(env, backend, complain),
    logger,
    complain,
    faults,
    once: runtime.once,
    stderr,
    finishedCalls: () => state.inFlight.finished,
  });
  if (state.tracing) connect(state);
}

/** What is on stays as it is. */
function complainOfDifferences(present: RunningTracing, asked: ObservabilityOptions, complain: Complain): void {
  const { serviceName, tracing = {}, backend } = asked;
  const wanted = serviceName && resolveServiceName(process.env, serviceName, undefined);
  if (wanted && present.serviceName && wanted !== present.serviceName) {
    complain(`serviceName ${wanted} is not used: tracing is on already, as ${present.serviceName}`);
  }
  if (differs(tracing, present.options)) complain('the tracing options are not used: tracing is on already');
  if (backend && backend !== present.backend) complain(`backend ${backend} is not used: tracing is on already, without it`);
}

function ensureMetrics(state: Observability, options: ObservabilityOptions, complain: Complain): void {
  if (state.metrics) compareMetrics(state, state.metrics, options, complain);
  else state.metrics = startMetrics(options, () => startCounting(state, options, complain), complain);
  if (state.metrics && options.processMetrics) measureProcess(state.metrics, complain);
}

function compareMetrics(state: Observability, present: RunningMetrics, asked: ObservabilityOptions, complain: Complain): void {
  const { registry, constantLabels } = asked;
  if (registry && registry !== present.registry) complain('registry is not used: the metrics are in another one already');
  if (constantLabels && !sameOptions(constantLabels, present.constantLabels))
    complain('constantLabels are not used: the metrics have others already');
  useTallies(state, asked, complain);
}

function ensureExitHooks(state: Observability): void {
  state.removeExitHooks ??= flushAtExit(
    {
      flush: (timeoutMs) => flush(state, timeoutMs),
      shutdown: (timeoutMs) => shutdown(state, timeoutMs),
      isOwn: () => state.tracing?.isOwn ?? true,
      abandon: () => state.tracing?.abandon(),
      endStreams: () => endStreams(),
      news: newsOf(() => [state.tracing?.news(), ...Array.from(state.deliveries.values(), (delivery) => delivery.news())]),
      heldForMs: () => state.tracing?.heldForMs() ?? 0,
    },
    process,
  );
}

function host(): { env: typeof process.env; mainFile: string | undefined } {
  return { env: process.env, mainFile: process.argv[1] };
}

/** Whether a later request asks for something that the first one did not. */
function differs(asked: TracingOptions, present: TracingOptions): boolean {
  return (Object.keys(asked) as (keyof TracingOptions)[]).some((option) => asked[option] !== present[option]);
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

import { silentTracer } from '../core/silent-span.js';
import type { Tracer } from '../core/span.js';
import { runtime } from '../pipeline/runtime.js';
import { TRACER_NAME } from '../telemetry/catalogue.js';
import { whole, type Exposition, type MetricsRegistry } from '../telemetry/exposition.js';
import { VERSION } from '../version.js';
import { Complaints } from './complaints.js';
import type { PushgatewayOptions } from './deliveries/pushgateway.js';
import { gatewayOf, pushOnce } from './deliveries/start-deliveries.js';
import { ensureServer, inTurn, serve } from './endpoint/serve.js';
import { explainer } from './logs/explainer.js';
import { checkObservabilityOptions, checkPushgateway, checkServerOptions } from './option-rules.js';
import type { MetricsServerOptions, ObservabilityOptions } from './options.js';
import { loadApi } from './packages/opentelemetry.js';
import { checkedTimeout, flush, heldUpBy, shutdown } from './shutdown.js';
import { observability, type Observability } from './state.js';
import { ensureExitHooks, ensureMetrics, ensureTracing, switchOn, type SettingUp } from './switch-on.js';

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
  if (options.logger) runtime.logger = options.logger;
  const { complaints, ...on } = begin();
  const { state, host, complain } = on;
  while (state.takingDown) await state.takingDown;
  switchOn(on, options);
  complaints.logMissing();
  await serve(state, options, host.env, complain);
  return statusOf(state, complaints.warnings);
}

/** Starts tracing alone. Returns whether it is on. */
export function initTracer(serviceName?: string): boolean {
  const options = checkObservabilityOptions(serviceName === undefined ? {} : { serviceName });
  const { complaints, ...on } = begin();
  if (on.state.takingDown) {
    on.complain('tracing stays off: a shutdown is under way; await it before initTracer()');
    return false;
  }
  ensureTracing(on, options);
  complaints.logMissing();
  ensureExitHooks(on.state);
  return isTracingEnabled();
}

/** Starts the instruments alone, without a server. Returns whether they are on. */
export function initMetrics(): boolean {
  const { complaints, ...on } = begin();
  ensureMetrics(on, {});
  complaints.logMissing();
  return isMetricsEnabled();
}

/** Starts the metrics server, and the instruments if they are not on yet. A server that runs already answers. */
export async function startMetricsServer(options: MetricsServerOptions = {}): Promise<{ started: boolean; port?: number }> {
  const checked = checkServerOptions(options);
  const { complaints, ...on } = begin();
  const { state, host, complain } = on;
  ensureMetrics(on, {});
  complaints.logMissing();
  if (!state.metrics) return { started: false };
  await inTurn(state, () => ensureServer(state, checked, host.env, complain));
  const { server } = state;
  return { started: server !== undefined, ...(server?.port !== undefined && { port: server.port }) };
}

/**
 * Pushes the metrics now, to the Pushgateway given, else to the one that set-up or the environment names. Resolves with whether they arrived.
 * @throws ConfigurationError (as a rejection) on an unknown or unusable option.
 */
export async function pushMetrics(gateway?: PushgatewayOptions): Promise<boolean> {
  if (gateway) checkPushgateway('pushMetrics', gateway);
  const { complaints, ...on } = begin();
  const { state, host, complain } = on;
  ensureMetrics(on, {});
  complaints.logMissing();
  const present = state.deliveries.get('pushgateway');
  if (present && !gateway) return present.flush();
  const asked = gatewayOf({ ...(gateway && { pushgateway: gateway }) }, host.env, complain);
  if (asked) return pushOnce(state, asked, host);
  complain('pushMetrics has nowhere to push to: give it a url, or setupObservability a pushgateway, or set TOOLSPAN_PUSHGATEWAY_URL');
  return false;
}

/** Lets calls end, delivers what was recorded, closes, and releases the globals that we set. Set-up works again afterwards. Never rejects. */
export async function shutdownObservability(timeoutMs?: number): Promise<void> {
  const state = observability();
  await heldUpBy(
    state,
    inTurn(state, () => shutdown(state, checkedTimeout(timeoutMs))),
  );
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

/** What every set-up begins with: what is on, and who is told. */
function begin(): SettingUp & { readonly complaints: Complaints } {
  const { env, argv, stderr } = process;
  runtime.explain = explainer(env, () => runtime.logger);
  const complaints = new Complaints();
  return { state: observability(), host: { env, mainFile: argv[1], stderr }, complain: complaints.complain, complaints };
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

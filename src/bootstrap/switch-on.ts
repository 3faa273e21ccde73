import { warn } from '../core/logger.js';
import { runtime } from '../pipeline/runtime.js';
import { sameOptions } from '../pipeline/same-options.js';
import type { FailedCall } from '../telemetry/failure-log.js';
import { resolveBackend } from './backends/backend.js';
import { captureStory, disclosureOf } from './capture.js';
import { ensureDeliveries } from './deliveries/start-deliveries.js';
import type { Complain, Environment } from './environment.js';
import { flushAtExit } from './exit.js';
import { measureProcess, startMetrics, useTallies, type RunningMetrics } from './metrics/metrics.js';
import { newsOf } from './news.js';
import type { ObservabilityOptions, TracingOptions } from './options.js';
import { resolveServiceName } from './resource.js';
import { startCounting } from './scale-out/start-counting.js';
import { endStreams, flush, shutdown } from './shutdown.js';
import { connect, type Observability } from './state.js';
import type { ExporterDeps } from './traces/exporters.js';
import { startTracing, type RunningTracing } from './traces/tracing.js';

/** What set-up is told of the process. */
export interface Host {
  readonly env: Environment;
  readonly mainFile: string | undefined;
  readonly stderr: ExporterDeps['stderr'];
}

/** One set-up: what it works on, and where it says what it could not do. */
export interface SettingUp {
  readonly state: Observability;
  readonly host: Host;
  readonly complain: Complain;
}

/** What works at once. */
export function switchOn(on: SettingUp, options: ObservabilityOptions): void {
  const { state, host, complain } = on;
  ensureCapture(on, options);
  ensureFailureLog(on, options);
  if (options.enableTracing !== false) ensureTracing(on, options);
  if (options.enableMetrics !== false) ensureMetrics(on, options);
  ensureDeliveries(state, options, host, complain);
  if (options.handleSignals !== false) ensureExitHooks(state);
  else if (state.removeExitHooks) complain('handleSignals: false is not used: an earlier set-up has the exit flushed already');
}

/** What calls tell of themselves is decided once, before anything is told. */
function ensureCapture({ state, host: { env }, complain }: SettingUp, { capture }: ObservabilityOptions): void {
  if (!capture) return;
  const asked = disclosureOf(capture, env);
  if (state.disclosure && !sameOptions(state.disclosure, asked)) complain('capture is not used: an earlier set-up has decided about it');
  state.disclosure ??= asked;
  runtime.explain?.(captureStory(state.disclosure, env));
  connect(state);
}

/** Who is told of calls that failed; the first set-up that asks decides. */
function ensureFailureLog({ state, complain }: SettingUp, { logFailedCalls }: ObservabilityOptions): void {
  if (!logFailedCalls) return;
  const tell = logFailedCalls === true ? logFailedCall : logFailedCalls;
  if (state.onFailedCall && state.onFailedCall !== tell) complain('logFailedCalls is not used: an earlier set-up has decided about it');
  state.onFailedCall ??= tell;
  connect(state);
}

function logFailedCall(failure: FailedCall): void {
  warn(runtime.logger, JSON.stringify({ message: 'tool call failed', ...failure }));
}

/** Tracing, unless it is on. */
export function ensureTracing(on: SettingUp, options: ObservabilityOptions): void {
  const { state, host, complain } = on;
  if (state.tracing) return compareTracing(on, state.tracing, options);
  const { serviceName, tracing = {}, backend } = options;
  state.tracing = startTracing({
    ...host,
    serviceName,
    options: tracing,
    backend: resolveBackend(host.env, backend, complain),
    logger: () => runtime.logger,
    complain,
    explain: runtime.explain,
    faults: state.faults,
    once: runtime.once,
    finishedCalls: () => state.inFlight.finished,
  });
  if (state.tracing) connect(state);
}

/** What is on stays as it is. */
function compareTracing({ host, complain }: SettingUp, present: RunningTracing, asked: ObservabilityOptions): void {
  const { serviceName, tracing = {}, backend } = asked;
  const wanted = serviceName && resolveServiceName(host.env, serviceName, undefined);
  if (wanted && present.serviceName && wanted !== present.serviceName) {
    complain(`serviceName ${wanted} is not used: tracing is on already, as ${present.serviceName}`);
  }
  if (differs(tracing, present.options)) complain('the tracing options are not used: tracing is on already');
  if (backend && backend !== present.backend) complain(`backend ${backend} is not used: tracing is on already, without it`);
}

/** The instruments, unless they are on. */
export function ensureMetrics({ state, complain }: SettingUp, options: ObservabilityOptions): void {
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

/** What was recorded is delivered when the process ends. */
export function ensureExitHooks(state: Observability): void {
  if (state.removeExitHooks) return;
  runtime.explain?.('SIGTERM, SIGINT and a natural exit deliver what was recorded');
  state.removeExitHooks = flushAtExit(
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

/** Whether a later request asks for something that the first one did not. */
function differs(asked: TracingOptions, present: TracingOptions): boolean {
  return (Object.keys(asked) as (keyof TracingOptions)[]).some((option) => asked[option] !== present[option]);
}

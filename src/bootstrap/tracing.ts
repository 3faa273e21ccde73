import { messageOf } from '../core/thrown.js';
import { warn, type Logger } from '../core/logger.js';
import type { Once } from '../core/once.js';
import type { Tracer } from '../core/span.js';
import { TRACER_NAME } from '../telemetry/catalogue.js';
import type { Faults } from '../telemetry/faults.js';
import { VERSION } from '../version.js';
import { BatchProcessor } from './batch-processor.js';
import { ConsoleProcessor } from './console-processor.js';
import { isContextManaged } from './context.js';
import { checkSampler, isTrue, read, type Complain, type Environment } from './environment.js';
import { batched, processorsFromEnvironment, usesGrpc, type ExporterDeps } from './exporters.js';
import {
  loadApi,
  loadSdk,
  missingForTracing,
  type OpenTelemetryApi,
  type SdkModules,
  type SpanExporter,
  type SpanProcessor,
} from './optional.js';
import type { TracingOptions } from './options.js';
import { mappedAttributes, resolveServiceName } from './resource.js';

/** What tracing is started with. */
export interface TracingRequest {
  readonly env: Environment;
  readonly serviceName: string | undefined;
  readonly mainFile: string | undefined;
  readonly options: TracingOptions;
  readonly logger: () => Logger;
  readonly complain: Complain;
  readonly faults: Faults;
  readonly once: Once;
  readonly stderr: ExporterDeps['stderr'];
  /** How many calls of tools have ended. */
  readonly finishedCalls: () => number;
}

/** Tracing that is on. */
export interface RunningTracing {
  readonly api: OpenTelemetryApi;
  readonly tracer: Tracer;
  /** What it was started with. */
  readonly options: TracingOptions;
  /** False for a provider that the application registered. */
  readonly isOwn: boolean;
  /** `undefined` for a provider of the application's: the resource is its own. */
  readonly serviceName: string | undefined;
  /** Delivers what was recorded. */
  flush(): Promise<void>;
  /** Closes what we started and releases the globals that we set. */
  stop(): Promise<void>;
  /** Gives up what could not be delivered in time; it is counted. */
  abandon(): void;
  /** See `ExitActions.news`. */
  news(): number | undefined;
  /** See `ExitActions.heldForMs`. */
  heldForMs(): number;
}

/** Starts tracing, synchronously. `undefined` where it stays off; why is complained about, unless it was asked for. */
export function startTracing(request: TracingRequest): RunningTracing | undefined {
  const { env, complain } = request;
  if (isTrue(env, 'OTEL_SDK_DISABLED')) return undefined;
  const { module: api, problem } = loadApi();
  if (!api) {
    complain(`tracing is off: ${missingForTracing(problem, usesGrpc(env))}`, 'package');
    return undefined;
  }
  if (hasProvider(api)) return joinProvider(api, request);
  const sdk = loadSdk(api);
  if (sdk.module) return startSdk(api, sdk.module, request);
  complain(`tracing is off: ${missingForTracing(sdk.problem, usesGrpc(env))}`, 'package');
  return undefined;
}

/** A proxy without a delegate gives no tracer: then nobody has registered a provider. */
function hasProvider(api: OpenTelemetryApi): boolean {
  const provider = api.trace.getTracerProvider();
  return provider.getDelegateTracer ? provider.getDelegateTracer(TRACER_NAME) !== undefined : true;
}

/** The application keeps its provider; we use it, and its shutdown is not ours. */
function joinProvider(api: OpenTelemetryApi, { options, complain, finishedCalls }: TracingRequest): RunningTracing {
  if (Object.keys(options).length > 0)
    complain('the tracing options are not used: the application has registered a TracerProvider of its own');
  return {
    api,
    tracer: api.trace.getTracer(TRACER_NAME, VERSION),
    options,
    isOwn: false,
    serviceName: undefined,
    flush: () => flushProvider(api),
    stop: () => Promise.resolve(),
    abandon: () => undefined,
    news: () => finishedCalls() || undefined,
    heldForMs: () => 0,
  };
}

function startSdk(api: OpenTelemetryApi, sdk: SdkModules, request: TracingRequest): RunningTracing | undefined {
  const { env, complain, options } = request;
  const untraced = (run: () => void): void => api.context.with(sdk.suppressTracing(api.ROOT_CONTEXT), run);
  const processors = createProcessors(options, { ...request, untraced });
  if (processors.length === 0) return undefined; // asked for with `none`, or complained about already
  if (!options.sampler) checkSampler(env, complain);
  const serviceName = resolveServiceName(env, request.serviceName, request.mainFile);
  const finished = new FinishedSpans();
  try {
    const stop = launch(api, sdk, [...processors, finished], serviceName, request);
    return {
      api,
      tracer: api.trace.getTracer(TRACER_NAME, VERSION),
      options,
      isOwn: true,
      serviceName,
      flush: () => flushProvider(api),
      stop,
      abandon: () => processors.forEach((processor) => processor instanceof BatchProcessor && processor.close()),
      heldForMs: () => Math.max(0, ...processors.map((processor) => (processor instanceof BatchProcessor ? processor.heldForMs : 0))),
      news: () => (finished.count > 0 && processors.some(hasPending) ? finished.count : undefined),
    };
  } catch (error) {
    complain(`tracing is off: the OpenTelemetry SDK did not start (${messageOf(error)})`);
    return undefined;
  }
}

/** What the program hands over comes before what the environment asks for. */
function createProcessors({ spanProcessors, traceExporter }: TracingOptions, deps: ExporterDeps): readonly SpanProcessor[] {
  if (!spanProcessors && !traceExporter) return processorsFromEnvironment(deps);
  return [
    ...((spanProcessors ?? []) as readonly SpanProcessor[]),
    ...(traceExporter ? [batched(traceExporter as SpanExporter, deps)] : []),
  ];
}

/** Starts the SDK with traces alone: left to itself it would send metrics and logs as well. Returns what stops it. */
function launch(
  api: OpenTelemetryApi,
  { NodeSDK, defaultResource, resourceFromAttributes, logs }: SdkModules,
  spanProcessors: readonly SpanProcessor[],
  serviceName: string,
  { env, options, logger }: TracingRequest,
): () => Promise<void> {
  const { resourceAttributes, traceExporter: _batched, ...handedOn } = options;
  const hasContextManager = isContextManaged(api);
  const hasPropagator = api.propagation.fields().length > 0;
  const loggerProvider = logs.getLoggerProvider();
  const hasDiag = divertDiagnostics(api, env, logger);
  const sdk = withoutLogLevel(
    env,
    () =>
      new NodeSDK({
        ...handedOn,
        ...(hasContextManager && { contextManager: null }),
        ...(hasPropagator && { textMapPropagator: null }),
        serviceName,
        resource: defaultResource().merge(resourceFromAttributes({ ...resourceAttributes, ...mappedAttributes(env) })),
        spanProcessors,
        metricReaders: [],
        logRecordProcessors: [],
      }),
  );
  sdk.start();
  // It sets a logs provider even without anything to send logs with; the application may want to set its own.
  if (logs.getLoggerProvider() !== loggerProvider) logs.disable();
  return async () => {
    api.trace.disable();
    if (!hasContextManager) api.context.disable();
    if (!hasPropagator) api.propagation.disable();
    await sdk.shutdown();
    if (hasDiag) api.diag.disable();
  };
}

/** The SDK takes the log level to the console by itself; while it is made, it does not see one. */
function withoutLogLevel<T>(env: Environment, make: () => T): T {
  const mutable = env as Record<string, string | undefined>;
  const level = mutable['OTEL_LOG_LEVEL'];
  if (level === undefined) return make();
  delete mutable['OTEL_LOG_LEVEL'];
  try {
    return make();
  } finally {
    mutable['OTEL_LOG_LEVEL'] = level;
  }
}

/** `OTEL_LOG_LEVEL` writes to stdout by default; what libraries have to say belongs to the logger. */
function divertDiagnostics(api: OpenTelemetryApi, env: Environment, logger: () => Logger): boolean {
  const level = read(env, 'OTEL_LOG_LEVEL')?.toUpperCase();
  const logLevel = level === undefined ? undefined : api.DiagLogLevel[level];
  if (logLevel === undefined) return false;
  const say = (message: unknown, ...details: unknown[]): void =>
    warn(logger(), `OpenTelemetry: ${[message, ...details].map((part) => (typeof part === 'string' ? part : messageOf(part))).join(' ')}`);
  return api.diag.setLogger({ error: say, warn: say, info: say, debug: say, verbose: say }, { logLevel, suppressOverrideMessage: true });
}

/** Has every processor deliver. Asked of the provider, which knows them all. */
async function flushProvider(api: OpenTelemetryApi): Promise<void> {
  const provider = api.trace.getTracerProvider();
  await ((provider.getDelegate?.() ?? provider) as { forceFlush?: () => Promise<void> }).forceFlush?.();
}

/** Counts finished spans: of the application's own processors nobody knows whether they have something to deliver. */
class FinishedSpans implements SpanProcessor {
  count = 0;

  onStart(): void {
    // only finished spans count
  }

  onEnd(): void {
    this.count += 1;
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function hasPending(processor: SpanProcessor): boolean {
  if (processor instanceof BatchProcessor) return processor.hasPending;
  return !(processor instanceof ConsoleProcessor);
}

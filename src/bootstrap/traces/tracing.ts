import { messageOf } from '../../core/thrown.js';
import type { Explain, Logger } from '../../core/logger.js';
import type { Once } from '../../core/once.js';
import type { Tracer } from '../../core/span.js';
import { TRACER_NAME } from '../../telemetry/catalogue.js';
import type { Faults } from '../../telemetry/faults.js';
import { VERSION } from '../../version.js';
import type { Backend } from '../backends/backend.js';
import { googleCloud } from '../backends/gcp.js';
import { usesXraySampler } from '../backends/xray.js';
import { BatchProcessor } from './batch-processor.js';
import { ConsoleProcessor } from './console-processor.js';
import { checkSampler, isTrue, type Complain, type Environment } from '../environment.js';
import { batched, processorsFromEnvironment, usesGrpc, type ExporterDeps } from './exporters.js';
import {
  loadApi,
  loadSdk,
  missingForTracing,
  type OpenTelemetryApi,
  type SdkModules,
  type SpanExporter,
  type SpanProcessor,
} from '../packages/opentelemetry.js';
import type { TracingOptions } from '../options.js';
import { sourcedServiceName } from '../resource.js';
import { launch } from './sdk.js';

/** What tracing is started with. */
export interface TracingRequest {
  readonly env: Environment;
  readonly serviceName: string | undefined;
  readonly mainFile: string | undefined;
  readonly options: TracingOptions;
  readonly backend: Backend | undefined;
  readonly logger: () => Logger;
  readonly complain: Complain;
  readonly explain?: Explain | undefined;
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
  readonly backend: Backend | undefined;
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
  if (isTrue(env, 'OTEL_SDK_DISABLED')) return offBecause('OTEL_SDK_DISABLED=true', request);
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

function offBecause(reason: string, { explain }: TracingRequest): undefined {
  explain?.(`tracing stays off: ${reason}`);
}

/** A proxy without a delegate gives no tracer: then nobody has registered a provider. */
function hasProvider(api: OpenTelemetryApi): boolean {
  const provider = api.trace.getTracerProvider();
  return provider.getDelegateTracer ? provider.getDelegateTracer(TRACER_NAME) !== undefined : true;
}

/** The application keeps its provider; we use it, and its shutdown is not ours. */
function joinProvider(api: OpenTelemetryApi, { options, backend, complain, explain, finishedCalls }: TracingRequest): RunningTracing {
  explain?.('tracing begins, with the TracerProvider that the application has registered');
  if (Object.keys(options).length > 0)
    complain('the tracing options are not used: the application has registered a TracerProvider of its own');
  if (backend) complain(`backend ${backend} is not used: the application has registered a TracerProvider of its own`);
  return {
    api,
    tracer: api.trace.getTracer(TRACER_NAME, VERSION),
    options,
    backend,
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
  const { env, complain, options, backend } = request;
  const google = backend === 'gcp' ? googleCloud(env, options.resourceAttributes, complain) : undefined;
  const untraced = (run: () => void): void => api.context.with(sdk.suppressTracing(api.ROOT_CONTEXT), run);
  const processors = createProcessors(options, { ...request, untraced, google });
  // Asked for with `none`, or complained about already.
  if (processors.length === 0) return offBecause('no exporter is left to send to', request);
  if (!options.sampler && !usesXraySampler(env, backend, options)) checkSampler(env, complain);
  const { value: serviceName, source } = sourcedServiceName(env, request.serviceName, request.mainFile);
  request.explain?.(`tracing begins, as service "${serviceName}" (${source})`);
  const finished = new FinishedSpans();
  try {
    const stop = launch(api, sdk, { ...request, serviceName, spanProcessors: [...processors, finished], found: google?.attributes });
    return {
      api,
      tracer: api.trace.getTracer(TRACER_NAME, VERSION),
      options,
      backend,
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

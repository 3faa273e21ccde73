import { isErrorLike, messageOf } from '../../core/thrown.js';
import { plainCopy } from '../../telemetry/plain-copy.js';
import { warn, type Logger } from '../../core/logger.js';
import type { Once } from '../../core/once.js';
import type { Backend } from '../backends/backend.js';
import { xrayParts } from '../backends/xray.js';
import { isContextManaged } from './context.js';
import { read, type Complain, type Environment } from '../environment.js';
import type { NodeSdk, OpenTelemetryApi, ResourceAttributes, SdkModules, SpanProcessor } from '../packages/opentelemetry.js';
import type { TracingOptions } from '../options.js';
import { listedAttributes, mappedAttributes } from '../resource.js';

/** What the SDK is started with. */
export interface LaunchRequest {
  readonly env: Environment;
  readonly options: TracingOptions;
  readonly backend: Backend | undefined;
  readonly serviceName: string;
  readonly spanProcessors: readonly SpanProcessor[];
  /** Attributes of the resource that the backend wants. */
  readonly found: ResourceAttributes | undefined;
  readonly logger: () => Logger;
  readonly complain: Complain;
  readonly once: Once;
}

/** Starts the SDK with traces alone: left to itself it would send metrics and logs as well. Returns what stops it. */
export function launch(api: OpenTelemetryApi, modules: SdkModules, request: LaunchRequest): () => Promise<void> {
  const { env, logger } = request;
  const hasContextManager = isContextManaged(api);
  const carried = api.propagation.fields();
  const loggerProvider = modules.logs.getLoggerProvider();
  const hasDiag = divertDiagnostics(api, env, logger);
  const { stop, ...parts } = backendParts(modules, request, carried);
  const own = {
    ...parts,
    ...(hasContextManager && { contextManager: null }),
    ...(carried.length > 0 && { textMapPropagator: null }),
  };
  const sdk = started(modules, request, own, stop);
  // It sets a logs provider even without anything to send logs with; the application may want to set its own.
  if (modules.logs.getLoggerProvider() !== loggerProvider) modules.logs.disable();
  return async () => {
    stop();
    api.trace.disable();
    if (!hasContextManager) api.context.disable();
    if (carried.length === 0) api.propagation.disable();
    await sdk.shutdown();
    if (hasDiag) api.diag.disable();
  };
}

/** What was begun for it ends if it does not start. */
function started(modules: SdkModules, request: LaunchRequest, own: object, stop: () => void): NodeSdk {
  try {
    const sdk = withoutLogLevel(request.env, () => new modules.NodeSDK({ ...sdkOptions(modules, request), ...own }));
    sdk.start();
    return sdk;
  } catch (error) {
    stop();
    throw error;
  }
}

function sdkOptions({ defaultResource, resourceFromAttributes }: SdkModules, request: LaunchRequest): Readonly<Record<string, unknown>> {
  const { env, options, serviceName, spanProcessors, found } = request;
  const { resourceAttributes, traceExporter: _batched, ...handedOn } = options;
  return {
    ...handedOn,
    serviceName,
    resource: defaultResource().merge(resourceFromAttributes({ ...found, ...resourceAttributes, ...mappedAttributes(env) })),
    spanProcessors,
    metricReaders: [],
    logRecordProcessors: [],
  };
}

function backendParts(
  { resourceFromAttributes }: SdkModules,
  request: LaunchRequest,
  carried: readonly string[],
): ReturnType<typeof xrayParts> {
  const { env, options, serviceName } = request;
  const attributes = { ...options.resourceAttributes, ...mappedAttributes(env), ...listedAttributes(env), 'service.name': serviceName };
  return xrayParts({ ...request, carried, resource: resourceFromAttributes(attributes) });
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

// What is logged of batches may be long.
const DETAIL_CHARACTERS = 500;

function inWords(part: unknown): string {
  if (typeof part === 'string') return part;
  if (Array.isArray(part)) return `${part.length} of them`;
  return isErrorLike(part) ? messageOf(part) : (JSON.stringify(plainCopy(part, DETAIL_CHARACTERS)) ?? String(part));
}

/** `OTEL_LOG_LEVEL` writes to stdout by default; what libraries have to say belongs to the logger. */
function divertDiagnostics(api: OpenTelemetryApi, env: Environment, logger: () => Logger): boolean {
  const level = read(env, 'OTEL_LOG_LEVEL')?.toUpperCase();
  const logLevel = level === undefined ? undefined : api.DiagLogLevel[level];
  if (logLevel === undefined) return false;
  const say = (message: unknown, ...details: unknown[]): void =>
    warn(logger(), `OpenTelemetry: ${[message, ...details].map(inWords).join(' ')}`);
  return api.diag.setLogger({ error: say, warn: say, info: say, debug: say, verbose: say }, { logLevel, suppressOverrideMessage: true });
}

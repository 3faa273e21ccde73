import type { Attributes } from '../core/attributes.js';
import { messageOf } from '../core/thrown.js';
import type { Context, Tracer } from '../core/span.js';
import type { PromClient } from '../telemetry/exposition.js';
import type { TracingApi } from '../telemetry/tracing-api.js';
import { canRequire, requireFrom, requirePackage } from './require.cjs';

// The one place that loads optional packages. What we use of them is written out, so that our types compile without them.

/** What became of an optional package. */
export type Loaded<Module> =
  { readonly module: Module; readonly problem?: undefined } | { readonly module?: undefined; readonly problem: string };

/** What we use of @opentelemetry/api. */
export interface OpenTelemetryApi extends TracingApi {
  readonly context: TracingApi['context'] & { disable(): void };
  readonly trace: TracingApi['trace'] & {
    getTracer(name: string, version?: string): Tracer;
    getTracerProvider(): { getDelegate?(): object; getDelegateTracer?(name: string): Tracer | undefined };
    setGlobalTracerProvider(provider: object): boolean;
    disable(): void;
  };
  readonly propagation: { fields(): string[]; disable(): void };
  readonly diag: { setLogger(logger: object, options: { logLevel: number; suppressOverrideMessage: boolean }): boolean; disable(): void };
  readonly DiagLogLevel: Readonly<Record<string, number>>;
  readonly ROOT_CONTEXT: Context;
  createContextKey(description: string): symbol;
  /** Only in the 1.10 line. */
  readonly logs?: LogsApi;
}

/** What we use of the logs API. */
export interface LogsApi {
  getLoggerProvider(): object;
  disable(): void;
}

/** What we use of a running `NodeSDK`. */
export interface NodeSdk {
  start(): void;
  shutdown(): Promise<void>;
}

/** OpenTelemetry's `Resource`, as much of it as we use. */
export interface Resource {
  merge(other: Resource): Resource;
}

/** What we use of @opentelemetry/sdk-node and the packages it brings. */
export interface SdkModules {
  readonly NodeSDK: new (configuration: Readonly<Record<string, unknown>>) => NodeSdk;
  defaultResource(): Resource;
  resourceFromAttributes(attributes: Readonly<Record<string, string>>): Resource;
  suppressTracing(context: Context): Context;
  readonly logs: LogsApi;
}

/** A span as processors and exporters see it: OpenTelemetry's `ReadableSpan`, as much of it as we use. */
export interface ReadableSpan {
  readonly name: string;
  readonly attributes: Attributes;
  spanContext(): { traceId: string; spanId: string; traceFlags: number };
  readonly parentSpanContext?: { spanId: string; isRemote?: boolean } | undefined;
  readonly startTime: readonly [number, number];
  readonly endTime: readonly [number, number];
  readonly status: { readonly code: number; readonly message?: string };
  readonly instrumentationScope: { readonly name: string };
  readonly resource: { readonly asyncAttributesPending?: boolean; waitForAsyncAttributes?(): Promise<void> };
}

/** OpenTelemetry's `SpanProcessor`. */
export interface SpanProcessor {
  onStart(span: ReadableSpan): void;
  onEnd(span: ReadableSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** OpenTelemetry's `SpanExporter`. */
export interface SpanExporter {
  export(spans: readonly ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** @opentelemetry/api, without which nothing is traced. */
export function loadApi(): Loaded<OpenTelemetryApi> {
  return load('@opentelemetry/api', (id) => requirePackage(id) as OpenTelemetryApi);
}

/** @opentelemetry/sdk-node, with what it brings along. */
export function loadSdk(api: OpenTelemetryApi): Loaded<SdkModules> {
  return load('@opentelemetry/sdk-node', (id) => {
    const { NodeSDK } = requirePackage(id) as Pick<SdkModules, 'NodeSDK'>;
    const resources = requireFrom(id, '@opentelemetry/resources') as Pick<SdkModules, 'defaultResource' | 'resourceFromAttributes'>;
    const { defaultResource, resourceFromAttributes } = resources;
    const { suppressTracing } = requireFrom(id, '@opentelemetry/core') as Pick<SdkModules, 'suppressTracing'>;
    const logs = api.logs ?? (requireFrom(id, '@opentelemetry/api-logs') as { logs: LogsApi }).logs;
    return { NodeSDK, defaultResource, resourceFromAttributes, suppressTracing, logs };
  });
}

/** Options of OTLP exporters, as much of them as we set. */
export interface ExporterOptions {
  readonly url?: string;
  readonly timeoutMillis?: number;
}

/** The class of an exporter. */
export type ExporterClass = new (options: ExporterOptions) => SpanExporter;

/** The exporter for OTLP over gRPC. */
export function loadGrpcExporter(): Loaded<ExporterClass> {
  return load(
    '@opentelemetry/exporter-trace-otlp-grpc',
    (id) => (requirePackage(id) as { OTLPTraceExporter: ExporterClass }).OTLPTraceExporter,
  );
}

/** The exporters that come with @opentelemetry/sdk-node: OTLP over HTTP, and Zipkin. */
export function loadSdkExporter(id: string, name: string): Loaded<ExporterClass> {
  return load('@opentelemetry/sdk-node', (sdk) => (requireFrom(sdk, id) as Record<string, ExporterClass>)[name]!);
}

/** A provider of spans that is nobody's but its maker's, and what makes the resource of its spans. */
export interface TestTracing {
  readonly Provider: new (settings: object) => { getTracer(name: string, version: string): Tracer };
  defaultResource(): Resource;
  detectResources(settings: { detectors: readonly object[] }): Resource;
  readonly envDetector: object;
  resourceFromAttributes(attributes: Readonly<Record<string, string>>): Resource;
}

/** What makes a span without touching the process's tracing: of the packages that @opentelemetry/sdk-node brings. */
export function loadTestTracing(): Loaded<TestTracing> {
  return load('@opentelemetry/sdk-node', (sdk) => {
    const { TracerProvider, BasicTracerProvider } = loadTraceSdk(sdk);
    const resources = requireFrom(sdk, '@opentelemetry/resources') as Omit<TestTracing, 'Provider'>;
    const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
    return { Provider: (TracerProvider ?? BasicTracerProvider)!, defaultResource, detectResources, envDetector, resourceFromAttributes };
  });
}

/** Earlier releases have another package for it. */
function loadTraceSdk(sdk: string): { TracerProvider?: TestTracing['Provider']; BasicTracerProvider?: TestTracing['Provider'] } {
  try {
    return requireFrom(sdk, '@opentelemetry/sdk-trace') as object;
  } catch {
    return requireFrom(sdk, '@opentelemetry/sdk-trace-base') as object;
  }
}

/** prom-client, without which nothing is served. */
export function loadPromClient(): Loaded<PromClient> {
  return load('prom-client', (id) => requirePackage(id) as PromClient);
}

/** What to say where tracing cannot be on: every package that it lacks, so that one command cures it. */
export function missingForTracing(problem: string, usesGrpc: boolean): string {
  const wanted = ['@opentelemetry/api', '@opentelemetry/sdk-node', ...(usesGrpc ? ['@opentelemetry/exporter-trace-otlp-grpc'] : [])];
  const missing = wanted.filter((id) => !canRequire(id));
  return missing.length > 1 ? `${missing.join(', ')} are not installed; npm install ${missing.join(' ')}` : problem;
}

function load<Module>(id: string, read: (id: string) => Module): Loaded<Module> {
  try {
    return { module: read(id) };
  } catch (error) {
    return { problem: problemOf(id, error) };
  }
}

/** What is wrong with a package, and the command that cures it: another one may be missing that it needs. */
function problemOf(id: string, error: unknown): string {
  const reason = messageOf(error).split('\n', 1)[0]!;
  const isMissing = (error as { code?: unknown } | undefined)?.code === 'MODULE_NOT_FOUND';
  const missing = isMissing ? (/^Cannot find module '([^'./][^']*)'/.exec(reason)?.[1] ?? id) : undefined;
  if (missing === id) return `${id} is not installed; npm install ${id}`;
  if (missing !== undefined) return `${id} needs ${missing}, which is not installed; npm install ${missing}`;
  return `${id} could not be loaded (${reason}); npm install ${id}`;
}

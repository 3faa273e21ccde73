import type { Attributes } from '../../core/attributes.js';
import type { Context, Tracer } from '../../core/span.js';
import type { TracingApi } from '../../telemetry/tracing-api.js';
import { load, missingTogether, type Loaded } from './load.js';
import { requireFrom, requirePackage } from './require.cjs';

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
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
}

/** An attribute of the resource; a promise where it takes time to find out. */
export type ResourceAttributes = Readonly<Record<string, string | Promise<string | undefined>>>;

/** What we use of @opentelemetry/sdk-node and the packages it brings. */
export interface SdkModules {
  readonly NodeSDK: new (configuration: Readonly<Record<string, unknown>>) => NodeSdk;
  defaultResource(): Resource;
  resourceFromAttributes(attributes: ResourceAttributes): Resource;
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

/** What we use of @opentelemetry/resources, which comes with @opentelemetry/sdk-node. */
export interface ResourcesModule {
  defaultResource(): Resource;
  resourceFromAttributes(attributes: ResourceAttributes): Resource;
  detectResources(configuration: { readonly detectors: readonly object[] }): Resource;
  readonly envDetector: object;
  readonly hostDetector: object;
  readonly osDetector: object;
  readonly processDetector: object;
  readonly serviceInstanceIdDetector: object;
}

/** @opentelemetry/resources. */
export function loadResources(): Loaded<ResourcesModule> {
  return load('@opentelemetry/sdk-node', (sdk) => requireFrom(sdk, '@opentelemetry/resources') as ResourcesModule);
}

/** What to say where tracing cannot be on: every package that it lacks, so that one command cures it. */
export function missingForTracing(problem: string, usesGrpc: boolean): string {
  const wanted = ['@opentelemetry/api', '@opentelemetry/sdk-node', ...(usesGrpc ? ['@opentelemetry/exporter-trace-otlp-grpc'] : [])];
  return missingTogether(wanted) ?? problem;
}

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

/** Options of OTLP exporters, as much of them as we set. */
export interface ExporterOptions {
  readonly url?: string;
  readonly timeoutMillis?: number;
  /** Of gRPC. */
  readonly credentials?: object;
  /** Of HTTP: asked before each export. */
  readonly headers?: () => Promise<Record<string, string>>;
}

/** The class of an exporter. */
export type ExporterClass = new (options: ExporterOptions) => SpanExporter;

const GRPC_EXPORTER = '@opentelemetry/exporter-trace-otlp-grpc';

/** The exporter for OTLP over gRPC. */
export function loadGrpcExporter(): Loaded<ExporterClass> {
  return load(GRPC_EXPORTER, (id) => (requirePackage(id) as { OTLPTraceExporter: ExporterClass }).OTLPTraceExporter);
}

/** What we use of @grpc/grpc-js, which the exporter brings. */
export interface GrpcModule {
  readonly Metadata: new () => { set(name: string, value: string): void };
  readonly credentials: {
    createSsl(root?: Buffer | null, key?: Buffer | null, chain?: Buffer | null): object;
    createFromMetadataGenerator(generate: (options: object, done: (error: Error | null, metadata?: object) => void) => void): object;
    combineChannelCredentials(channel: object, call: object): object;
  };
}

/** The gRPC of the exporter: another copy would not take its credentials. */
export function loadGrpc(): Loaded<GrpcModule> {
  return load(GRPC_EXPORTER, (id) => requireFrom(id, '@grpc/grpc-js') as GrpcModule);
}

/** The exporters that come with @opentelemetry/sdk-node: OTLP over HTTP, and Zipkin. */
export function loadSdkExporter(id: string, name: string): Loaded<ExporterClass> {
  return load('@opentelemetry/sdk-node', (sdk) => (requireFrom(sdk, id) as Record<string, ExporterClass>)[name]!);
}

/** OpenTelemetry's `PushMetricExporter`, as much of it as we use. */
export interface MetricExporter {
  export(metrics: object, done: (result: { code: number; error?: Error }) => void): void;
  shutdown(): Promise<void>;
  /** The temporality that the backend wants for an instrument: 0 delta, 1 cumulative. */
  selectAggregationTemporality?(instrument: string): number;
}

/** The OTLP exporters for metrics, which come with @opentelemetry/sdk-node. */
export function loadMetricExporter(id: string): Loaded<new (options: ExporterOptions) => MetricExporter> {
  type Exporters = { OTLPMetricExporter: new (options: ExporterOptions) => MetricExporter };
  return load('@opentelemetry/sdk-node', (sdk) => (requireFrom(sdk, id) as Exporters).OTLPMetricExporter);
}

/** What we use of @opentelemetry/resources, which comes with @opentelemetry/sdk-node. */
export interface ResourcesModule {
  defaultResource(): Resource;
  resourceFromAttributes(attributes: Readonly<Record<string, string>>): Resource;
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

// Where the propagators that OTEL_PROPAGATORS may name come from: packages that @opentelemetry/sdk-node brings, and one that it does not.
const PROPAGATORS: Readonly<Record<string, readonly [id: string, name: string]>> = {
  tracecontext: ['@opentelemetry/core', 'W3CTraceContextPropagator'],
  baggage: ['@opentelemetry/core', 'W3CBaggagePropagator'],
  b3: ['@opentelemetry/propagator-b3', 'B3Propagator'],
  b3multi: ['@opentelemetry/propagator-b3', 'B3Propagator'],
  jaeger: ['@opentelemetry/propagator-jaeger', 'JaegerPropagator'],
  xray: ['@opentelemetry/propagator-aws-xray', 'AWSXRayPropagator'],
};

/** Names of propagators that can be loaded. */
export const PROPAGATOR_NAMES: readonly string[] = Object.keys(PROPAGATORS);

/** The propagator with this name. */
export function loadPropagator(name: string): Loaded<object> {
  const [id, className] = PROPAGATORS[name]!;
  return load(name === 'xray' ? id : '@opentelemetry/sdk-node', (from) => {
    const loaded = (name === 'xray' ? requirePackage(from) : requireFrom(from, id)) as Record<string, new (options?: object) => object>;
    const { B3InjectEncoding } = loaded as unknown as { B3InjectEncoding?: { MULTI_HEADER: unknown } };
    return new loaded[className]!(name === 'b3multi' ? { injectEncoding: B3InjectEncoding?.MULTI_HEADER } : {});
  });
}

/** Several propagators as one: each adds its headers, and of those that find a parent the last one wins. */
export function loadComposite(propagators: readonly object[]): Loaded<object> {
  return load('@opentelemetry/sdk-node', (id) => {
    type Composite = new (options: { propagators: readonly object[] }) => object;
    const { CompositePropagator } = requireFrom(id, '@opentelemetry/core') as { CompositePropagator: Composite };
    return new CompositePropagator({ propagators });
  });
}

/** Ids that begin with the time, as X-Ray has them. */
export function loadXrayIds(): Loaded<object> {
  return load('@opentelemetry/id-generator-aws-xray', (id) => {
    const { AWSXRayIdGenerator } = requirePackage(id) as { AWSXRayIdGenerator: new () => object };
    return new AWSXRayIdGenerator();
  });
}

/** The sampler that asks X-Ray for its rules; it begins to when it is made. */
export type XraySampler = new (options: { resource: Resource; endpoint: string; pollingInterval: number }) => { stopPollers?(): void };

export function loadXraySampler(): Loaded<XraySampler> {
  return load(
    '@opentelemetry/sampler-aws-xray',
    (id) => (requirePackage(id) as { AWSXRayRemoteSampler: XraySampler }).AWSXRayRemoteSampler,
  );
}

/** What we use of google-auth-library. */
export type GoogleAuth = new (options: object) => {
  /** A plain object up to its version 9, `Headers` since. */
  getRequestHeaders(url: string): Promise<object>;
  getProjectId(): Promise<string>;
};

export function loadGoogleAuth(): Loaded<GoogleAuth> {
  return load('google-auth-library', (id) => (requirePackage(id) as { GoogleAuth: GoogleAuth }).GoogleAuth);
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
  return missingTogether(wanted) ?? problem;
}

/** Of several packages those that are missing, in one sentence. `undefined` unless there are at least two. */
export function missingTogether(wanted: readonly string[]): string | undefined {
  const missing = wanted.filter((id) => !canRequire(id));
  return missing.length > 1 ? `${missing.join(', ')} are not installed; npm install ${missing.join(' ')}` : undefined;
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

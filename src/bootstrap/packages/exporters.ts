import { load, type Loaded } from './load.js';
import type { SpanExporter } from './opentelemetry.js';
import { requireFrom, requirePackage } from './require.cjs';

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

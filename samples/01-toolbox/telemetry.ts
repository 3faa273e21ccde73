import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { setupObservability, startMetricsServer, type ObservabilityStatus } from 'toolspan';
import { STORIES, TraceAlbum } from './traces.js';

/** Where what the tools did can be seen. */
export interface Telemetry {
  readonly status: ObservabilityStatus;
  readonly metricsUrl: string;
  /** Where the environment sends the traces. */
  readonly traces: string | undefined;
  /** Traces to show, unless the environment has them sent in a way of its own. */
  readonly album: TraceAlbum | undefined;
}

/** Finer than the defaults: most of these tools take less than their first bucket, and a quantile is no finer than its bucket. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Sets up traces and metrics: some traces are kept in an album, and all are sent where the environment says. */
export async function startTelemetry(): Promise<Telemetry> {
  const traces = tracesGoTo();
  const wanted = isOtlp() ? new TraceAlbum(STORIES) : undefined;
  const status = await setupObservability({
    serviceName: 'toolspan-toolbox',
    buckets: BUCKETS,
    ...(!process.env['OTEL_EXPORTER_PROMETHEUS_PORT'] && { metricsPort: 0 }),
    ...(wanted && { tracing: { spanProcessors: [wanted], ...(traces !== undefined && { traceExporter: new OTLPTraceExporter() }) } }),
  });
  const album = status.tracingEnabled ? wanted : undefined;
  // The port that was asked for may be taken; the table is read over HTTP all the same.
  const port = status.metricsPort ?? (await startMetricsServer({ port: 0 })).port;
  if (port === undefined) throw new Error(`there are no metrics: ${status.warnings.join('; ')}`);
  return { status, album, traces: status.tracingEnabled ? traces : 'off', metricsUrl: `http://${metricsHost()}:${port}/metrics` };
}

/** Whether traces go to OTLP over gRPC, if anywhere: then the sample can send them and keep some. */
function isOtlp(): boolean {
  const { env } = process;
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'grpc';
  return (env['OTEL_TRACES_EXPORTER'] || 'otlp') === 'otlp' && protocol === 'grpc';
}

/** What the environment says about traces; `undefined` if nothing. */
function tracesGoTo(): string | undefined {
  const { env } = process;
  const exporter = env['OTEL_TRACES_EXPORTER'];
  if (exporter && exporter !== 'otlp') return exporter;
  // An empty variable counts as not set.
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined;
  return endpoint ?? (exporter ? 'http://localhost:4317' : undefined);
}

function metricsHost(): string {
  const host = process.env['OTEL_EXPORTER_PROMETHEUS_HOST'] || '127.0.0.1';
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

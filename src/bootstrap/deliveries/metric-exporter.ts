import { messageOf } from '../../core/thrown.js';
import type { Backend } from '../backends/backend.js';
import { endpointFor } from '../backends/endpoint.js';
import type { GoogleCloud } from '../backends/gcp.js';
import { givenEndpoint, read, type Complain, type Environment } from '../environment.js';
import { loadMetricExporter, type ExporterOptions, type MetricExporter } from '../packages/exporters.js';

const PACKAGES: Readonly<Record<string, string>> = {
  grpc: '@opentelemetry/exporter-metrics-otlp-grpc',
  'http/protobuf': '@opentelemetry/exporter-metrics-otlp-proto',
  'http/json': '@opentelemetry/exporter-metrics-otlp-http',
};

const TIMEOUTS = ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'];

// As for traces: an export under way when the program ends holds its exit until it is answered.
const EXPORT_TIMEOUT_MS = 5_000;

/** What the metrics are for, besides the endpoint. */
export interface MetricBackend {
  readonly backend: Backend | undefined;
  /** Where that is the backend. */
  readonly google: GoogleCloud | undefined;
}

/** The exporter for metrics that the environment asks for: OTLP over gRPC unless it says otherwise. `undefined` where there is none. */
export function createMetricExporter(env: Environment, backend: MetricBackend, complain: Complain): MetricExporter | undefined {
  const { protocol, options } = metricSettings(env, backend, complain);
  const { module: Exporter, problem } = loadMetricExporter(PACKAGES[protocol]!);
  if (!Exporter) {
    complain(`no metrics are exported over OTLP: ${problem}`, 'package');
    return undefined;
  }
  try {
    return new Exporter(options);
  } catch (error) {
    complain(`no metrics are exported over OTLP: the exporter does not take its settings from the environment (${messageOf(error)})`);
    return undefined;
  }
}

/** What the environment says of it; what cannot be used is complained about. */
export function metricSettings(
  env: Environment,
  backend: MetricBackend,
  complain: Complain,
): { readonly protocol: string; readonly options: ExporterOptions } {
  const protocol = protocolFrom(env, complain);
  return { protocol, options: optionsFrom(env, protocol, backend, complain) };
}

function protocolFrom(env: Environment, complain: Complain): string {
  const protocol = read(env, 'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL') ?? read(env, 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'grpc';
  if (protocol in PACKAGES) return protocol;
  complain(`the OTLP protocol ${protocol} for metrics is not known, grpc is used; known are ${Object.keys(PACKAGES).join(', ')}`);
  return 'grpc';
}

function optionsFrom(env: Environment, protocol: string, { backend, google }: MetricBackend, complain: Complain): ExporterOptions {
  const isTimeoutGiven = TIMEOUTS.some((name) => read(env, name) !== undefined);
  const transport = protocol === 'grpc' ? 'grpc' : 'http';
  const endpoint = endpointFor(transport, env, backend, complain, 'metrics');
  return {
    ...(!isTimeoutGiven && { timeoutMillis: EXPORT_TIMEOUT_MS }),
    ...endpoint,
    ...google?.access(transport, endpoint?.url ?? givenEndpoint(env, 'metrics')?.value),
  };
}

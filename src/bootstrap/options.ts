import type { Logger } from '../core/logger.js';
import type { MetricsRegistry } from '../telemetry/exposition.js';
import type { FailedCall } from '../telemetry/failure-log.js';
import type { Backend } from './backends/backend.js';
import type { CaptureOptions } from './capture.js';
import type { PushgatewayOptions } from './deliveries/pushgateway.js';
import type { MetricsAuth } from './endpoint/auth.js';

/** Options for the OpenTelemetry SDK, handed on as they are. */
export interface TracingOptions {
  idGenerator?: { generateTraceId(): string; generateSpanId(): string };
  sampler?: { shouldSample(...args: never[]): unknown; toString(): string };
  /** In place of the exporters that the environment asks for. */
  spanProcessors?: readonly object[];
  /** The same for an exporter, in front of which spans are batched; beside the processors, if both are given. */
  traceExporter?: object;
  spanLimits?: object;
  textMapPropagator?: object | null;
  contextManager?: object;
  instrumentations?: readonly object[];
  /** Attributes of the resource; the environment's win. */
  resourceAttributes?: Readonly<Record<string, string>>;
  resourceDetectors?: readonly object[];
  autoDetectResources?: boolean;
}

/** Options of `setupObservability`. */
export interface ObservabilityOptions {
  /** Name of the service where the environment names none. Default: `DD_SERVICE`, else the name in the app's package.json. */
  serviceName?: string;
  /** Default true. */
  enableTracing?: boolean;
  /** Default true. */
  enableMetrics?: boolean;
  /** Whether metrics are served by a server of ours; `metricsHandler()` serves them from yours. Default true; false in workers. */
  enableMetricsServer?: boolean;
  /** Port of the metrics server; 0 takes any free one. Default: `OTEL_EXPORTER_PROMETHEUS_PORT`, else 9090. */
  metricsPort?: number;
  /** Host of the metrics server; `0.0.0.0` to be scraped from outside. Default: `OTEL_EXPORTER_PROMETHEUS_HOST`, else 127.0.0.1. */
  metricsHost?: string;
  /** Path of a socket in the file system for the metrics server to listen on, in place of a port. */
  metricsSocketPath?: string;
  /** Who may read the metrics from our server: `{ username, password }` or `{ bearerToken }`. `/healthz` is for everybody. Default: everybody. */
  metricsAuth?: MetricsAuth;
  /** Whether the process itself is measured as well: prom-client's `process_*` and `nodejs_*`. Default false. */
  processMetrics?: boolean;
  /** A prom-client registry of the application's for our metrics to join. Default: one of our own. */
  registry?: MetricsRegistry;
  /** Upper bounds of the duration buckets in seconds, rising; one set per process. Default: 5 ms to 10 s in 14 steps. */
  buckets?: readonly number[];
  /** How many tools have series of their own; the others are counted together, as `tool="other"`. Default 1,000. */
  maxTools?: number;
  /** Labels that every series gets, such as `{ region: 'eu' }`. Default: none. */
  constantLabels?: Readonly<Record<string, string>>;
  /** Whether the same metrics are sent over OTLP as well. Default: whether `OTEL_METRICS_EXPORTER` names `otlp`. */
  enableOtlpMetrics?: boolean;
  /** Pushes the metrics when the program ends; then no server starts unless `metricsPort` is given. Default: `TOOLSPAN_PUSHGATEWAY_URL`. */
  pushgateway?: PushgatewayOptions;
  /** Where warnings go. Default: stderr. */
  logger?: Logger;
  /** Tells of each call that failed: `true` as one line of the logger, a function as data. Default false. */
  logFailedCalls?: boolean | ((failure: FailedCall) => void);
  /** Whether SIGTERM, SIGINT and a natural exit flush what was recorded. Default true. */
  handleSignals?: boolean;
  /** Whether arguments and results are recorded on spans, and what is taken out of them and of errors. Default: neither is; secrets are. */
  capture?: CaptureOptions;
  /**
   * A backend that needs more than an endpoint: `xray` (AWS X-Ray) or `gcp` (Google Cloud); see the README for what each brings and
   * which package it takes. What `tracing` and the environment say comes before it. Default: `TOOLSPAN_BACKEND`, else none.
   */
  backend?: Backend;
  /** Handed to the OpenTelemetry SDK. */
  tracing?: TracingOptions;
}

/** Options of `startMetricsServer`. */
export interface MetricsServerOptions {
  /** Default: as `metricsPort` of `setupObservability`. */
  port?: number;
  /** Default: as `metricsHost` of `setupObservability`. */
  host?: string;
  /** Path of a socket in the file system, in place of a port. */
  socketPath?: string;
  /** Who may read the metrics. Default: everybody. */
  auth?: MetricsAuth;
}

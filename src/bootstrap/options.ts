import type { Logger } from '../core/logger.js';
import {
  callback,
  checkOptions,
  count,
  duration,
  either,
  flag,
  nonEmptyText,
  oneOf,
  plainObject,
  reject,
  type Rule,
  type Rules,
  type Subject,
} from '../core/options.js';
import type { MetricsRegistry } from '../telemetry/exposition.js';
import type { FailedCall } from '../telemetry/failure-log.js';
import { BACKENDS, type Backend } from './backends/backend.js';
import { checkCapture, type CaptureOptions } from './capture.js';
import { constantLabels } from './constant-labels.js';
import type { PushgatewayOptions, PushgatewaySettings } from './deliveries/pushgateway.js';
import { metricsAuth, type MetricsAuth } from './metrics-auth.js';

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

const port: Rule = {
  allowed: 'a whole number from 0 to 65535',
  parse: (value) => (count(0).parse(value) !== undefined && (value as number) <= 65_535 ? value : undefined),
};

function withMethods(...methods: string[]): Rule {
  const has = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
  return { allowed: `an object with ${methods.join(', ')}`, parse: (value) => (has(value) ? value : undefined) };
}

const buckets: Rule = {
  allowed: 'a list of rising numbers of seconds above 0',
  parse: (value) => (isRising(value) ? value : undefined),
};

function isRising(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every(
    (bound: unknown, index) => Number.isFinite(bound) && (bound as number) > (index === 0 ? 0 : (value[index - 1] as number)),
  );
}

const list: Rule = { allowed: 'a list', parse: (value) => (Array.isArray(value) ? value : undefined) };

const processors: Rule = {
  allowed: 'a list of span processors (with onStart, onEnd, forceFlush, shutdown)',
  parse: (value) => (Array.isArray(value) && value.every((item) => processor.parse(item) !== undefined) ? value : undefined),
};

const processor = withMethods('onStart', 'onEnd', 'forceFlush', 'shutdown');

const rules: Rules<ObservabilityOptions> = {
  serviceName: nonEmptyText,
  enableTracing: flag,
  enableMetrics: flag,
  metricsPort: port,
  metricsHost: nonEmptyText,
  enableMetricsServer: flag,
  metricsSocketPath: nonEmptyText,
  metricsAuth,
  processMetrics: flag,
  registry: withMethods('metrics', 'registerMetric', 'getSingleMetric', 'removeSingleMetric'),
  buckets,
  maxTools: count(1),
  constantLabels,
  enableOtlpMetrics: flag,
  pushgateway: plainObject,
  logger: withMethods('warn'),
  logFailedCalls: either(flag, callback),
  handleSignals: flag,
  capture: plainObject,
  backend: oneOf(...BACKENDS),
  tracing: plainObject,
};

const tracingRules: Rules<TracingOptions> = {
  idGenerator: withMethods('generateTraceId', 'generateSpanId'),
  sampler: withMethods('shouldSample'),
  spanProcessors: processors,
  traceExporter: withMethods('export', 'shutdown'),
  spanLimits: plainObject,
  textMapPropagator: { allowed: 'a propagator, or null', parse: (value) => (typeof value === 'object' ? value : undefined) },
  contextManager: withMethods('active', 'with', 'bind'),
  instrumentations: list,
  resourceAttributes: plainObject,
  resourceDetectors: list,
  autoDetectResources: flag,
};

/** An address that HTTP reaches. */
export const httpUrl: Rule = {
  allowed: 'a URL that begins with http:// or https://',
  parse: (value) => (typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined),
};

const texts: Rule = {
  allowed: 'an object of strings',
  parse: (value) =>
    plainObject.parse(value) !== undefined && Object.values(value as object).every((item) => typeof item === 'string') ? value : undefined,
};

const pushgatewayRules: Rules<PushgatewayOptions> = {
  url: httpUrl,
  jobName: nonEmptyText,
  groupings: texts,
  interval: duration,
  headers: texts,
};

function subject(title: string): Subject {
  return { title, tool: 'toolspan', namespace: 'default' };
}

/** @throws ConfigurationError on an unknown or unusable option. */
export function checkObservabilityOptions(given: unknown): ObservabilityOptions {
  const checked = checkOptions(subject('setupObservability'), rules, given);
  if (checked.capture) checkCapture(subject('setupObservability capture'), checked.capture);
  if (checked.tracing) checkOptions(subject('setupObservability tracing'), tracingRules, checked.tracing);
  if (checked.pushgateway) checkPushgateway('setupObservability pushgateway', checked.pushgateway);
  return checked;
}

/** @throws ConfigurationError on an unknown or unusable option. */
export function checkPushgateway(title: string, given: unknown): Omit<PushgatewaySettings, 'jobName'> & { jobName?: string } {
  const { url, ...checked } = checkOptions(subject(title), pushgatewayRules, given);
  if (url === undefined) reject(subject(title), 'url', url, httpUrl.allowed);
  return { ...checked, url } as Omit<PushgatewaySettings, 'jobName'>;
}

/** @throws ConfigurationError on an unknown or unusable option. */
export function checkServerOptions(given: unknown): MetricsServerOptions {
  return checkOptions<MetricsServerOptions>(
    subject('startMetricsServer'),
    { port, host: nonEmptyText, socketPath: nonEmptyText, auth: metricsAuth },
    given,
  );
}

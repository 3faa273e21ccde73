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
import { BACKENDS } from './backends/backend.js';
import { checkCapture } from './capture.js';
import type { PushgatewayOptions, PushgatewaySettings } from './deliveries/pushgateway.js';
import { metricsAuth } from './endpoint/auth.js';
import { constantLabels } from './metrics/constant-labels.js';
import type { MetricsServerOptions, ObservabilityOptions, TracingOptions } from './options.js';

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
const httpUrl: Rule = {
  allowed: 'a URL that begins with http:// or https://',
  parse: (value) => (typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined),
};

const texts: Rule = {
  allowed: 'an object of strings',
  parse: (value) =>
    plainObject.parse(value) !== undefined && Object.values(value as object).every((item) => typeof item === 'string') ? value : undefined,
};

// They are parts of a path, which the gateway divides before it looks at what is encoded.
const isPart = (value: unknown): boolean => typeof value === 'string' && !value.includes('/');

const jobName: Rule = {
  allowed: 'a string that is not empty, without a /',
  parse: (value) => (isPart(value) ? nonEmptyText.parse(value) : undefined),
};

const groupings: Rule = {
  allowed: `${constantLabels.allowed}, nor job; without a / in their values`,
  parse(value) {
    const labels = constantLabels.parse(value) as Record<string, string> | undefined;
    return labels && !('job' in labels) && Object.values(labels).every(isPart) ? labels : undefined;
  },
};

const pushgatewayRules: Rules<PushgatewayOptions> = {
  url: httpUrl,
  jobName,
  groupings,
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

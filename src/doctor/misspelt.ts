import type { Environment } from '../bootstrap/environment.js';
import { check, type Check } from './report.js';

const SIGNALS = ['', 'TRACES_', 'METRICS_', 'LOGS_', 'PROFILES_'];
const OTLP = ['ENDPOINT', 'HEADERS', 'TIMEOUT', 'PROTOCOL', 'COMPRESSION', 'CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE', 'INSECURE'];

/** The variables that OpenTelemetry for Node and toolspan read. */
const KNOWN = new Set([
  ...['BACKEND', 'CAPTURE', 'PUSHGATEWAY_URL', 'PUSHGATEWAY_JOB'].map((name) => `TOOLSPAN_${name}`),
  ...[
    ...SIGNALS.flatMap((signal) => OTLP.map((name) => `EXPORTER_OTLP_${signal}${name}`)),
    ...['TEMPORALITY_PREFERENCE', 'DEFAULT_HISTOGRAM_AGGREGATION'].map((name) => `EXPORTER_OTLP_METRICS_${name}`),
    ...['TRACES', 'METRICS', 'LOGS'].map((signal) => `${signal}_EXPORTER`),
    ...['TRACES_SAMPLER', 'TRACES_SAMPLER_ARG', 'PROPAGATORS', 'LOG_LEVEL', 'SDK_DISABLED', 'ENTITIES'],
    ...['SERVICE_NAME', 'SERVICE_VERSION', 'RESOURCE_ATTRIBUTES', 'DEPLOYMENT_ENVIRONMENT', 'K8S_NAMESPACE', 'K8S_POD_NAME'],
    ...['BSP', 'BLRP'].flatMap((batch) =>
      ['MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE', 'SCHEDULE_DELAY', 'EXPORT_TIMEOUT'].map((name) => `${batch}_${name}`),
    ),
    ...['', 'SPAN_', 'LOGRECORD_'].flatMap((of) => [`${of}ATTRIBUTE_COUNT_LIMIT`, `${of}ATTRIBUTE_VALUE_LENGTH_LIMIT`]),
    ...['SPAN_EVENT', 'SPAN_LINK', 'EVENT_ATTRIBUTE', 'LINK_ATTRIBUTE', 'SPAN_ATTRIBUTE_PER_EVENT', 'SPAN_ATTRIBUTE_PER_LINK'].map(
      (of) => `${of}_COUNT_LIMIT`,
    ),
    ...['METRIC_EXPORT_INTERVAL', 'METRIC_EXPORT_TIMEOUT', 'METRICS_EXEMPLAR_FILTER', 'SEMCONV_STABILITY_OPT_IN', 'CONFIG_FILE'],
    ...['ENDPOINT', 'TIMEOUT'].map((name) => `EXPORTER_ZIPKIN_${name}`),
    ...['HOST', 'PORT'].map((name) => `EXPORTER_PROMETHEUS_${name}`),
    ...['ENDPOINT', 'USER', 'PASSWORD', 'AGENT_HOST', 'AGENT_PORT', 'TIMEOUT'].map((name) => `EXPORTER_JAEGER_${name}`),
    ...['RESOURCE_DETECTORS', 'ENABLED_INSTRUMENTATIONS', 'DISABLED_INSTRUMENTATIONS'].map((name) => `NODE_${name}`),
    'INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
  ].map((name) => `OTEL_${name}`),
]);

/** Variables that nobody reads, and that look like one that is read. */
export function checkSpelling({ env }: { readonly env: Environment }): Check[] {
  const unknown = Object.keys(env).filter((name) => /^(OTEL|OTLP|TOOLSPAN)_/i.test(name) && !KNOWN.has(name));
  const misspelt = unknown.flatMap((name) => {
    const meant = meantBy(name);
    return meant === undefined ? [] : [misspeltCheck(name, meant, env)];
  });
  if (misspelt.length > 0) return misspelt;
  const count = Object.keys(env).filter((name) => KNOWN.has(name)).length;
  return [check('environment.names', 'names of variables', { status: 'ok', value: `${count} of OpenTelemetry set, none misspelt` })];
}

function misspeltCheck(name: string, meant: string, env: Environment): Check {
  const isSet = env[meant] !== undefined;
  return check(`environment.name.${name}`, name, {
    status: 'warning',
    detail: `nobody reads this variable; did you mean ${meant}${isSet ? ', which is set as well' : ''}?`,
    cure: isSet ? `unset ${name}` : `write ${meant}`,
  });
}

/** The known name that is nearest. */
export function meantBy(name: string): string | undefined {
  const upper = name.toUpperCase();
  const near = [...KNOWN]
    .map((known) => ({ known, distance: nearness(upper, known) }))
    .filter(({ distance }) => distance <= 2)
    .sort((left, right) => left.distance - right.distance);
  return near[0]?.known;
}

/** Slips of the pen; a word that is missing, or in another place, counts for two. */
function nearness(name: string, known: string): number {
  const [words, knownWords] = [name.replace(/^OTLP_/, 'OTEL_OTLP_').split('_'), known.split('_')];
  const missing = knownWords.filter((word) => !words.includes(word)).length;
  const isMadeOfThem = words.every((word) => knownWords.includes(word));
  if (isMadeOfThem && missing <= 1 && words.length > 2) return name === known ? 0 : 2;
  return slips(name, known);
}

/** Optimal string alignment distance: letters wrong, missing, too many, or two of them swapped. */
function slips(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2) return Infinity;
  let [before, row]: [number[], number[]] = [[], Array.from({ length: right.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const isSame = left[i - 1] === right[j - 1];
      const isSwapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      const plain = Math.min(row[j - 1]! + (isSame ? 0 : 1), row[j]! + 1, next[j - 1]! + 1);
      next.push(isSwapped ? Math.min(plain, before[j - 2]! + 1) : plain);
    }
    [before, row] = [row, next];
  }
  return row[right.length]!;
}

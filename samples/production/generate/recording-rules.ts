import { STATE_VALUE } from '../../../src/telemetry/catalogue.js';
import {
  callsWithin,
  errorRatio,
  LONG_WINDOWS,
  RECORD,
  slowRatio,
  SLO_WINDOWS,
  WINDOW,
  type RecordedName,
  type SloWindow,
} from './names.js';
import { histogram, increase, maxBy, metric, quantileOf, rate, ratio, recorded, sumBy, upTo } from './promql.js';
import { SETTINGS } from './settings.js';

/** A series that Prometheus computes at each evaluation. */
export interface RecordingRule {
  readonly record: RecordedName;
  /** What it is, for people. */
  readonly says: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Rules of a group are evaluated one after the other, so that a later one sees what an earlier one recorded. */
export interface RecordingGroup {
  readonly name: string;
  readonly rules: readonly RecordingRule[];
}

const TOOL = ['job', 'namespace', 'tool'];
/** Labels of metrics that merge the tools of one name. */
const NAME = ['job', 'tool'];

const calls: readonly RecordingRule[] = [
  { record: RECORD.calls, says: 'calls per second', expr: sumBy(TOOL, rate(metric('tool_executions_total'), WINDOW)) },
  {
    record: RECORD.errors,
    says: 'failed calls per second, refused ones included',
    expr: sumBy(TOOL, rate(metric('tool_executions_total', { status: 'error' }), WINDOW)),
  },
  {
    record: RECORD.mean,
    says: 'average duration in seconds',
    expr: ratio(
      sumBy(TOOL, rate(histogram('tool_execution_duration_seconds', '_sum'), WINDOW)),
      sumBy(TOOL, rate(histogram('tool_execution_duration_seconds', '_count'), WINDOW)),
    ),
  },
  ...['0.5', '0.95', '0.99'].map((quantile) => ({
    record: RECORD.quantile,
    says: `duration in seconds within which ${Number(quantile) * 100} % of the calls ended`,
    labels: { quantile },
    expr: quantileOf(quantile, sumBy([...TOOL, 'le'], rate(histogram('tool_execution_duration_seconds', '_bucket'), WINDOW))),
  })),
  { record: RECORD.inFlight, says: 'calls under way', expr: sumBy(TOOL, metric('tool_calls_in_flight')) },
  { record: RECORD.tools, says: 'tools of a service', expr: `count by (job) (${recorded(RECORD.inFlight)})` },
];

const policies: readonly RecordingRule[] = [
  {
    record: RECORD.hitRatio,
    says: 'share of look-ups that the cache answered',
    expr: ratio(
      sumBy(NAME, rate(metric('tool_cache_operations_total', { operation: 'lookup', result: 'hit' }), WINDOW)),
      sumBy(NAME, rate(metric('tool_cache_operations_total', { operation: 'lookup' }), WINDOW)),
    ),
  },
  {
    record: RECORD.retriedRatio,
    says: 'share of calls that were tried more than once',
    expr: ratio(
      sumBy(NAME, rate(metric('tool_retry_calls_total', { kind: { matches: '(successful|failed)_with_retry' } }), WINDOW)),
      sumBy(NAME, rate(metric('tool_retry_calls_total'), WINDOW)),
    ),
  },
  {
    record: RECORD.retriesPerCall,
    says: 'retries for each call that was tried: by how much the load on the other side grows',
    expr: ratio(
      sumBy(NAME, rate(metric('tool_retry_attempts_total', { attempt: { not: '0' } }), WINDOW)),
      sumBy(NAME, rate(metric('tool_retry_attempts_total', { attempt: '0' }), WINDOW)),
    ),
  },
  {
    record: RECORD.circuitOpen,
    says: '1 where the circuit is open in any instance, else 0',
    expr: maxBy(NAME, `${metric('tool_circuit_breaker_state')} == bool ${STATE_VALUE.OPEN}`),
  },
  {
    record: RECORD.circuitState,
    says: 'the worst state of all instances: 1 OPEN, else 2 HALF_OPEN, else 0 CLOSED',
    expr: `${maxBy(NAME, `${metric('tool_circuit_breaker_state')} == ${STATE_VALUE.OPEN}`)} or ${maxBy(NAME, metric('tool_circuit_breaker_state'))}`,
  },
  {
    record: RECORD.errorsWhileOpen,
    says: 'failed calls per second of tools whose circuit is open: for the most part those that it refuses',
    expr: `${recorded(RECORD.errors)} and on (${NAME.join(', ')}) ${recorded(RECORD.circuitOpen)} == 1`,
  },
];

const REFUSING = { rate_limit: 'tool_rate_limit_checks_total', bulkhead: 'tool_bulkhead_checks_total' } as const;

const limits: readonly RecordingRule[] = [
  ...Object.entries(REFUSING).flatMap(([reason, checks]): RecordingRule[] => {
    const refused = sumBy(NAME, rate(metric(checks, { allowed: 'false' }), WINDOW));
    return [
      { record: RECORD.refusals, says: `refusals of the ${words(reason)} per second`, labels: { reason }, expr: refused },
      {
        record: RECORD.refusedRatio,
        says: `share of its decisions in which the ${words(reason)} refused`,
        labels: { reason },
        expr: ratio(refused, sumBy(NAME, rate(metric(checks), WINDOW))),
      },
    ];
  }),
  {
    record: RECORD.waitQuantile,
    says: 'seconds within which 95 % of the calls that the rate limit let through had waited',
    labels: { quantile: '0.95' },
    expr: quantileOf('0.95', sumBy([...NAME, 'le'], rate(histogram('tool_rate_limit_wait_seconds', '_bucket'), WINDOW))),
  },
  { record: RECORD.bulkheadQueue, says: 'attempts that wait for a place', expr: sumBy(NAME, metric('tool_bulkhead_queue')) },
];

const telemetry: readonly RecordingRule[] = [
  {
    record: RECORD.telemetryErrors,
    says: 'what went wrong inside telemetry within 5 minutes, by kind',
    expr: sumBy(['job', 'kind'], increase(metric('tool_telemetry_errors_total'), WINDOW)),
  },
];

const { latency } = SETTINGS;

function objectives(window: SloWindow): RecordingRule[] {
  const since = (series: string): string => sumBy(TOOL, increase(series, window));
  return [
    ...LONG_WINDOWS.filter((long) => long === window).map((long) => ({
      record: callsWithin(long),
      says: `calls within ${long}`,
      expr: since(metric('tool_executions_total')),
    })),
    // Both sides of a share in one expression: between two rules another scrape may come in.
    {
      record: errorRatio(window),
      says: `share of calls that failed, over ${window}`,
      expr: ratio(since(metric('tool_executions_total', { status: 'error' })), since(metric('tool_executions_total'))),
    },
    {
      record: slowRatio(window),
      says: `share of calls that took longer than ${latency.seconds} s, over ${window}`,
      expr: `1 - ${ratio(
        since(histogram('tool_execution_duration_seconds', '_bucket', { le: upTo(latency.seconds) })),
        since(histogram('tool_execution_duration_seconds', '_count')),
      )}`,
    },
  ];
}

function words(reason: string): string {
  return reason.replace('_', ' ');
}

/** All that is recorded. */
export const RECORDING_GROUPS: readonly RecordingGroup[] = [
  { name: 'toolspan calls', rules: calls },
  { name: 'toolspan policies', rules: policies },
  { name: 'toolspan limits', rules: limits },
  { name: 'toolspan telemetry', rules: telemetry },
  ...SLO_WINDOWS.map((window) => ({ name: `toolspan objectives ${window}`, rules: objectives(window) })),
];

import type { CircuitState } from '../core/events.js';
import type { StateReading } from '../core/telemetry.js';
import {
  FAULT_KINDS,
  MAX_ANNOUNCED_RETRIES,
  METRICS,
  RETRY_OUTCOMES,
  STATE_VALUE,
  TRANSITIONS,
  WORST_FIRST,
  type MetricName,
} from './catalogue.js';
import type { Faults } from './faults.js';
import type { Exemplar, Tallies, Tally } from './tally.js';

/** One line of an exposition. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** For histograms: `_bucket`, `_sum` or `_count`. */
  readonly suffix?: string;
  readonly exemplar?: Exemplar | undefined;
}

/** What is counted, and where. */
export interface Counts {
  readonly tallies: Tallies;
  readonly faults: Faults;
  /** The state of tools that were called, one for each class of receivers. */
  readonly readings: () => Iterable<StateReading>;
}

type Read = (counts: Counts) => Iterable<Sample>;

/** From the tallies to the samples of each metric, as they stand at this moment. */
const READ: Readonly<Record<MetricName, Read>> = {
  tool_executions_total: ({ tallies }) => [...tallies.all()].flatMap(executions),
  tool_execution_duration_seconds: ({ tallies }) => [...tallies.all()].flatMap((tally) => durations(tally, tallies.bounds)),
  tool_cache_operations_total: (counts) => byTool(counts, ({ has }) => has.hasCache, cacheOperations),
  tool_retry_attempts_total: (counts) => byTool(counts, retries, retryAttempts),
  tool_circuit_breaker_failures_total: (counts) =>
    byTool(counts, hasCircuit, (tool, same) => [{ labels: { tool }, value: sum(same, ({ circuitFailures }) => circuitFailures) }]),
  tool_rate_limit_checks_total: (counts) => byTool(counts, hasRateLimit, rateLimitChecks),
  tool_circuit_breaker_state: circuitStates,
  tool_calls_in_flight: ({ tallies }) =>
    [...tallies.all()].map(({ tool, namespace, inFlight }) => ({ labels: { tool, namespace }, value: inFlight })),
  tool_cache_stale_total: (counts) => byTool(counts, ({ has }) => has.hasStale === true, staleResults),
  tool_rate_limit_wait_seconds: (counts) => byTool(counts, hasRateLimit, (tool, same) => waits(tool, same, counts.tallies.bounds)),
  tool_retry_calls_total: (counts) => byTool(counts, retries, retryCalls),
  tool_circuit_breaker_transitions_total: (counts) => byTool(counts, hasCircuit, transitions),
  tool_bulkhead_checks_total: (counts) => byTool(counts, hasBulkhead, bulkheadChecks),
  tool_bulkhead_queue: bulkheadQueues,
  tool_timeouts_total: (counts) => byTool(counts, ({ has }) => (has.hasAttemptTimeout || has.hasTotalTimeout) === true, timeouts),
  tool_hedges_total: (counts) => byTool(counts, ({ has }) => has.hasHedge === true, hedges),
  tool_fallbacks_total: (counts) =>
    byTool(
      counts,
      ({ has }) => has.hasFallback === true,
      (tool, same) => [{ labels: { tool }, value: sum(same, ({ fallbacks }) => fallbacks) }],
    ),
  tool_callback_errors_total: (counts) => byTool(counts, ({ brokenCallbacks }) => brokenCallbacks.size > 0, callbackErrors),
  tool_telemetry_errors_total: ({ faults }) => FAULT_KINDS.map((kind) => ({ labels: { kind }, value: faults.counts[kind] })),
};

/** The samples of one metric. */
export function samplesOf(name: MetricName, counts: Counts): Iterable<Sample> {
  return READ[name](counts);
}

/** The names of all metrics, in the order in which they are shown. */
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

function executions({ tool, namespace, succeeded, failed }: Tally): Sample[] {
  return [
    { labels: { tool, namespace, status: 'success' }, value: succeeded },
    { labels: { tool, namespace, status: 'error' }, value: failed },
  ];
}

const hasCircuit = ({ has }: Tally): boolean => has.hasCircuit;
const hasRateLimit = ({ has }: Tally): boolean => has.hasRateLimit;
const hasBulkhead = ({ has }: Tally): boolean => has.hasBulkhead === true;
const retries = ({ has }: Tally): boolean => has.maxRetries! >= 0;

function durations({ tool, namespace, durations: counts, durationSum, exemplars }: Tally, bounds: readonly number[]): Sample[] {
  return histogram({ tool, namespace }, counts, durationSum, bounds, exemplars);
}

/** @param counts by bucket, not cumulative */
function histogram(
  labels: Readonly<Record<string, string>>,
  counts: readonly number[],
  total: number,
  bounds: readonly number[],
  exemplars: readonly (Exemplar | undefined)[] = [],
): Sample[] {
  let cumulative = 0;
  const buckets = counts.map((calls, index) => {
    cumulative += calls;
    const le = index < bounds.length ? String(bounds[index]) : '+Inf';
    return { suffix: '_bucket', labels: { ...labels, le }, value: cumulative, exemplar: exemplars[index] };
  });
  return [...buckets, { suffix: '_sum', labels, value: total }, { suffix: '_count', labels, value: cumulative }];
}

function waits(tool: string, same: Tally[], bounds: readonly number[]): Sample[] {
  const counts = bounds.concat(Infinity).map((_, bucket) => sum(same, (tally) => tally.waits[bucket]!));
  const total = sum(same, ({ waitSum }) => waitSum);
  return histogram({ tool }, counts, total, bounds);
}

function staleResults(tool: string, same: Tally[]): Sample[] {
  return [
    { labels: { tool, reason: 'revalidate' }, value: sum(same, ({ staleWhileRevalidating }) => staleWhileRevalidating) },
    { labels: { tool, reason: 'error' }, value: sum(same, ({ staleInsteadOfError }) => staleInsteadOfError) },
  ];
}

function retryCalls(tool: string, same: Tally[]): Sample[] {
  return RETRY_OUTCOMES.map((kind, index) => ({ labels: { tool, kind }, value: sum(same, (tally) => tally.retryOutcomes[index]!) }));
}

function transitions(tool: string, same: Tally[]): Sample[] {
  return TRANSITIONS.map(([from, to], index) => ({ labels: { tool, from, to }, value: sum(same, (tally) => tally.transitions[index]!) }));
}

function bulkheadChecks(tool: string, same: Tally[]): Sample[] {
  return [
    { labels: { tool, allowed: 'true' }, value: sum(same, ({ bulkheadAdmitted }) => bulkheadAdmitted) },
    { labels: { tool, allowed: 'false' }, value: sum(same, ({ bulkheadRefused }) => bulkheadRefused) },
  ];
}

/** Series of the time limits that there are. */
function timeouts(tool: string, same: Tally[]): Sample[] {
  const attempt = { labels: { tool, scope: 'attempt' }, value: sum(same, ({ attemptTimeouts }) => attemptTimeouts) };
  const total = { labels: { tool, scope: 'call' }, value: sum(same, ({ totalTimeouts }) => totalTimeouts) };
  const hasAttempt = same.some(({ has }) => has.hasAttemptTimeout);
  const hasTotal = same.some(({ has }) => has.hasTotalTimeout);
  return [...(hasAttempt ? [attempt] : []), ...(hasTotal ? [total] : [])];
}

function hedges(tool: string, same: Tally[]): Sample[] {
  return [
    { labels: { tool, won: 'true' }, value: sum(same, ({ hedgesWon }) => hedgesWon) },
    { labels: { tool, won: 'false' }, value: sum(same, ({ hedgesLost }) => hedgesLost) },
  ];
}

function callbackErrors(tool: string, same: Tally[]): Sample[] {
  const options = new Set(same.flatMap(({ brokenCallbacks }) => [...brokenCallbacks.keys()]));
  return Array.from(options, (option) => ({
    labels: { tool, option },
    value: sum(same, (tally) => tally.brokenCallbacks.get(option) ?? 0),
  }));
}

function bulkheadQueues(counts: Counts): Sample[] {
  const queued = new Map<string, number>();
  for (const { tool, bulkheadQueue = 0 } of counts.readings()) queued.set(tool, (queued.get(tool) ?? 0) + bulkheadQueue);
  return byTool(counts, hasBulkhead, (tool) => [{ labels: { tool }, value: queued.get(tool) ?? 0 }]);
}

function cacheOperations(tool: string, same: Tally[]): Sample[] {
  return [
    { labels: { tool, operation: 'lookup', result: 'hit' }, value: sum(same, ({ hits }) => hits) },
    { labels: { tool, operation: 'lookup', result: 'miss' }, value: sum(same, ({ misses }) => misses) },
    { labels: { tool, operation: 'set', result: 'set' }, value: sum(same, ({ sets }) => sets) },
  ];
}

function rateLimitChecks(tool: string, same: Tally[]): Sample[] {
  return [
    { labels: { tool, allowed: 'true' }, value: sum(same, ({ allowed }) => allowed) },
    { labels: { tool, allowed: 'false' }, value: sum(same, ({ refused }) => refused) },
  ];
}

function retryAttempts(tool: string, same: Tally[]): Sample[] {
  const announced = Math.min(Math.max(...same.map(({ has }) => has.maxRetries ?? -1)), MAX_ANNOUNCED_RETRIES) + 1;
  const seen = Math.max(announced, ...same.map((tally) => Math.max(tally.attemptsFailed.length, tally.attemptsSucceeded.length)));
  return Array.from({ length: seen }, (_, attempt) => [
    { labels: { tool, attempt: String(attempt), success: 'true' }, value: sum(same, (tally) => tally.attemptsSucceeded[attempt] ?? 0) },
    { labels: { tool, attempt: String(attempt), success: 'false' }, value: sum(same, (tally) => tally.attemptsFailed[attempt] ?? 0) },
  ]).flat();
}

/** Of several circuits of one name the worst is shown; a tool that was not called yet has none, which is CLOSED. */
function circuitStates(counts: Counts): Sample[] {
  const worst = new Map<string, CircuitState>();
  for (const { tool, circuitState: state } of counts.readings()) {
    if (state === undefined) continue;
    const shown = worst.get(tool) ?? 'CLOSED';
    worst.set(tool, WORST_FIRST.indexOf(state) < WORST_FIRST.indexOf(shown) ? state : shown);
  }
  return byTool(counts, hasCircuit, (tool) => [{ labels: { tool }, value: STATE_VALUE[worst.get(tool) ?? 'CLOSED'] }]);
}

/** Metrics without the label `namespace` add up over namespaces. */
function byTool({ tallies }: Counts, has: (tally: Tally) => boolean, samples: (tool: string, same: Tally[]) => Sample[]): Sample[] {
  const groups = new Map<string, Tally[]>();
  for (const tally of tallies.all()) {
    if (!has(tally)) continue;
    const group = groups.get(tally.tool);
    if (group) group.push(tally);
    else groups.set(tally.tool, [tally]);
  }
  return Array.from(groups, ([tool, same]) => samples(tool, same)).flat();
}

function sum(tallies: readonly Tally[], of: (tally: Tally) => number): number {
  return tallies.reduce((total, tally) => total + of(tally), 0);
}

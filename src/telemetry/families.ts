import type { CircuitState } from '../core/events.js';
import type { CircuitReading } from '../core/telemetry.js';
import { FAULT_KINDS, MAX_ANNOUNCED_RETRIES, METRICS, STATE_VALUE, WORST_FIRST, type MetricName } from './catalogue.js';
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
  /** The live circuits, of which a tool has one for each class of receivers. */
  readonly circuits: () => Iterable<CircuitReading>;
}

type Read = (counts: Counts) => Iterable<Sample>;

/** From the tallies to the samples of each metric, as they stand at this moment. */
const READ: Readonly<Record<MetricName, Read>> = {
  tool_executions_total: ({ tallies }) => [...tallies.all()].flatMap(executions),
  tool_execution_duration_seconds: ({ tallies }) => [...tallies.all()].flatMap((tally) => durations(tally, tallies.bounds)),
  tool_cache_operations_total: (counts) => byTool(counts, ({ hasCache }) => hasCache, cacheOperations),
  tool_retry_attempts_total: (counts) => byTool(counts, ({ maxRetries }) => maxRetries >= 0, retryAttempts),
  tool_circuit_breaker_failures_total: (counts) =>
    byTool(
      counts,
      ({ hasCircuit }) => hasCircuit,
      (tool, same) => [{ labels: { tool }, value: sum(same, ({ circuitFailures }) => circuitFailures) }],
    ),
  tool_rate_limit_checks_total: (counts) => byTool(counts, ({ hasRateLimit }) => hasRateLimit, rateLimitChecks),
  tool_circuit_breaker_state: circuitStates,
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

function durations(tally: Tally, bounds: readonly number[]): Sample[] {
  const { tool, namespace } = tally;
  let cumulative = 0;
  const buckets = tally.durations.map((calls, index) => {
    cumulative += calls;
    const le = index < bounds.length ? String(bounds[index]) : '+Inf';
    return { suffix: '_bucket', labels: { tool, namespace, le }, value: cumulative, exemplar: tally.exemplars[index] };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels: { tool, namespace }, value: tally.durationSum },
    { suffix: '_count', labels: { tool, namespace }, value: cumulative },
  ];
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
  const announced = Math.min(Math.max(...same.map(({ maxRetries }) => maxRetries)), MAX_ANNOUNCED_RETRIES) + 1;
  const seen = Math.max(announced, ...same.map((tally) => Math.max(tally.attemptsFailed.length, tally.attemptsSucceeded.length)));
  return Array.from({ length: seen }, (_, attempt) => [
    { labels: { tool, attempt: String(attempt), success: 'true' }, value: sum(same, (tally) => tally.attemptsSucceeded[attempt] ?? 0) },
    { labels: { tool, attempt: String(attempt), success: 'false' }, value: sum(same, (tally) => tally.attemptsFailed[attempt] ?? 0) },
  ]).flat();
}

/** Of several circuits of one name the worst is shown; a tool that was not called yet has none, which is CLOSED. */
function circuitStates(counts: Counts): Sample[] {
  const worst = new Map<string, CircuitState>();
  for (const { tool, state } of counts.circuits()) {
    const shown = worst.get(tool) ?? 'CLOSED';
    worst.set(tool, WORST_FIRST.indexOf(state) < WORST_FIRST.indexOf(shown) ? state : shown);
  }
  return byTool(
    counts,
    ({ hasCircuit }) => hasCircuit,
    (tool) => [{ labels: { tool }, value: STATE_VALUE[worst.get(tool) ?? 'CLOSED'] }],
  );
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

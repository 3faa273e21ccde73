import type { StateReading } from '../core/telemetry.js';
import { MAX_ANNOUNCED_RETRIES, METRICS, STATE_VALUE, type MetricName } from './catalogue.js';
import * as common from './common-labels.js';
import type { Faults } from './faults.js';
import { labels, NO_LABELS, type Labels } from './labels.js';
import type { Exemplar, Tallies, Tally, ToolGroup } from './tally.js';
import { IDLE, statesOf, type ToolState, type ToolStates } from './tool-states.js';

/** What is counted, and where. */
export interface Counts {
  readonly tallies: Tallies;
  readonly faults: Pick<Faults, 'counts'>;
  /** The state of tools that were called, one for each class of receivers. */
  readonly readings: () => Iterable<StateReading>;
}

/** Where a sample stands in its histogram. */
export type Suffix = '_bucket' | '_sum' | '_count';

/** Takes one sample. Its labels come in two parts: whose it is, and what it counts of that one. */
export type Emit = (whose: Labels, what: Labels, value: number, suffix?: Suffix, exemplar?: Exemplar) => void;

/** What is read along with the tallies. */
export interface Scrape {
  readonly bounds: readonly number[];
  readonly states: () => ToolStates;
}

type Read = (group: ToolGroup, emit: Emit, scrape: Scrape) => void;

/** What a tally counts in one number. */
type Count = { [Name in keyof Tally]: Tally[Name] extends number ? Name : never }[keyof Tally];

/** Metrics of tools. */
type ToolMetric = Exclude<MetricName, 'tool_telemetry_errors_total'>;

/** From the tallies of one tool name to the samples of each metric, as they stand at this moment. */
const READ: Readonly<Record<ToolMetric, Read>> = {
  tool_executions_total({ members }, emit) {
    for (const { labels: whose, succeeded, failed } of members) {
      emit(whose, common.SUCCESS, succeeded);
      emit(whose, common.ERROR, failed);
    }
  },
  tool_execution_duration_seconds({ members }, emit, { bounds }) {
    for (const { labels: whose, durations, durationSum, exemplars } of members)
      histogram(emit, whose, durations, durationSum, bounds, exemplars);
  },
  tool_cache_operations_total(group, emit) {
    if (!some(group, ({ has }) => has.hasCache)) return;
    emit(group.tool, common.HIT, sum(group, 'hits'));
    emit(group.tool, common.MISS, sum(group, 'misses'));
    emit(group.tool, common.SET, sum(group, 'sets'));
  },
  tool_retry_attempts_total: retryAttempts,
  tool_circuit_breaker_failures_total(group, emit) {
    if (some(group, hasCircuit)) emit(group.tool, NO_LABELS, sum(group, 'circuitFailures'));
  },
  tool_rate_limit_checks_total(group, emit) {
    if (!some(group, hasRateLimit)) return;
    emit(group.tool, common.ALLOWED, sum(group, 'allowed'));
    emit(group.tool, common.REFUSED, sum(group, 'refused'));
  },
  tool_circuit_breaker_state(group, emit, scrape) {
    if (some(group, hasCircuit)) emit(group.tool, NO_LABELS, STATE_VALUE[stateOf(group, scrape).circuit]);
  },
  tool_calls_in_flight({ members }, emit) {
    for (const { labels: whose, inFlight } of members) emit(whose, NO_LABELS, inFlight);
  },
  tool_cache_stale_total(group, emit) {
    if (!some(group, ({ has }) => has.hasStale === true)) return;
    emit(group.tool, common.REVALIDATE, sum(group, 'staleWhileRevalidating'));
    emit(group.tool, common.INSTEAD_OF_ERROR, sum(group, 'staleInsteadOfError'));
  },
  tool_rate_limit_wait_seconds(group, emit, { bounds }) {
    if (!some(group, hasRateLimit)) return;
    const [first, ...others] = group.members;
    const counts = first.waits.map((count, bucket) => others.reduce((total, { waits }) => total + waits[bucket]!, count));
    const total = sum(group, 'waitSum');
    histogram(emit, group.tool, counts, total, bounds);
  },
  tool_retry_calls_total(group, emit) {
    if (!some(group, retries)) return;
    for (const [index, what] of common.OUTCOMES.entries()) {
      const count = sum(group, ({ retryOutcomes }) => retryOutcomes[index]!);
      emit(group.tool, what, count);
    }
  },
  tool_circuit_breaker_transitions_total(group, emit) {
    if (!some(group, hasCircuit)) return;
    for (const [index, what] of common.MOVES.entries()) {
      const count = sum(group, ({ transitions: counts }) => counts[index]!);
      emit(group.tool, what, count);
    }
  },
  tool_bulkhead_checks_total(group, emit) {
    if (!some(group, hasBulkhead)) return;
    emit(group.tool, common.ALLOWED, sum(group, 'bulkheadAdmitted'));
    emit(group.tool, common.REFUSED, sum(group, 'bulkheadRefused'));
  },
  tool_bulkhead_queue(group, emit, scrape) {
    if (some(group, hasBulkhead)) emit(group.tool, NO_LABELS, stateOf(group, scrape).bulkheadQueue);
  },
  tool_timeouts_total(group, emit) {
    if (some(group, ({ has }) => has.hasAttemptTimeout === true)) emit(group.tool, common.OF_ATTEMPT, sum(group, 'attemptTimeouts'));
    if (some(group, ({ has }) => has.hasTotalTimeout === true)) emit(group.tool, common.OF_CALL, sum(group, 'totalTimeouts'));
  },
  tool_hedges_total(group, emit) {
    if (!some(group, ({ has }) => has.hasHedge === true)) return;
    emit(group.tool, common.WON, sum(group, 'hedgesWon'));
    emit(group.tool, common.LOST, sum(group, 'hedgesLost'));
  },
  tool_fallbacks_total(group, emit) {
    if (some(group, ({ has }) => has.hasFallback === true)) emit(group.tool, NO_LABELS, sum(group, 'fallbacks'));
  },
  tool_callback_errors_total(group, emit) {
    const options = new Set(group.members.flatMap(({ brokenCallbacks }) => [...brokenCallbacks.keys()]));
    for (const option of options) {
      const count = sum(group, ({ brokenCallbacks }) => brokenCallbacks.get(option) ?? 0);
      emit(group.tool, labels({ option }), count);
    }
  },
};

/** The names of the metrics of tools, in the order in which they are shown. */
export const TOOL_METRICS = Object.keys(READ) as ToolMetric[];

/** The names of all metrics, in the order in which they are shown. */
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

/** The samples of one metric about the tools of one name. */
export function readGroup(name: ToolMetric, group: ToolGroup, emit: Emit, scrape: Scrape): void {
  READ[name](group, emit, scrape);
}

/** The samples of `tool_telemetry_errors_total`, the one metric that is no tool's. */
export function readFaults({ counts }: Counts['faults'], emit: Emit): void {
  for (const { kind, whose } of common.FAULTS) emit(whose, NO_LABELS, counts[kind]);
}

/** All samples of one metric. */
export function readMetric(name: MetricName, { tallies, faults, readings }: Counts, emit: Emit): void {
  if (name === 'tool_telemetry_errors_total') return readFaults(faults, emit);
  let states: ToolStates | undefined;
  const scrape: Scrape = { bounds: tallies.bounds, states: () => (states ??= statesOf(readings(), (tool) => tallies.shownAs(tool))) };
  for (const group of tallies.groups()) READ[name](group, emit, scrape);
}

function stateOf({ members: [{ tool }] }: ToolGroup, { states }: Scrape): ToolState {
  return states().get(tool) ?? IDLE;
}

const hasCircuit = ({ has }: Tally): boolean => has.hasCircuit;
const hasRateLimit = ({ has }: Tally): boolean => has.hasRateLimit;
const hasBulkhead = ({ has }: Tally): boolean => has.hasBulkhead === true;
const retries = ({ has }: Tally): boolean => has.maxRetries! >= 0;

function some({ members }: ToolGroup, has: (tally: Tally) => boolean): boolean {
  return members.some(has);
}

function sum({ members }: ToolGroup, of: Count | ((tally: Tally) => number)): number {
  let total = 0;
  for (const tally of members) total += typeof of === 'string' ? tally[of] : of(tally);
  return total;
}

/** @param counts by bucket, not cumulative */
function histogram(
  emit: Emit,
  whose: Labels,
  counts: readonly number[],
  total: number,
  bounds: readonly number[],
  exemplars: readonly (Exemplar | undefined)[] = [],
): void {
  const buckets = common.bucketsOf(bounds);
  let cumulative = 0;
  counts.forEach((count, index) => {
    cumulative += count;
    emit(whose, buckets[index]!, cumulative, '_bucket', exemplars[index]);
  });
  emit(whose, NO_LABELS, total, '_sum');
  emit(whose, NO_LABELS, cumulative, '_count');
}

function retryAttempts(group: ToolGroup, emit: Emit): void {
  if (!some(group, retries)) return;
  const { members } = group;
  const announced = Math.min(Math.max(...members.map(({ has }) => has.maxRetries ?? -1)), MAX_ANNOUNCED_RETRIES) + 1;
  const seen = members.map(({ attemptsFailed, attemptsSucceeded }) => Math.max(attemptsFailed.length, attemptsSucceeded.length));
  for (let attempt = 0; attempt < Math.max(announced, ...seen); attempt++) {
    const { succeeded, failed } = common.attemptLabels(attempt);
    emit(
      group.tool,
      succeeded,
      sum(group, ({ attemptsSucceeded }) => attemptsSucceeded[attempt] ?? 0),
    );
    emit(
      group.tool,
      failed,
      sum(group, ({ attemptsFailed }) => attemptsFailed[attempt] ?? 0),
    );
  }
}

import {
  callsWithin,
  errorRatio,
  LONG_WINDOWS,
  RECORD,
  slowRatio,
  SLO_WINDOWS,
  type RecordedName,
} from '../../samples/production/generate/names';
import { SETTINGS } from '../../samples/production/generate/settings';
import { quantile, type Durations } from './histogram-truth';
import { counted, exactly, perSecond, type Range, type Truth } from './readings';

// What programs/known-day.mjs does once it is told to, in numbers.

/** Calls by tool: how many succeeded and how many failed. */
export const CALLS: Readonly<Record<string, readonly [succeeded: number, failed: number]>> = {
  'web.search': [40, 0],
  'files.search': [15, 5],
  'files.read': [16, 0],
  'web.news': [4, 0],
  'web.flaky': [9, 1],
  'web.broken': [0, 8],
  'web.mended': [1, 2],
  'web.limited': [4, 6],
  'files.gate': [0, 3],
  'web.patient': [0, 3],
  'web.hurried': [0, 2],
  'web.hedged': [3, 0],
  'web.answered': [4, 0],
  'web.miskeyed': [2, 0],
  'web.haunted': [3, 0],
  'web.idle': [0, 0],
};

/** Calls of `web.miskeyed` before the work begins, one in each of two instances. */
export const CALLS_BEFORE = 2;

/** All calls of the work that end. */
export const ALL_CALLS = Object.values(CALLS).reduce((total, [succeeded, failed]) => total + succeeded + failed, 0);

/** A truth for each tool; none where there is no number. */
function byTool(of: (calls: number, failed: number, tool: string) => Range | undefined): Truth {
  const entries = Object.entries(CALLS).map(([tool, [succeeded, failed]]) => [tool, of(succeeded + failed, failed, tool)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Range] => entry[1] !== undefined));
}

const called = (calls: number, range: () => Range): Range | undefined => (calls === 0 ? undefined : range());

/** The buckets of this tool began above 0, by which Prometheus extrapolates each of them differently: its two calls say little. */
const ofDurations = (tool: string, value: number): Range => (tool === 'web.miskeyed' ? [0, 10] : exactly(value));

/** What each rule must have recorded. */
export function recordedTruth(durations: ReadonlyMap<string, Durations>): Readonly<Record<RecordedName, Truth>> {
  return { ...callsTruth(durations), ...POLICY_TRUTH, ...objectivesTruth(durations) };
}

type Of<Key extends keyof typeof RECORD> = Record<(typeof RECORD)[Key], Truth>;

function callsTruth(durations: ReadonlyMap<string, Durations>): Of<'calls' | 'errors' | 'mean' | 'quantile' | 'inFlight' | 'tools'> {
  const measured = (tool: string): Durations => durations.get(tool)!;
  const within = (share: string): Truth =>
    byTool((calls, _, tool) => called(calls, () => ofDurations(tool, quantile(Number(share), measured(tool)))));
  return {
    [RECORD.calls]: byTool((calls) => perSecond(calls)),
    [RECORD.errors]: byTool((_, failures) => perSecond(failures)),
    [RECORD.mean]: byTool((calls, _, tool) => called(calls, () => ofDurations(tool, measured(tool).sum / measured(tool).count))),
    [RECORD.quantile]: {
      ...withLabel(within('0.5'), 'quantile=0.5'),
      ...withLabel(within('0.95'), 'quantile=0.95'),
      ...withLabel(within('0.99'), 'quantile=0.99'),
    },
    [RECORD.inFlight]: { ...byTool(() => exactly(0)), 'files.gate': exactly(3) },
    [RECORD.tools]: { '': exactly(Object.keys(CALLS).length) },
  };
}

const POLICY_TRUTH = {
  [RECORD.errorsWhileOpen]: { 'web.broken': perSecond(8) },
  [RECORD.hitRatio]: { read: exactly(12 / 16), news: exactly(0), miskeyed: exactly(0) },
  [RECORD.retriedRatio]: { flaky: exactly((3 + 1) / 10) },
  [RECORD.retriesPerCall]: { flaky: exactly((3 + 2) / 10) },
  [RECORD.circuitOpen]: { broken: exactly(1), mended: exactly(0) },
  [RECORD.circuitState]: { broken: exactly(1), mended: exactly(2) },
  [RECORD.refusals]: { 'limited reason=rate_limit': perSecond(6), 'gate reason=bulkhead': perSecond(3) },
  [RECORD.refusedRatio]: { 'limited reason=rate_limit': exactly(6 / 10), 'gate reason=bulkhead': exactly(3 / 4) },
  // None had to wait: all are in the first bucket, within which Prometheus takes them to be evenly spread.
  [RECORD.waitQuantile]: { 'limited quantile=0.95': exactly(0.95 * 0.005) },
  [RECORD.bulkheadQueue]: { gate: exactly(2) },
  [RECORD.telemetryErrors]: {
    'kind=span': counted(3),
    'kind=dropped_span': exactly(0),
    'kind=export': exactly(0),
    'kind=scrape': exactly(0),
  },
} as const satisfies Record<string, Truth>;

type Objectives = ReturnType<typeof errorRatio> | ReturnType<typeof slowRatio> | ReturnType<typeof callsWithin>;

/** Over any of the windows it is the same day. */
function objectivesTruth(durations: ReadonlyMap<string, Durations>): Record<Objectives, Truth> {
  const failed = byTool((calls, failures) => called(calls, () => exactly(failures / calls)));
  const slow = byTool((calls, _, tool) => called(calls, () => exactly(slowShare(durations.get(tool)!))));
  const within = byTool((calls) => counted(calls));
  const all = [
    ...LONG_WINDOWS.map((window) => [callsWithin(window), within]),
    ...SLO_WINDOWS.flatMap((window) => [
      [errorRatio(window), failed],
      [slowRatio(window), slow],
    ]),
  ];
  return Object.fromEntries(all) as Record<Objectives, Truth>;
}

function slowShare({ buckets, count }: Durations): number {
  return 1 - buckets.find(([bound]) => bound === SETTINGS.latency.seconds)![1] / count;
}

/** The same with one more label on every series. */
export function withLabel(truth: Truth, label: string): Truth {
  return Object.fromEntries(Object.entries(truth).map(([key, range]) => [`${key} ${label}`, range]));
}

/** The alerts whose expressions hold, with the values that they tell. */
export const ALERT_TRUTH: Readonly<Record<string, Truth>> = {
  ToolspanErrorRatioHigh: byTool((calls, failed) => (failed / calls > 0.05 ? exactly(failed / calls) : undefined)),
  ToolspanCircuitOpen: { broken: exactly(1) },
  ToolspanCircuitFlapping: {},
  ToolspanRetryRatioHigh: { flaky: exactly(0.4) },
  ToolspanRefusalsHigh: { 'limited reason=rate_limit': exactly(0.6), 'gate reason=bulkhead': exactly(0.75) },
  ToolspanCallbackBroken: { 'miskeyed option=cached.key': counted(2) },
  ToolspanLatencyBudgetBurnFast: {},
  ToolspanLatencyBudgetBurnSlow: {},
  ToolspanErrorBudgetBurnFast: { 'files.search': exactly(0.25), 'web.broken': exactly(1), 'web.limited': exactly(0.6) },
  ToolspanErrorBudgetBurnSlow: { 'files.search': exactly(0.25) },
  ToolspanTargetDown: {},
  ToolspanNoSamples: {},
  ToolspanCarrierDown: { 'job=jaeger pods instance=gone': exactly(0) },
  ToolspanSpansNotStored: { 'job=otel-collector exporter=otlp/jaeger': [0.01, 1_000] },
  ToolspanSpansDropped: {},
  ToolspanExportFailing: {},
  ToolspanTelemetryBroken: { 'kind=span': counted(3) },
  // There is no Alertmanager that day: what Prometheus has to tell gets lost.
  ToolspanAlertingBroken: { 'job=prometheus instance=itself': [0.001, 1_000] },
  // Two instances of the application, the collector and Prometheus itself.
  ToolspanHeartbeat: { '': exactly(4) },
};

/** Those of them that fire at once. */
export const FIRING = ['ToolspanCallbackBroken', 'ToolspanCircuitOpen', 'ToolspanHeartbeat', 'ToolspanTelemetryBroken'];

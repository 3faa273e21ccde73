import type { Steps } from '../core/turns.js';
import { METRICS, type MetricName } from './catalogue.js';
import { METRIC_NAMES, readFaults, readGroup, TOOL_METRICS, type Counts, type Emit, type Scrape } from './families.js';
import { statesOf } from './tool-states.js';

// Our metrics as OpenTelemetry's exporters want them. Written out, since our types must compile without the package.

/** Seconds, and the nanoseconds beyond them, since the Unix epoch. */
export type MetricTime = readonly [seconds: number, nanoseconds: number];

/** A histogram by explicit buckets; the counts are not cumulative. */
export interface HistogramValue {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly sum: number;
  readonly count: number;
}

/** One series at one time. */
export interface DataPoint<Value = number | HistogramValue> {
  readonly startTime: MetricTime;
  readonly endTime: MetricTime;
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: Value;
}

/** OpenTelemetry's `DataPointType`. */
export const POINT_TYPE = { histogram: 0, gauge: 2, counter: 3 } as const;

/** OpenTelemetry's `AggregationTemporality`. */
export const TEMPORALITY = { delta: 0, cumulative: 1 } as const;

/** OpenTelemetry's `ValueType`. */
const VALUE_TYPE = { whole: 0, double: 1 } as const;

/** One metric, OpenTelemetry's `MetricData`. */
export interface MetricData {
  readonly descriptor: { readonly name: string; readonly description: string; readonly unit: string; readonly valueType: number };
  readonly dataPointType: number;
  readonly aggregationTemporality: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly DataPoint[];
}

// About a millisecond's worth.
const POINTS_PER_TURN = 1_500;

/** What all points have in common. */
export interface MetricPeriod {
  readonly startTime: MetricTime;
  readonly endTime: MetricTime;
  /** Attributes that every point gets. */
  readonly constants: Readonly<Record<string, string>>;
}

/** All metrics, cumulative since `startTime`. The points of one tool are of one moment. */
export function* metricDataSteps({ tallies, faults, readings }: Counts, period: MetricPeriod): Steps<MetricData[]> {
  const progress = { points: 0 };
  const points = new Map(METRIC_NAMES.map((name) => [name, new Points(period, tallies.bounds, progress)]));
  const states = statesOf(readings(), (tool) => tallies.shownAs(tool));
  const scrape: Scrape = { bounds: tallies.bounds, states: () => states };
  for (const group of tallies.groups()) {
    for (const name of TOOL_METRICS) readGroup(name, group, points.get(name)!.emit, scrape);
    if (progress.points < POINTS_PER_TURN) continue;
    progress.points = 0;
    yield;
  }
  readFaults(faults, points.get('tool_telemetry_errors_total')!.emit);
  return Array.from(points, ([name, { all }]) => metricData(name, all)).filter(({ dataPoints }) => dataPoints.length > 0);
}

/**
 * The names are those that Prometheus has, to the letter. Who translates them for Prometheus adds `_total` and `_seconds` only where they
 * are missing, so they come out unchanged there, with such additions switched on or off.
 */
function metricData(name: MetricName, dataPoints: readonly DataPoint[]): MetricData {
  const { type, help: description } = METRICS[name];
  const valueType = type === 'histogram' ? VALUE_TYPE.double : VALUE_TYPE.whole;
  return {
    descriptor: { name, description, unit: name.endsWith('_seconds') ? 's' : '', valueType },
    dataPointType: POINT_TYPE[type],
    aggregationTemporality: TEMPORALITY.cumulative,
    ...(type === 'counter' && { isMonotonic: true }),
    dataPoints,
  };
}

/** The points of one metric, from its samples. */
class Points {
  readonly all: DataPoint[] = [];
  #counts: number[] = [];
  #cumulative = 0;
  #sum = 0;

  constructor(
    private readonly period: MetricPeriod,
    private readonly boundaries: readonly number[],
    private readonly progress: { points: number },
  ) {}

  /** A histogram comes bucket by bucket, cumulative; then its sum; its count is the last. */
  readonly emit: Emit = (whose, what, value, suffix) => {
    this.progress.points += 1;
    if (suffix === '_bucket') {
      this.#counts.push(value - this.#cumulative);
      this.#cumulative = value;
    } else if (suffix === '_sum') this.#sum = value;
    else if (suffix === '_count') this.#add(whose.values, this.#histogram(value));
    else this.#add({ ...whose.values, ...what.values }, value);
  };

  #histogram(count: number): HistogramValue {
    const value = { buckets: { boundaries: this.boundaries, counts: this.#counts }, sum: this.#sum, count };
    this.#counts = [];
    this.#cumulative = 0;
    return value;
  }

  #add(attributes: Readonly<Record<string, string>>, value: number | HistogramValue): void {
    const { startTime, endTime, constants } = this.period;
    this.all.push({ startTime, endTime, attributes: { ...constants, ...attributes }, value });
  }
}

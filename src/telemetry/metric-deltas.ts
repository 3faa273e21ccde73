import { POINT_TYPE, TEMPORALITY, type DataPoint, type HistogramValue, type MetricData, type MetricTime } from './metric-data.js';

/** What came to a metric since it was last delivered, for backends that want it so (`delta` temporality). */
export class MetricDeltas {
  #delivered = new Map<string, DataPoint['value']>();
  #deliveredAt: MetricTime | undefined;

  /** Without what did not change. What shows a present state is left as it is. */
  since(metrics: readonly MetricData[]): MetricData[] {
    return metrics
      .map((metric) =>
        metric.dataPointType === POINT_TYPE.gauge
          ? metric
          : {
              ...metric,
              aggregationTemporality: TEMPORALITY.delta,
              dataPoints: metric.dataPoints.map((point) => this.#delta(metric, point)).filter((point) => point !== undefined),
            },
      )
      .filter(({ dataPoints }) => dataPoints.length > 0);
  }

  /** These were delivered, as they stood before they were made deltas. What failed to be delivered is in the next ones. */
  deliver(metrics: readonly MetricData[]): void {
    for (const metric of metrics) {
      for (const point of metric.dataPoints) {
        this.#delivered.set(keyOf(metric, point), point.value);
        this.#deliveredAt = point.endTime;
      }
    }
  }

  #delta(metric: MetricData, point: DataPoint): DataPoint | undefined {
    const before = this.#delivered.get(keyOf(metric, point));
    const startTime = this.#deliveredAt ?? point.startTime;
    if (before === undefined || isLess(point.value, before)) return { ...point, startTime }; // counted anew
    const value = minus(point.value, before);
    return countOf(value) === 0 ? undefined : { ...point, startTime, value };
  }
}

function keyOf({ descriptor: { name } }: MetricData, { attributes }: DataPoint): string {
  return JSON.stringify([name, attributes]);
}

function countOf(value: DataPoint['value']): number {
  return typeof value === 'number' ? value : value.count;
}

function isLess(value: DataPoint['value'], than: DataPoint['value']): boolean {
  return countOf(value) < countOf(than);
}

function minus(value: DataPoint['value'], before: DataPoint['value']): DataPoint['value'] {
  if (typeof value === 'number') return value - (before as number);
  const { buckets, sum, count } = before as HistogramValue;
  const { boundaries } = value.buckets;
  return {
    buckets: { boundaries, counts: value.buckets.counts.map((now, index) => now - buckets.counts[index]!) },
    sum: value.sum - sum,
    count: value.count - count,
  };
}

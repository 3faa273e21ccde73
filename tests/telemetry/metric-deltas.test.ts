import { POINT_TYPE, TEMPORALITY, type DataPoint, type MetricData } from '../../src/telemetry/metric-data.js';
import { MetricDeltas } from '../../src/telemetry/metric-deltas.js';

function metric(type: keyof typeof POINT_TYPE, value: DataPoint['value'], at: number): MetricData {
  return {
    descriptor: { name: type, description: '', unit: '', valueType: 0 },
    dataPointType: POINT_TYPE[type],
    aggregationTemporality: TEMPORALITY.cumulative,
    dataPoints: [{ startTime: [100, 0], endTime: [at, 0], attributes: { tool: 'add' }, value }],
  };
}

const histogram = (counts: number[], sum: number): DataPoint['value'] => ({
  buckets: { boundaries: [1], counts },
  sum,
  count: counts.reduce((total, count) => total + count, 0),
});

test('the first delivery has everything, the next what came to it since, and nothing where nothing came', () => {
  const deltas = new MetricDeltas();
  const first = [metric('counter', 5, 110)];
  expect(deltas.since(first)).toMatchObject([
    { aggregationTemporality: TEMPORALITY.delta, dataPoints: [{ startTime: [100, 0], value: 5 }] },
  ]);
  deltas.deliver(first);
  expect(deltas.since([metric('counter', 7, 120)])).toMatchObject([{ dataPoints: [{ startTime: [110, 0], endTime: [120, 0], value: 2 }] }]);
  expect(deltas.since([metric('counter', 5, 120)])).toEqual([]);
});

test('what failed to be delivered is in the next delivery', () => {
  const deltas = new MetricDeltas();
  deltas.deliver([metric('counter', 5, 110)]);
  deltas.since([metric('counter', 7, 120)]);
  expect(deltas.since([metric('counter', 9, 130)])).toMatchObject([{ dataPoints: [{ startTime: [110, 0], value: 4 }] }]);
});

test('histograms are taken apart by bucket', () => {
  const deltas = new MetricDeltas();
  deltas.deliver([metric('histogram', histogram([1, 2], 10), 110)]);
  expect(deltas.since([metric('histogram', histogram([1, 5], 40), 120)])).toMatchObject([
    { dataPoints: [{ value: { buckets: { counts: [0, 3] }, sum: 30, count: 3 } }] },
  ]);
});

test('a counter that was set to 0 begins anew', () => {
  const deltas = new MetricDeltas();
  deltas.deliver([metric('counter', 5, 110)]);
  expect(deltas.since([metric('counter', 2, 120)])).toMatchObject([{ dataPoints: [{ value: 2 }] }]);
});

test('a present state is left as it is', () => {
  const deltas = new MetricDeltas();
  const gauge = metric('gauge', 1, 110);
  deltas.deliver([gauge]);
  expect(deltas.since([gauge])).toEqual([gauge]);
});

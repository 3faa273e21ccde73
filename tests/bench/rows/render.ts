import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { getMetrics, setupObservability } from 'toolspan';
import type { Contest } from '../contest.js';
import { MOST_COMPANY } from '../company.js';
import { expectSame } from '../expectations.js';
import { farm } from '../tool-farm.js';

const TOOLS = 1_000;

/** A metric as prom-client's `getMetricsAsJSON()` gives it. */
interface MetricJson {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly { readonly labels: Record<string, string>; readonly value: number; readonly metricName?: string }[];
}

/** Rendering what there is to scrape, against prom-client holding the same series. */
export async function rendering(): Promise<Contest> {
  await setupObservability({ enableTracing: false, enableMetricsServer: false, maxTools: TOOLS + MOST_COMPANY });
  await farm(TOOLS);
  const { text, registry } = getMetrics()!;
  const held = new Registry();
  for (const metric of (await registry.getMetricsAsJSON()) as MetricJson[]) hold(metric, held);
  return {
    pace: { callsPerBatch: 1, batchesPerRound: 4 },
    ours: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await text();
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await held.metrics();
      },
    },
    async verify() {
      const ours = seriesOf((await text()).body).filter((series) => !isCompany(series));
      const theirs = seriesOf(await held.metrics()).filter((series) => !isCompany(series));
      expectSame('series of prom-client', theirs, ours);
    },
  };
}

/** Tools that came after prom-client was filled. */
function isCompany(series: string): boolean {
  return series.includes('tool="') && !series.includes('tool="find ');
}

function hold({ name, help, type, values }: MetricJson, registry: Registry): void {
  if (values.length === 0) return; // by itself it would show a series without labels
  const registers = [registry];
  const labelNames = [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))].filter((label) => label !== 'le');
  if (type === 'histogram') {
    const bounds = new Set(values.map(({ labels }) => labels['le']).filter((le) => le !== undefined && le !== '+Inf'));
    const histogram = new Histogram({ name, help, labelNames, buckets: [...bounds].map(Number), registers });
    for (const { labels, metricName } of values) if (metricName === `${name}_count`) histogram.observe(labels, 0.000_012_3);
  } else if (type === 'counter') {
    const counter = new Counter({ name, help, labelNames, registers });
    for (const { labels, value } of values) counter.inc(labels, value);
  } else {
    const gauge = new Gauge({ name, help, labelNames, registers });
    for (const { labels, value } of values) gauge.set(labels, value);
  }
}

/** Names and labels of all samples, in an order of their own. */
function seriesOf(body: string): string[] {
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => inOrder(line.slice(0, line.lastIndexOf(' ')))).sort();
}

function inOrder(series: string): string {
  return series.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join()}}`);
}

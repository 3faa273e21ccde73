import { ChildProgram, stopPrograms } from '../support/child-program';
import { describeWith, runWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { Prometheus } from '../support/prometheus';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

// What programs/busy-app.mjs does.
const CALLS = 100 + 20 + 16 + 6 + 8 + 5;

interface Worked {
  readonly slowestMs: number;
  readonly traceIds: string[];
}

afterAll(stopPrograms);

async function startApp(): Promise<{ app: ChildProgram; port: number }> {
  const app = ChildProgram.start('busy-app');
  return { app, port: await app.reported<number>('port') };
}

async function scrape(port: number, accept?: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, accept === undefined ? {} : { headers: { accept } });
  return response.text();
}

describeWith(['prometheus'], 'Prometheus', () => {
  let prometheus: Prometheus;
  let port: number;
  let worked: Worked;

  beforeAll(async () => {
    const started = await startApp();
    ({ port } = started);
    prometheus = await Prometheus.start(port);
    await eventually('every series is there, at 0', async () => (await prometheus.value('sum(tool_executions_total)')) === 0);
    started.app.say('work');
    worked = await started.app.reported('worked');
    await eventually('the work is scraped', async () => (await prometheus.value('sum(tool_executions_total)')) === CALLS);
  });

  afterAll(() => prometheus.stop());

  /** The values by `tool`, or by `tool` and `namespace`, rounded: an increase is extrapolated to the edges of its window. */
  async function byTool(promql: string): Promise<Record<string, number>> {
    const series = await prometheus.query(promql);
    return Object.fromEntries(
      series.map(({ labels, value }) => [[labels['namespace'], labels['tool']].filter(Boolean).join('.'), Number(value.toFixed(3))]),
    );
  }

  it('scrapes without a complaint', async () => {
    expect(await prometheus.value('up')).toBe(1);
    expect(await prometheus.value('min_over_time(up[1m])')).toBe(1);
  });

  it('sees every event, the first included: increases are what was done', async () => {
    const increases = await byTool('sum by (tool, namespace) (increase(tool_executions_total[1m]))');
    const done = { 'web.search': 100, 'files.search': 20, 'files.read': 16, 'web.flaky': 6, 'web.broken': 8, 'web.limited': 5 };
    expect(Object.keys(increases).sort()).toEqual(Object.keys(done).sort());
    for (const [tool, calls] of Object.entries(done)) {
      expect(increases[tool]).toBeGreaterThan(calls * 0.99);
      // Prometheus extrapolates by up to half a scrape interval at either end, more where a busy machine scrapes late.
      expect(increases[tool]).toBeLessThan(calls * 1.5);
    }
    expect(await prometheus.value('sum(rate(tool_executions_total[1m]))')).toBeGreaterThan(0);
  });

  it('gives the share of errors, for each tool of each namespace', async () => {
    const errors = 'sum by (tool, namespace) (rate(tool_executions_total{status="error"}[1m]))';
    expect(await byTool(`${errors} / sum by (tool, namespace) (rate(tool_executions_total[1m]))`)).toEqual({
      'web.search': 0,
      'files.search': 0.25,
      'files.read': 0,
      'web.flaky': 0,
      'web.broken': 1,
      'web.limited': 0.6,
    });
  });

  it('gives the share of cache hits', async () => {
    const hits = 'sum by (tool) (rate(tool_cache_operations_total{operation="lookup", result="hit"}[1m]))';
    expect(await byTool(`${hits} / sum by (tool) (rate(tool_cache_operations_total{operation="lookup"}[1m]))`)).toEqual({ read: 0.75 });
    expect(await byTool('sum by (tool) (tool_cache_operations_total{operation="set"})')).toEqual({ read: 4 });
  });

  it('gives retries for each call, and how the attempts went', async () => {
    const retries = 'sum by (tool) (increase(tool_retry_attempts_total{attempt!="0"}[1m]))';
    expect(await byTool(`${retries} / sum by (tool) (increase(tool_executions_total[1m]))`)).toEqual({ flaky: 2 });
    expect(await byTool('sum by (tool) (tool_retry_attempts_total{success="true"})')).toEqual({ flaky: 6 });
    expect(await byTool('sum by (tool) (tool_retry_attempts_total{success="false"})')).toEqual({ flaky: 12 });
  });

  it('gives the quantiles of the duration', async () => {
    const p95 = await prometheus.value(
      'histogram_quantile(0.95, sum by (le) (rate(tool_execution_duration_seconds_bucket{tool="search", namespace="web"}[1m])))',
    );
    expect(p95).toBeGreaterThan(0.05);
    expect(p95).toBeLessThanOrEqual([0.075, 0.1, 0.25, 0.5, 0.75, 1].find((bound) => bound >= worked.slowestMs / 1_000)!);
  });

  it('gives the mean duration, and counts each call once in both metrics', async () => {
    const mean = await byTool('tool_execution_duration_seconds_sum / tool_execution_duration_seconds_count');
    expect(mean['web.search']).toBeGreaterThanOrEqual(0.006);
    const counts = 'tool_execution_duration_seconds_count - ignoring(status) sum without (status) (tool_executions_total)';
    expect(Object.values(await byTool(counts))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('shows the circuit that is open, what opened it, and what the rate limit refused', async () => {
    expect(await byTool('tool_circuit_breaker_state')).toEqual({ broken: 1 });
    expect(await byTool('sum by (tool) (tool_circuit_breaker_failures_total)')).toEqual({ broken: 5 });
    expect(await byTool('sum by (tool) (tool_rate_limit_checks_total{allowed="true"})')).toEqual({ limited: 2 });
    expect(await byTool('sum by (tool) (tool_rate_limit_checks_total{allowed="false"})')).toEqual({ limited: 3 });
    expect(await prometheus.value('sum(tool_telemetry_errors_total)')).toBe(0);
  });

  it('stores exemplars that lead to the traces of the calls', async () => {
    const exemplars = await prometheus.exemplars('tool_execution_duration_seconds_bucket{tool="search", namespace="web"}');
    expect(exemplars.length).toBeGreaterThan(0);
    for (const { labels, value, series } of exemplars) {
      expect(worked.traceIds).toContain(labels['trace_id']);
      expect(labels['span_id']).toMatch(/^[0-9a-f]{16}$/);
      expect(value).toBeLessThanOrEqual(Number(series['le'] === '+Inf' ? Infinity : series['le']));
    }
  });

  it('has nothing to say against the metrics: promtool check metrics is silent', async () => {
    const ours = (await scrape(port)).trim();
    expect(runWith(`${ours}\n`, 'promtool', 'check', 'metrics')).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

// The strict parser refuses what Prometheus itself would let pass. It prints the families, and the exemplars in them.
const PARSE = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families, exemplars = {}, []
for family in text_string_to_metric_families(sys.stdin.read()):
    families[family.name] = family.type
    exemplars += [sample.exemplar.labels for sample in family.samples if sample.exemplar]
print(json.dumps({'families': families, 'exemplars': exemplars}))
`;

describeWith(['python3-prometheus-client'], 'The OpenMetrics format', () => {
  it('is understood by a strict parser, exemplars included', async () => {
    const { app, port } = await startApp();
    app.say('work');
    const { traceIds } = await app.reported<Worked>('worked');
    const { status, stdout, stderr } = runWith(await scrape(port, OPENMETRICS), '/usr/bin/python3', '-c', PARSE);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { families, exemplars } = JSON.parse(stdout) as {
      families: Record<string, string>;
      exemplars: { trace_id: string; span_id: string }[];
    };
    expect(families).toEqual({
      tool_executions: 'counter',
      tool_execution_duration_seconds: 'histogram',
      tool_cache_operations: 'counter',
      tool_retry_attempts: 'counter',
      tool_circuit_breaker_failures: 'counter',
      tool_rate_limit_checks: 'counter',
      tool_circuit_breaker_state: 'gauge',
      tool_calls_in_flight: 'gauge',
      tool_cache_stale: 'counter',
      tool_rate_limit_wait_seconds: 'histogram',
      tool_retry_calls: 'counter',
      tool_circuit_breaker_transitions: 'counter',
      tool_bulkhead_checks: 'counter',
      tool_bulkhead_queue: 'gauge',
      tool_timeouts: 'counter',
      tool_hedges: 'counter',
      tool_fallbacks: 'counter',
      tool_callback_errors: 'counter',
      tool_telemetry_errors: 'counter',
    });
    expect(exemplars.some(({ trace_id }) => traceIds.includes(trace_id))).toBe(true);
  });
});

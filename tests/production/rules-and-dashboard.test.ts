import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ALERT_GROUPS } from '../../samples/production/generate/alert-rules';
import { RECORDING_GROUPS } from '../../samples/production/generate/recording-rules';
import { ChildProgram, stopPrograms } from '../support/child-program';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { Prometheus, type Series } from '../support/prometheus';
import { freePort } from '../support/tcp-servers';
import { filledIn, PRODUCTION, QUERIES } from './dashboard-file';
import { durationsBetween, type Durations } from './histogram-truth';
import { ALERT_TRUTH, ALL_CALLS, CALLS, CALLS_BEFORE, FIRING, recordedTruth } from './known-day';
import { panelTruth } from './panel-truth';
import { differences } from './readings';

const RULE_FILES = ['recording.yml', 'alerts.yml'].map((name) => join(PRODUCTION, 'prometheus', 'rules', name));
const PROGRAM = join(__dirname, 'programs', 'known-day.mjs');
const NAMES = [...new Set(RECORDING_GROUPS.flatMap(({ rules }) => rules.map(({ record }) => record)))];
const ALERTS = ALERT_GROUPS.flatMap(({ rules }) => rules);

const EVERYTHING = {
  service: ['toolspan'],
  namespace: ['files', 'web'],
  tool: Object.keys(CALLS).map((tool) => tool.split('.')[1]!),
};

/** Plays what a collector shows about itself: no collector comes with npm or Debian. */
function startCollector(): Promise<Server> {
  let failed = 0;
  const server = createServer((_, response) => {
    failed += 30;
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(
      `# TYPE otelcol_exporter_send_failed_spans counter\notelcol_exporter_send_failed_spans{exporter="otlp/jaeger"} ${failed}\n` +
        `# TYPE otelcol_receiver_refused_spans counter\notelcol_receiver_refused_spans{receiver="otlp"} 0\n`,
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function scrape(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

describeWith(['prometheus'], 'after a day whose outcomes are known', () => {
  let prometheus: Prometheus;
  let collector: Server;
  let durations: Map<string, Durations>;
  let traceIds: readonly string[];
  /** The moment that all queries ask about, in seconds since 1970. */
  let evening: number;
  let firing: string[] = [];
  const query = (promql: string): Promise<Series[]> => prometheus.query(promql, evening);

  /** A moment at which all had been done and scraped for a while, no scrape was late, and every rule was evaluated since. */
  async function quietMoment(): Promise<number | undefined> {
    const at = Date.now() / 1_000;
    const [done] = await prometheus.query('sum(tool_executions_total offset 2s)', at);
    const [scraped] = await prometheus.query('min(min_over_time(up{job!="jaeger"}[2s]))', at);
    // The more scrapes, the less is extrapolated.
    const [count] = await prometheus.query('min(count_over_time(up[5m]))', at);
    const groups = await prometheus.ruleGroups();
    const isFresh = groups.every(({ evaluatedAt }) => evaluatedAt > (at - 1) * 1_000);
    return done?.value === ALL_CALLS + CALLS_BEFORE && scraped?.value === 1 && count!.value >= 12 && isFresh ? at : undefined;
  }

  beforeAll(async () => {
    const [app, idle] = [ChildProgram.start(PROGRAM), ChildProgram.start(PROGRAM)];
    const [port, idlePort] = [await app.reported<number>('port'), await idle.reported<number>('port')];
    collector = await startCollector();
    prometheus = await Prometheus.start({
      jobs: {
        toolspan: { a: port, b: idlePort },
        'otel-collector': { played: (collector.address() as AddressInfo).port },
        jaeger: { gone: await freePort() },
      },
      scrapesItself: true,
      // As in Kubernetes, where the namespace of the pod would take the place of the tool's.
      targetLabels: { namespace: 'pods' },
      honorsLabels: true,
      ruleFiles: RULE_FILES,
      interval: '500ms',
    });
    const sum = 'sum(tool_executions_total)';
    await eventually('every series is there', async () => (await prometheus.value('count(tool_executions_total{tool="idle"})')) === 4);
    await eventually('nothing has been done', async () => (await prometheus.value(sum)) === CALLS_BEFORE);
    const before = await scrape(port);
    app.say('work');
    ({ traceIds } = await app.reported<{ traceIds: string[] }>('worked'));
    durations = durationsBetween(before, await scrape(port));
    evening = await eventually('there is a quiet moment', quietMoment, 40_000);
    const raised = await prometheus.query('ALERTS{alertstate="firing"}', evening);
    firing = raised.map(({ labels }) => labels['alertname']!).filter((name) => name !== 'ToolspanHeartbeat');
  }, 90_000);

  it('those alerts fire that should', () => {
    expect([...new Set(firing), 'ToolspanHeartbeat'].sort()).toEqual(FIRING);
  });

  afterAll(async () => {
    await prometheus?.stop();
    collector?.close();
    await stopPrograms();
  });

  it('no rule fails', async () => {
    const groups = await prometheus.ruleGroups();
    expect(groups.length).toBe(RECORDING_GROUPS.length + ALERT_GROUPS.length);
    expect(groups.flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('there is a truth for everything that is recorded, for every alert and for every query of every panel', () => {
    expect(Object.keys(recordedTruth(durations)).sort()).toEqual([...NAMES].sort());
    expect(Object.keys(ALERT_TRUTH).sort()).toEqual(ALERTS.map(({ alert }) => alert).sort());
    expect(Object.keys(panelTruth(durations, firing.length)).sort()).toEqual(QUERIES.map(({ key }) => key).sort());
  });

  it.each(NAMES)('%s is recorded as it was', async (name) => {
    expect(differences(await query(name), recordedTruth(durations)[name])).toEqual([]);
  });

  it.each(ALERTS.map(({ alert, expr }) => [alert, expr]))('%s holds for whom it should', async (alert, expr) => {
    expect(differences(await query(expr), ALERT_TRUTH[alert]!)).toEqual([]);
  });

  it('alerts that need no patience fire, and no others', async () => {
    const alerts = await prometheus.alerts();
    const names = new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['alertname']));
    expect([...names].sort()).toEqual(FIRING);
    const holding = Object.keys(ALERT_TRUTH).filter((alert) => Object.keys(ALERT_TRUTH[alert]!).length > 0);
    expect([...new Set(alerts.map(({ labels }) => labels['alertname']!))].sort()).toEqual(holding.sort());
  });

  it.each(QUERIES.map(({ key, title, expr }) => [key, title, expr]))('panel %s, %s, shows what was', async (key, _, expr) => {
    expect(differences(await query(filledIn(expr, EVERYTHING)), panelTruth(durations, firing.length)[key]!)).toEqual([]);
  });

  it('panels show only what is picked', async () => {
    const picked = { service: ['toolspan'], namespace: ['files'], tool: ['search'] };
    let shown = 0;
    for (const { expr } of QUERIES.filter(({ expr: text }) => text.includes('$tool'))) {
      const series = await query(filledIn(expr, picked));
      for (const { labels } of series) expect({ files: 'files', ...labels }).toMatchObject(labels['tool'] ? { tool: 'search' } : {});
      for (const { labels } of series) expect([undefined, 'files']).toContain(labels['namespace']);
      shown += series.length;
    }
    expect(shown).toBeGreaterThan(10);
    expect(await query(filledIn(QUERIES[0]!.expr, { ...picked, service: ['another'] }))).toEqual([]);
  });

  it('the dots of a panel with exemplars are calls that were made', async () => {
    const [query, ...others] = QUERIES.filter(({ exemplar }) => exemplar);
    expect(others).toEqual([]);
    const exemplars = await prometheus.exemplars(filledIn(query!.expr, EVERYTHING));
    expect(exemplars.some(({ labels }) => traceIds.includes(labels['trace_id']!))).toBe(true);
  });
});

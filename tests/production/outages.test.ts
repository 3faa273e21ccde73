import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tally } from '../../samples/production/app/load';
import { stopPrograms } from '../support/child-program';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { freePort } from '../support/tcp-servers';
import { EXPORT_TIMEOUT_MS, outagesOf, playOutages, seeded } from './outages';
import { Collector, SamplePrometheus } from './servers';
import { WatchedApp, type Counts, type Metrics } from './watched-app';

// A minute in CI, and ten seconds elsewhere. The hour, by hand: OUTAGES_SECONDS=3600 npx jest tests/production/outages.test.ts
// The same outages again: OUTAGES_SEED, with the number that the test prints.
const seconds = Number(process.env['OUTAGES_SECONDS'] ?? (process.env['CI'] === 'true' ? 60 : 10));
const seed = Number(process.env['OUTAGES_SEED'] ?? Date.now() % 1_000_000);
const DURATION_MS = seconds * 1_000;
const CALLS_PER_SECOND = 60;

jest.setTimeout(DURATION_MS + 600_000);

/** What one app came to, in the end. */
interface Outcome {
  readonly tally: Tally;
  readonly metrics: Metrics;
  readonly counts: readonly Counts[];
  readonly acknowledged: readonly string[];
  /** Ids of its spans that the collector got, as often as it got them. */
  readonly received: readonly string[];
  readonly said: string;
  readonly inPrometheus: number | undefined;
  readonly status: number | null;
}

describeWith(['prometheus'], `${seconds} s of load, with collector and Prometheus stopped and started at random`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'toolspan-outages-'));
  const outcomes = {} as Record<'roomy' | 'tight', Outcome>;
  let done: string[] = [];

  beforeAll(async () => {
    process.stderr.write(`outages: ${seconds} s, OUTAGES_SEED=${seed}\n`);
    const collector = new Collector(await freePort(), join(folder, 'received'));
    let prometheus: SamplePrometheus | undefined;
    try {
      await collector.start();
      const apps = await startApps(collector);
      const targets = Object.values(apps).map(({ metricsPort }) => `127.0.0.1:${metricsPort}`);
      prometheus = new SamplePrometheus(await freePort(), join(folder, 'prometheus'), targets);
      await prometheus.start();
      done = await playOutages(outagesOf(collector, prometheus), DURATION_MS, seeded(seed));
      outcomes.roomy = await outcomeOf(apps.roomy, collector, prometheus);
      outcomes.tight = await outcomeOf(apps.tight, collector, prometheus);
    } finally {
      await prometheus?.stop('SIGKILL');
      await collector.stop('SIGKILL');
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterAll(stopPrograms);

  it('stopped each of them in each way', () => {
    expect(done.length).toBeGreaterThanOrEqual(seconds >= 60 ? 5 : 1);
    if (seconds >= 60) expect(new Set(done).size).toBe(5);
  });

  describe.each(['roomy', 'tight'] as const)('the app with a %s queue', (name) => {
    it('fails no call: each got what its tool was made to give', () => {
      const { tally } = outcomes[name];
      expect(tally.firstUnexpected).toBeUndefined();
      expect(tally.unexpected).toBe(0);
      expect(tally.made).toBeGreaterThan(0.5 * seconds * CALLS_PER_SECOND);
      expect(tally.answers['search']!.error + tally.answers['price']!.error).toBe(0);
    });

    it('counts exactly the calls that were made, by what they came to', () => {
      const { tally, metrics } = outcomes[name];
      const counted = Object.keys(tally.answers).map((tool) => [
        tool,
        {
          success: metrics.sum('tool_executions_total', { tool, status: 'success' }),
          error: metrics.sum('tool_executions_total', { tool, status: 'error' }),
        },
      ]);
      expect(Object.fromEntries(counted)).toEqual(tally.answers);
      expect(metrics.sum('tool_executions_total')).toBe(tally.made);
      expect(metrics.sum('tool_execution_duration_seconds_count')).toBe(tally.made);
      expect(metrics.sum('tool_rate_limit_checks_total', { allowed: 'false' })).toBe(tally.errors['RateLimitError']);
      const callsOf = (tool: string): number => tally.answers[tool]!.success + tally.answers[tool]!.error;
      expect(metrics.sum('tool_cache_operations_total', { operation: 'lookup' })).toBe(callsOf('search'));
      expect(metrics.sum('tool_retry_attempts_total', { attempt: '0' })).toBe(callsOf('price'));
      // Every fifth article's first attempt fails.
      expect(metrics.sum('tool_retry_attempts_total', { success: 'false' })).toBe(Math.ceil(callsOf('price') / 5));
      // Failures that come in when the circuit is open already are not counted again.
      const failures = (tally.errors['UpstreamError'] ?? 0) + (tally.errors['ToolTimeoutError'] ?? 0);
      expect(metrics.sum('tool_circuit_breaker_failures_total')).toBeGreaterThan(0);
      expect(metrics.sum('tool_circuit_breaker_failures_total')).toBeLessThanOrEqual(failures);
    });

    it('is told by Prometheus as it stands in the end', () => {
      expect(outcomes[name].inPrometheus).toBe(outcomes[name].tally.made);
    });

    // Each span is in an export that succeeded, or is counted as dropped: one or the other, and once. The collector may have got some of those that are
    // counted as dropped: where its answer did not come through, nobody can know.
    it('delivers each span or counts it as dropped, and no span is both or neither', () => {
      const { counts, metrics, acknowledged, received } = outcomes[name];
      const made = counts.at(-1)!.made;
      const dropped = metrics.sum('tool_telemetry_errors_total', { kind: 'dropped_span' });
      expect(acknowledged.length + dropped).toBe(made);
      expect(new Set(acknowledged).size).toBe(acknowledged.length);
      const got = new Set(received);
      expect(acknowledged.filter((id) => !got.has(id))).toEqual([]);
      expect(got.size).toBeLessThanOrEqual(made);
    });

    it('has no more memory in the second half of the time than in the first', () => {
      const halves = memoryOf(outcomes[name].counts, name === 'roomy' ? 1_000 : Infinity);
      expect(halves.second).toBeLessThan(halves.first * 1.25 + 4_000_000);
      // What the compose file and the manifest allow the container.
      expect(halves.mostRss).toBeLessThan(256 * 1_048_576);
    });

    it('ends with status 0', () => {
      expect(outcomes[name].status).toBe(0);
    });
  });

  it('delivers every span where the queue has room for all', () => {
    const { counts, metrics, received, said } = outcomes.roomy;
    expect(metrics.sum('tool_telemetry_errors_total', { kind: 'dropped_span' })).toBe(0);
    expect(new Set(received).size).toBe(counts.at(-1)!.made);
    expect(said).not.toContain('spans are dropped');
  });

  it('tells of dropped spans in one line, and of failed exports in one for each cause, however many there are', () => {
    const { metrics, said } = outcomes.tight;
    expect(metrics.sum('tool_telemetry_errors_total', { kind: 'dropped_span' })).toBeGreaterThan(0);
    expect(metrics.sum('tool_telemetry_errors_total', { kind: 'export' })).toBeGreaterThan(0);
    const lines = said.split('\n').filter(Boolean);
    expect(lines.filter((line) => line.includes('spans are dropped'))).toEqual([expect.stringContaining('because the queue is full')]);
    // Nobody listens; somebody did, and was killed under way.
    const failures = lines.filter((line) => line.includes('Failed to export traces'));
    const advice = failures.map((line) => line.split('Tools run on; ')[1]);
    expect(failures.length).toBeGreaterThanOrEqual(1);
    expect(new Set(advice).size).toBe(failures.length);
    expect(failures.length).toBeLessThanOrEqual(3);
    expect(lines).toHaveLength(1 + failures.length);
  });

  /** Two at a time: one whose queue outlasts each outage, and one whose queue does not. */
  async function startApps({ url }: Collector): Promise<Record<keyof typeof outcomes, WatchedApp>> {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_TIMEOUT: String(EXPORT_TIMEOUT_MS),
      OTEL_BSP_SCHEDULE_DELAY: '500',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '128',
      LOAD_PER_SECOND: String(CALLS_PER_SECOND),
    };
    return {
      roomy: await WatchedApp.start(join(folder, 'roomy'), { ...env, OTEL_BSP_MAX_QUEUE_SIZE: '100000' }),
      tight: await WatchedApp.start(join(folder, 'tight'), { ...env, OTEL_BSP_MAX_QUEUE_SIZE: '128' }),
    };
  }

  async function outcomeOf(app: WatchedApp, collector: Collector, prometheus: SamplePrometheus): Promise<Outcome> {
    await app.setLoad(0);
    const tally = await app.tally();
    const metrics = await settled(app);
    const inPrometheus = await eventually(
      'Prometheus has scraped it',
      async () => {
        const values = await prometheus.values('sum by (instance) (tool_executions_total)');
        const value = values[`127.0.0.1:${app.metricsPort}`];
        return value === tally.made && value;
      },
      60_000,
    );
    const { code: status } = await app.end();
    const received = readFileSync(collector.file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`${app.run} `))
      .map((line) => line.slice(app.run.length + 1));
    return { tally, metrics, counts: app.counts(), acknowledged: app.acknowledged(), received, said: app.said, inPrometheus, status };
  }
});

/** What `/metrics` says when every span is delivered or dropped. */
async function settled(app: WatchedApp): Promise<Metrics> {
  let state = '';
  const isSettled = async (): Promise<Metrics | false> => {
    const metrics = await app.metrics();
    const { made, delivered } = app.counts().at(-1)!;
    const dropped = metrics.sum('tool_telemetry_errors_total', { kind: 'dropped_span' });
    state = `${made} made, ${delivered} delivered, ${dropped} dropped, ${metrics.sum('tool_telemetry_errors_total', { kind: 'export' })} exports failed`;
    return made === delivered + dropped && metrics;
  };
  return eventually('every span is delivered or dropped', isSettled, 120_000).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${state}\n${app.said}`);
  });
}

/** What is in use in each half of the time, the lower quartile, while no more than so many spans wait: those are memory that is given back. */
function memoryOf(counts: readonly Counts[], mostWaiting: number): { first: number; second: number; mostRss: number } {
  const half = Math.floor(counts.length / 2);
  const quartile = (part: readonly Counts[]): number => {
    const idle = part.filter(({ made, delivered }) => made - delivered <= mostWaiting).map(({ heapUsed }) => heapUsed);
    return idle.sort((a, b) => a - b)[Math.floor(idle.length / 4)]!;
  };
  return {
    first: quartile(counts.slice(0, half)),
    second: quartile(counts.slice(half)),
    mostRss: Math.max(...counts.map(({ rss }) => rss)),
  };
}

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  Bulkhead,
  Cached,
  CircuitBreaker,
  Fallback,
  getMetrics,
  Hedge,
  initMetrics,
  RateLimited,
  resetTools,
  Retry,
  setupObservability,
  shutdownObservability,
  Timeout,
  Tool,
  tool,
} from 'toolspan';
import { outcome } from '../support/observed.js';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

afterEach(async () => {
  await shutdownObservability();
  resetTools();
});

async function text(accept?: string): Promise<string> {
  return (await getMetrics()!.text(accept)).body;
}

class Everything {
  @Tool({ name: 'every "policy"', namespace: 'rendering' })
  @Fallback(() => 0)
  @Cached({ staleIfError: '1m', key: (n: number) => n })
  @RateLimited({ limit: 1_000, per: '1s', maxWait: '1s' })
  @Retry({ maxRetries: 2, baseDelay: 0, retryIf: () => true })
  @Hedge({ after: '1m' })
  @CircuitBreaker({ failureThreshold: 2 })
  @Bulkhead({ maxConcurrent: 5 })
  @Timeout({ attempt: '1m', total: '2m' })
  async everything(n: number): Promise<number> {
    if (n < 0) throw new Error('negative');
    return n;
  }
}

/** Calls with every kind of outcome, of tools that share names as well. */
async function live(): Promise<void> {
  const everything = new Everything();
  for (const n of [1, 1, 2, -1, -1]) await outcome(everything.everything(n));
  for (const namespace of ['here', 'there'])
    await tool({ name: 'twice', namespace, cached: '1m', rateLimited: { limit: 5, per: '1s' } }, async () => 1)();
  tool({ name: 'idle', retry: 12 }, async () => 1);
}

test.each([
  ['text', undefined],
  ['OpenMetrics', 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
])('our own registry renders %s as prom-client does', async (_format, contentType) => {
  const registry = new Registry();
  if (contentType) registry.setContentType(contentType as never);
  registry.setDefaultLabels({ app: 'a"b', tool: 'not this one' });
  await setupObservability({ enableTracing: false, metricsPort: 0, handleSignals: false, registry });
  await live();
  const theirs = await registry.metrics();
  await shutdownObservability();

  initMetrics();
  (getMetrics()!.registry as Registry).setDefaultLabels({ app: 'a"b', tool: 'not this one' });
  const ours = await text(contentType);
  expect(ours.split('\n')).toEqual(theirs.split('\n'));
  expect(ours).toContain('status="success",app="a\\"b"}');
});

test.each([
  ['text', undefined, '# TYPE app_requests_total counter'],
  ['OpenMetrics', OPENMETRICS, '# TYPE app_requests counter'],
])('what the application puts into our registry is there in %s, again and again', async (_format, accept, heading) => {
  initMetrics();
  const registers = [getMetrics()!.registry as Registry];
  new Counter({ name: 'app_requests_total', help: 'Requests.', registers }).inc(3);
  new Gauge({ name: 'app_temperature', help: 'Degrees.', registers }).set(21.5);
  new Histogram({ name: 'app_seconds', help: 'Durations.', buckets: [1], registers }).observe(0.5);
  for (let scrape = 0; scrape < 3; scrape++) {
    await text(accept === undefined ? OPENMETRICS : undefined);
    const body = await text(accept);
    expect(body).toContain(`\n${heading}\napp_requests_total 3\n`);
    expect(body).toContain('\napp_temperature 21.5\n');
    expect(body).toContain('\napp_seconds_bucket{le="1"} 1\n');
    expect(body).toContain('# TYPE tool_executions');
    expect(body.split('# EOF\n')).toHaveLength(accept === undefined ? 1 : 2);
  }
});

test('a metric of a class that keeps its values private is shown in both formats', async () => {
  class Private {
    readonly name = 'app_private';
    readonly help = 'Private.';
    readonly type = 'gauge';
    readonly #value = 7;
    get(): object {
      return { name: this.name, help: this.help, type: this.type, values: [{ value: this.#value, labels: {} }] };
    }
  }
  initMetrics();
  getMetrics()!.registry.registerMetric(new Private() as never);
  for (const accept of [undefined, OPENMETRICS]) expect(await text(accept)).toContain('\napp_private 7\n');
});

test('a metric that the application takes out of our registry is not shown', async () => {
  initMetrics();
  const { registry } = getMetrics()!;
  registry.removeSingleMetric('tool_hedges_total');
  expect(await text()).not.toContain('tool_hedges_total');
  expect(await registry.metrics()).toBe(await text());
});

describe('with more tools than one turn of the event loop is to render', () => {
  const TOOLS = 300;

  function adders(): (() => Promise<number>)[] {
    return Array.from({ length: TOOLS }, (_, index) => tool({ name: `add ${index}`, retry: 3 }, async () => index));
  }

  test('calls have their turn meanwhile, and each tool’s counts are of one moment', async () => {
    initMetrics();
    const tools = adders();
    let turns = 0;
    let isOver = false;
    const body = text().finally(() => (isOver = true));
    while (!isOver) {
      turns += 1;
      for (const call of tools) await call();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(turns).toBeGreaterThan(2);
    const sample = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(lines)![1]);
    const lines = await body;
    const counts = tools.map((_, index) => {
      const whose = `tool="add ${index}",namespace="default"`;
      const executions = sample(`tool_executions_total\\{${whose},status="success"\\}`);
      expect(sample(`tool_execution_duration_seconds_count\\{${whose}\\}`)).toBe(executions);
      expect(sample(`tool_retry_attempts_total\\{tool="add ${index}",attempt="0",success="true"\\}`)).toBe(executions);
      return executions;
    });
    expect(new Set(counts).size).toBeGreaterThan(1);
  });

  test('two scrapes at a time do not write over each other', async () => {
    initMetrics();
    adders();
    const expected = await text();
    const [one, other, open] = await Promise.all([text(), text(), text(OPENMETRICS)]);
    expect(one).toBe(expected);
    expect(other).toBe(expected);
    expect(open.endsWith('# EOF\n')).toBe(true);
  });
});

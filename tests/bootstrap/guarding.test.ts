import { Counter, Registry } from 'prom-client';
import {
  CircuitBreaker,
  getMetrics,
  resetTools,
  Retry,
  setupObservability,
  shutdownObservability,
  Tool,
  tool,
  traceToolExecution,
  type ObservabilityOptions,
} from 'toolspan';
import { outcome } from '../support/observed.js';

const warn = jest.fn<void, [string]>();
const options: ObservabilityOptions = { enableTracing: false, enableMetricsServer: false, handleSignals: false, logger: { warn } };
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

beforeEach(() => warn.mockClear());
afterEach(async () => {
  await shutdownObservability();
  resetTools();
});

async function lines(start: string, accept?: string): Promise<string[]> {
  const { body } = await getMetrics()!.text(accept);
  return body.split('\n').filter((line) => line.startsWith(start));
}

describe('more tools than are told apart', () => {
  // The limit is one per process: the first set-up decides.
  const limited: ObservabilityOptions = { ...options, maxTools: 3 };

  test('are counted together, and nothing is lost', async () => {
    await setupObservability(limited);
    for (let index = 0; index < 10; index++) traceToolExecution(`made-up-${index}`, { namespace: index % 2 ? 'odd' : 'even' }, () => index);
    expect(await lines('tool_executions_total{tool="made-up')).toEqual(
      ['0", namespace="even', '1", namespace="odd', '2", namespace="even'].flatMap((whose) => [
        `tool_executions_total{tool="made-up-${whose.replace(' ', '')}",status="success"} 1`,
        `tool_executions_total{tool="made-up-${whose.replace(' ', '')}",status="error"} 0`,
      ]),
    );
    expect((await lines('tool_executions_total{tool="other"')).filter((line) => line.includes('success'))).toEqual([
      'tool_executions_total{tool="other",namespace="odd",status="success"} 4',
      'tool_executions_total{tool="other",namespace="even",status="success"} 3',
    ]);
    expect(await lines('tool_execution_duration_seconds_count{tool="other",namespace="odd"')).toEqual([
      'tool_execution_duration_seconds_count{tool="other",namespace="odd"} 4',
    ]);
  });

  test('namespaces that are made up do not add series either', async () => {
    await setupObservability(limited);
    for (let index = 0; index < 10; index++) traceToolExecution('same', { namespace: `made-up-${index}` }, () => index);
    expect((await lines('tool_executions_total')).filter((line) => line.includes('success'))).toHaveLength(4);
    expect(await lines('tool_executions_total{tool="other",namespace="other",status="success"')).toEqual([
      'tool_executions_total{tool="other",namespace="other",status="success"} 7',
    ]);
  });

  test('are told of once, with the cure', async () => {
    await setupObservability(limited);
    for (let index = 0; index < 10; index++) traceToolExecution(`made-up-${index}`, () => index);
    expect(warn.mock.calls).toEqual([
      [
        'there are more than 3 tools: "made-up-3" (default) and those that come later are counted together, as tool="other". Take names of tools from a fixed set, or give a higher maxTools',
      ],
    ]);
  });

  test('have their policies counted as well, and the worst of their circuits is shown', async () => {
    await setupObservability(limited);
    for (let index = 0; index < 3; index++) traceToolExecution(`early-${index}`, () => index);
    class Late {
      @Tool('late-broken') @CircuitBreaker({ failureThreshold: 1 }) async broken(): Promise<never> {
        throw new Error('down');
      }
      @Tool('late-well') @CircuitBreaker() @Retry(1) async well(): Promise<number> {
        return 1;
      }
    }
    const late = new Late();
    await outcome(late.broken());
    await late.well();
    expect(await lines('tool_circuit_breaker_state')).toEqual(['tool_circuit_breaker_state{tool="other"} 1']);
    expect(await lines('tool_circuit_breaker_failures_total')).toEqual(['tool_circuit_breaker_failures_total{tool="other"} 1']);
    expect(await lines('tool_retry_attempts_total{tool="other",attempt="0",success="true"}')).toEqual([
      'tool_retry_attempts_total{tool="other",attempt="0",success="true"} 1',
    ]);
  });

  test('another limit later is a warning', async () => {
    await setupObservability(limited);
    expect((await setupObservability({ ...options, maxTools: 4 })).warnings).toEqual([
      'maxTools 4 is not used: this process has a limit of 3 already',
    ]);
  });
});

describe('constant labels', () => {
  const constantLabels = { region: 'eu "west"', team: 'search' };

  test.each([
    ['text', undefined],
    ['OpenMetrics', OPENMETRICS],
  ])('are on every series, in %s', async (_format, accept) => {
    await setupObservability({ ...options, constantLabels });
    await tool({ name: 'labelled' }, async () => 1)();
    const samples = (await getMetrics()!.text(accept)).body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples.length).toBeGreaterThan(10);
    expect(samples.filter((line) => !line.includes('region="eu \\"west\\"",team="search"'))).toEqual([]);
  });

  test('also in a registry of the application’s, on our series and on no others', async () => {
    const registry = new Registry();
    new Counter({ name: 'theirs', help: 'h', registers: [registry] }).inc();
    await setupObservability({ ...options, registry, constantLabels: { region: 'eu' } });
    await tool({ name: 'labelled' }, async () => 1)();
    const text = await registry.metrics();
    expect(text).toContain('\ntheirs 1\n');
    expect(text).toContain('tool_executions_total{region="eu",tool="labelled",namespace="default",status="success"} ');
  });

  test.each([{ tool: 'x' }, { le: '1' }, { '1a': 'x' }, { __name: 'x' }, { 'a-b': 'x' }, { a: 1 }, ['a']])(
    '%j are refused',
    async (labels) => {
      await expect(setupObservability({ ...options, constantLabels: labels as never })).rejects.toThrow(
        /^setupObservability: constantLabels must be an object of strings, under names made of letters, digits and _ that are none of le, quantile, tool, /,
      );
    },
  );

  test('others later are a warning', async () => {
    await setupObservability({ ...options, constantLabels });
    expect((await setupObservability({ ...options, constantLabels: { ...constantLabels } })).warnings).toEqual([]);
    expect((await setupObservability({ ...options, constantLabels: { region: 'us' } })).warnings).toEqual([
      'constantLabels are not used: the metrics have others already',
    ]);
  });
});

describe('the process itself', () => {
  test('is not measured unless asked for', async () => {
    await setupObservability(options);
    expect(await lines('process_')).toEqual([]);
  });

  test.each([
    ['text', undefined],
    ['OpenMetrics', OPENMETRICS],
  ])('is, if it is, in %s, also by a later set-up', async (_format, accept) => {
    await setupObservability(options);
    await setupObservability({ ...options, processMetrics: true });
    await setupObservability({ ...options, processMetrics: true });
    expect(await lines('process_cpu_seconds_total', accept)).toHaveLength(1);
    expect((await lines('nodejs_eventloop_lag_seconds ', accept)).length).toBe(1);
  });

  test('in a registry of the application’s that has it already, nothing is said twice', async () => {
    const registry = new Registry();
    new Counter({ name: 'process_cpu_seconds_total', help: 'theirs', registers: [registry] });
    expect((await setupObservability({ ...options, registry, processMetrics: true })).warnings).toEqual([]);
    await shutdownObservability();
    expect(registry.getSingleMetric('process_cpu_seconds_total')).toBeDefined();
  });

  test('what was put into one is taken out again', async () => {
    const registry = new Registry();
    await setupObservability({ ...options, registry, processMetrics: true });
    expect(registry.getMetricsAsArray().length).toBeGreaterThan(20);
    await shutdownObservability();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });
});

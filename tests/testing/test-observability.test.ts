import { AsyncLocalStorage } from 'node:async_hooks';
import { trace } from '@opentelemetry/api';
import { Cached, CircuitBreaker, RateLimited, Retry, setupObservability, shutdownObservability, Tool, tool } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';

class Weather {
  runs = 0;
  @Tool('forecast')
  @Cached('10m')
  @RateLimited({ limit: 1, per: '1s' })
  @Retry({ maxRetries: 2 })
  @CircuitBreaker({ failureThreshold: 1, resetTimeout: '1h', successThreshold: 1 })
  async forecast(_city: string): Promise<string> {
    this.runs += 1;
    if (this.runs === 1) throw new Error('no weather');
    return 'sunny';
  }
}

test('a clock moves caches, limits, circuits and back-offs', async () => {
  const clock = createTestClock();
  const seen = createTestObservability({ clock });
  const weather = new Weather();
  await expect(weather.forecast('Bern')).rejects.toThrow('circuit is open');
  await clock.advance('1h');
  expect(await weather.forecast('Bern')).toBe('sunny');
  await expect(weather.forecast('Basel')).rejects.toThrow('rate limit is used up');
  await clock.advance('1s');
  expect(await weather.forecast('Basel')).toBe('sunny');
  expect(weather.runs).toBe(3);
  await clock.advance('10m');
  await weather.forecast('Basel');
  expect(weather.runs).toBe(4);
  seen.dispose();
});

test('a back-off is waited for by advancing the clock', async () => {
  const clock = createTestClock();
  const seen = createTestObservability({ clock });
  let runs = 0;
  const flaky = tool({ name: 'flaky', retry: { maxRetries: 2, baseDelay: '1s', jitter: false } }, async () => {
    runs += 1;
    if (runs < 3) throw new Error('again');
    return runs;
  });
  const result = flaky();
  await clock.advance('999ms');
  expect(runs).toBe(1);
  await clock.advance(1);
  expect(runs).toBe(2);
  await clock.advance('2s');
  expect(await result).toBe(3);
  expect(clock.now()).toBe(3_000);
  seen.dispose();
});

test('with autoAdvance nobody waits, and time has passed', async () => {
  const clock = createTestClock({ autoAdvance: true });
  const seen = createTestObservability({ clock, random: () => 1 });
  const failing = tool({ name: 'failing', retry: { maxRetries: 3, baseDelay: '1m', maxDelay: '1h' } }, async () =>
    Promise.reject(new Error('no')),
  );
  await expect(failing()).rejects.toThrow('no');
  expect(clock.now()).toBe(7 * 60_000);
  const [call] = seen.spans;
  expect(call!.endTime - call!.startTime).toBe(7 * 60_000);
  seen.dispose();
});

test('spans, tree and metrics are there synchronously, the user’s own spans included', async () => {
  const seen = createTestObservability();
  const work = tool({ name: 'work', namespace: 'own' }, (n: number) =>
    trace.getTracer('user').startActiveSpan('inside', (span) => {
      span.end();
      return n + 1;
    }),
  );
  expect(work(1)).toBe(2);
  expect(seen.tree()).toBe('tool.execute own.work ✓\n└── inside');
  expect(seen.spans.map(({ name, tracer, parentSpanId }) => [name, tracer, parentSpanId])).toEqual([
    ['tool.execute', 'toolspan', undefined],
    ['inside', 'user', seen.spans[0]?.spanId],
  ]);
  expect(seen.metric('tool_executions_total', { tool: 'work', namespace: 'own' })).toBe(1);
  expect(seen.metric('tool_execution_duration_seconds_bucket', { tool: 'work', le: '+Inf' })).toBe(1);
  expect(seen.metric('tool_executions_total', { tool: 'unknown' })).toBeUndefined();
  expect(() => seen.metric('tool_nonsense')).toThrow('there is no metric tool_nonsense; there are: tool_executions_total');
  seen.reset();
  expect([seen.tree(), seen.metric('tool_executions_total', { tool: 'work' })]).toEqual(['', 0]);
  seen.dispose();
});

test('put away, the tools are as they were before', async () => {
  const status = await setupObservability({ enableTracing: false, metricsPort: 0, handleSignals: false });
  const seen = createTestObservability();
  const call = tool({ name: 'counted' }, async () => 1);
  await call();
  seen.dispose();
  await call();
  expect(seen.spans).toHaveLength(1);
  const body = await (await fetch(`http://127.0.0.1:${status.metricsPort}/metrics`)).text();
  expect(body).toContain('tool_executions_total{tool="counted",namespace="default",status="success"} 1');
  expect(trace.getTracer('user').startSpan('nobody records').isRecording()).toBe(false);
  await shutdownObservability();
});

test('a test clock refuses what is no duration', async () => {
  await expect(createTestClock().advance('soon' as never)).rejects.toThrow('TestClock.advance: duration must be');
});

test('put away, it carries no context any more: what is left on costs every promise of the process', async () => {
  const entered = jest.spyOn(AsyncLocalStorage.prototype, 'run');
  const seen = createTestObservability();
  await tool({ name: 'carried' }, async () => 1)();
  const [storage] = entered.mock.contexts as [AsyncLocalStorage<unknown>];
  entered.mockRestore();
  const within = storage.run('inside', () => {
    seen.dispose();
    return storage.getStore();
  });
  expect(within).toBeUndefined();
});

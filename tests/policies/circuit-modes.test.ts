import { circuit, CircuitOpenError, tool, type CircuitOpenData } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { observed, outcome } from '../support/observed.js';
import { down, fails, guardedBy, works, type Turn } from './guarded-tool.js';

const it = observed();
const guarded = guardedBy(it);

describe('a circuit that only watches', () => {
  test('counts and changes its state, but refuses nothing', async () => {
    const { call, all, handle, runs, metric } = guarded({ mode: 'observe', failureThreshold: 2, resetTimeout: '1s', successThreshold: 1 });
    await all(fails, fails);
    expect(handle.state).toBe('OPEN');
    expect(await call(works)).toBe('up');
    expect(await call(fails)).toBe(down);
    expect([handle.state, handle.failureCount, runs()]).toEqual(['OPEN', 2, 4]);
    expect(metric('tool_circuit_breaker_failures_total')).toBe(2);
    await it.clock.advance('1s');
    await call(works);
    expect(handle.state).toBe('CLOSED');
  });

  test('opened by hand lets everything through', async () => {
    const { call, handle } = guarded({ mode: 'observe' });
    handle.open();
    expect(await call(works)).toBe('up');
    expect(handle.state).toBe('OPEN');
  });

  test('does not cut the back-off of a retry loop short when it opens', async () => {
    const startedAt: number[] = [];
    const begin = it.clock.now();
    const options = { name: 'patient', retry: { maxRetries: 3, baseDelay: 1_000, factor: 1, jitter: 'none' as const } };
    const fn = tool({ ...options, circuitBreaker: { mode: 'observe', failureThreshold: 1 } }, async () => {
      startedAt.push(it.clock.now() - begin);
      throw down;
    });
    expect(await outcome(fn())).toBe(down);
    expect(startedAt).toEqual([0, 1_000, 2_000, 3_000]);
  });

  test('does not end the back-off of one call when another call opens it', async () => {
    const { seen, results, begun } = await openedDuringBackoff('observe');
    expect(begun).toEqual([0, 0, 5_000, 6_000]);
    expect(results).toEqual([down, down]);
    seen.dispose();
  });
});

test('a circuit that enforces does end the back-off of one call when another call opens it', async () => {
  const { seen, results, begun } = await openedDuringBackoff('enforce');
  expect(begun).toEqual([0, 0]);
  expect(results.map((result) => (result as CircuitOpenError).code)).toEqual(['CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
  seen.dispose();
});

/** Two calls: the first fails at once and waits, the second fails after a second and opens the circuit. */
async function openedDuringBackoff(mode: 'observe' | 'enforce') {
  const clock = createTestClock();
  const seen = createTestObservability({ clock });
  const begun: number[] = [];
  const retry = { maxRetries: 1, baseDelay: 5_000, jitter: 'none' } as const;
  const fn = tool({ name: `${mode}d`, retry, circuitBreaker: { mode, failureThreshold: 2 } }, async (takes: number) => {
    begun.push(clock.now());
    if (takes > 0) await new Promise<void>((resolve) => void clock.setTimer(resolve, takes));
    throw down;
  });
  const both = Promise.all([outcome(fn(0)), outcome(fn(1_000))]);
  await clock.advance('1h');
  return { seen, results: await both, begun };
}

test('a circuit that is disabled does nothing at all: no state, no check, no series that moves', async () => {
  const fn = tool({ name: 'free', circuitBreaker: { mode: 'disabled', failureThreshold: 1 } }, async () => {
    throw down;
  });
  expect([await outcome(fn()), await outcome(fn())]).toEqual([down, down]);
  expect(it.seen.spans.map(({ name }) => name)).toEqual(['tool.execute', 'tool.execute']);
  expect(it.seen.metric('tool_circuit_breaker_failures_total', { tool: 'free' }) ?? 0).toBe(0);
  const handle = circuit(fn); // works, only that nobody asks it
  handle.open();
  expect([handle.state, await outcome(fn())]).toEqual(['OPEN', down]);
});

describe('the open time', () => {
  test('doubles each time a probe fails, up to maxResetTimeout, and is the first one again once it closed', async () => {
    const { all, call } = guarded({ failureThreshold: 1, resetTimeout: '10s', maxResetTimeout: '35s', successThreshold: 1 });
    const waits: unknown[] = [];
    for (const turn of [fails, fails, fails, fails, works, fails]) {
      await all(turn);
      const refusal = turn === works ? undefined : ((await call(works)) as CircuitOpenError);
      waits.push(refusal?.retryAfterMs);
      await it.clock.advance(refusal?.retryAfterMs ?? 0);
    }
    expect(waits).toEqual([10_000, 20_000, 35_000, 35_000, undefined, 10_000]);
  });

  test('is always resetTimeout where there is no maxResetTimeout', async () => {
    const { all, call } = guarded({ failureThreshold: 1, resetTimeout: '10s' });
    for (let time = 0; time < 4; time++) {
      await all(fails);
      expect(await call(works)).toMatchObject({ retryAfterMs: 10_000 });
      await it.clock.advance('10s');
    }
  });
});

describe('a circuit with a name', () => {
  test('is one for all tools that give the name: what one does to it the others feel', async () => {
    const [one, other] = [guarded({ name: 'github', failureThreshold: 2 }), guarded({ name: 'github', failureThreshold: 2 })];
    await one.all(fails);
    await other.all(fails);
    expect(await one.call(works)).toBeInstanceOf(CircuitOpenError);
    expect([one.handle.state, other.handle.state, circuit('github').state]).toEqual(['OPEN', 'OPEN', 'OPEN']);
    circuit('github').close();
    const closed = [one, other].map(({ metric }) => metric('tool_circuit_breaker_transitions_total', { from: 'OPEN', to: 'CLOSED' }));
    expect(closed).toEqual([1, 0]); // counted once, for the tool that was called first
    expect([await one.call(works), await other.call(works)]).toEqual(['up', 'up']);
    expect([one, other].map(({ metric }) => metric('tool_circuit_breaker_failures_total'))).toEqual([1, 1]);
  });

  test('has nothing to do with one of another name', async () => {
    const [one, other] = [guarded({ name: 'github', failureThreshold: 1 }), guarded({ name: 'gitlab', failureThreshold: 1 })];
    await one.all(fails);
    await other.all(works);
    expect([circuit('github').state, circuit('gitlab').state]).toEqual(['OPEN', 'CLOSED']);
  });

  test('whose tools do not agree goes by the options of the first, and says so once', async () => {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const [one, other] = [guarded({ name: 'split', failureThreshold: 1 }), guarded({ name: 'split', failureThreshold: 5 })];
    await one.all(works);
    await other.all(fails);
    expect(circuit('split').state).toBe('OPEN');
    const said = stderr.mock.calls.map(([line]) => line as string);
    expect(said).toEqual([expect.stringContaining('tools share the circuit breaker "split" but do not agree on its options')]);
    stderr.mockRestore();
  });

  test('that goes by a rate stays open its time, whichever tool gave the last attempt', async () => {
    await it.clock.advance('1h');
    const rates = { name: 'rated', failureRate: 0.5, minimumCalls: 2 } as const;
    const [one, other] = [guarded(rates), guarded(rates)];
    await one.all(fails);
    await other.all(works);
    expect(await one.call(works)).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 60_000 });
  });
});

describe('the message of a refusal', () => {
  const slow: Turn = { gives: 'up', takes: 2_000 };
  const later = 'Try again in 60 s; before that it is refused again.';

  const rated = { total: 3, failed: 2, slow: 0 };
  const slowed = { total: 2, failed: 0, slow: 2 };

  test.each<[string, Parameters<typeof guarded>[0], Turn[], string, Partial<CircuitOpenData>]>([
    ['failures', { failureThreshold: 1 }, [fails], 'its last attempt failed', { failureCount: 1, window: null }],
    ['failures', { failureThreshold: 3 }, [fails, fails, fails], 'its last 3 attempts failed', { failureCount: 3, window: null }],
    [
      'failure_rate',
      { failureRate: 0.5, minimumCalls: 3 },
      [fails, works, fails],
      '2 of its last 3 attempts failed',
      { failureCount: 1, window: rated },
    ],
    [
      'slow_calls',
      { slowCall: '2s', window: 2 },
      [slow, slow],
      '2 of its last 2 attempts were too slow',
      { failureCount: 0, window: slowed },
    ],
  ])('says why and when to come back: %s', async (reason, options, turns, because, numbers) => {
    const why = `${because}, so its circuit is open`;
    const { all, call } = guarded({ resetTimeout: '1m', ...options }, 'search');
    await all(...turns);
    const refusal = (await call(works)) as CircuitOpenError;
    expect(refusal.message).toBe(`Tool "search" was not run: ${why}. ${later}`);
    expect(JSON.parse(JSON.stringify(refusal))).toEqual({
      name: 'CircuitOpenError',
      code: 'CIRCUIT_OPEN',
      tool: 'search',
      namespace: 'default',
      message: refusal.message,
      why,
      attempts: 0,
      retryAfterMs: 60_000,
      retryNowHelps: false,
      retryable: true,
      cause: null,
      state: 'OPEN',
      reason,
      sharedAs: null,
      ...numbers,
    });
  });

  test('names no time where it was opened by hand', async () => {
    const { call, handle } = guarded({}, 'search');
    handle.open();
    const refusal = (await call(works)) as CircuitOpenError;
    expect(refusal.message).toBe(
      'Tool "search" was not run: its circuit was opened by hand. Trying again now does not help; try again later.',
    );
    expect(refusal.toJSON()).toMatchObject({
      why: 'its circuit was opened by hand',
      reason: 'by_hand',
      retryAfterMs: null,
      retryNowHelps: false,
    });
  });

  test('names no time while a probe is under way', async () => {
    const { all, fn, call } = guarded({ failureThreshold: 1, resetTimeout: '1s' }, 'search');
    await all(fails);
    await it.clock.advance('1s');
    const probe = call(slow);
    const refusal = (await outcome(fn())) as CircuitOpenError;
    expect(refusal.message).toBe(
      'Tool "search" was not run: it did not work well before, and a trial call is finding out whether it does again. Trying again now does not help; try again later.',
    );
    expect(refusal.retryAfterMs).toBeUndefined();
    expect(await probe).toBe('up');
  });

  test('counts the attempts of a retry loop, and carries the last error', async () => {
    const options = { name: 'search', retry: { maxRetries: 5 }, circuitBreaker: { failureThreshold: 2 } };
    const fn = tool(options, async () => {
      throw down;
    });
    const refusal = (await outcome(fn())) as CircuitOpenError;
    expect(refusal.message).toMatch(/^Tool "search" failed 2 times in this call and was not run again: its last 2 attempts failed/);
    expect(refusal.cause).toBe(down);
    expect(refusal.toJSON().attempts).toBe(2);
  });
});

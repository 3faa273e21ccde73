import { getEventListeners } from 'node:events';
import { circuit, currentCall, Timeout, Tool, tool, ToolTimeoutError, type FunctionToolOptions } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { callsIn, pause, settled } from '../streams/streaming.js';
import { outcome } from '../support/observed.js';

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

let made = 0;

/** A tool that takes as long as each of these, in turn, and writes down when it began. */
function lasting(durations: readonly number[], options: Partial<FunctionToolOptions>) {
  const ranAt: number[] = [];
  const all = { name: 'lasting', namespace: `timeouts ${(made += 1)}`, ...options } as FunctionToolOptions & { cached?: undefined };
  const call = tool(all, async (_signal?: AbortSignal) => {
    ranAt.push(clock.now());
    await pause(clock, durations[Math.min(ranAt.length, durations.length) - 1]!);
    return `answer ${ranAt.length}`;
  });
  return { call, ranAt };
}

const timeouts = (scope: string): number | undefined => seen.metric('tool_timeouts_total', { tool: 'lasting', scope });

describe('the limit of an attempt', () => {
  it('ends it when its time is up, with an error that says what a caller should know', async () => {
    const { call } = lasting([5_000], { timeout: '2s' });
    const ended = outcome(call());
    await clock.advance(1_999);
    expect(callsIn(seen)).toEqual([]);
    await clock.advance(1);
    const error = (await ended) as ToolTimeoutError;
    expect(error).toBeInstanceOf(ToolTimeoutError);
    expect(error).toMatchObject({ code: 'TIMEOUT', tool: 'lasting', namespace: `timeouts ${made}`, timeoutMs: 2_000, scope: 'attempt' });
    expect(error.message).toBe(
      'Tool "lasting" gave no answer within 2 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
    );
    const { name, code, message, timeoutMs, scope } = error;
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name,
      code,
      tool: 'lasting',
      namespace: `timeouts ${made}`,
      message,
      timeoutMs,
      scope,
      during: 'running',
      mayTakeEffect: true,
      attempts: 0,
      cause: null,
      retryNowHelps: true,
      retryable: true,
    });
    expect([timeouts('attempt'), timeouts('call')]).toEqual([1, undefined]);
  });

  it('does nothing to who is done in time, and none is left waiting', async () => {
    const { call } = lasting([1_999], { timeout: '2s' });
    const ended = outcome(call());
    await clock.advance('1h');
    expect(await ended).toBe('answer 1');
    expect(timeouts('attempt')).toBe(0);
    expect(callsIn(seen)[0]!.attributes).not.toHaveProperty('tool.timeout_ms');
  });

  it('is of each attempt by itself: one that ran out of time is tried again', async () => {
    const { call, ranAt } = lasting([5_000, 5_000, 100], { timeout: '1s', retry: { maxRetries: 2, baseDelay: 500, jitter: false } });
    const ended = outcome(call());
    await clock.advance('10s');
    expect([await ended, ranAt]).toEqual(['answer 3', [0, 1_500, 3_500]]);
    expect(timeouts('attempt')).toBe(2);
    expect(seen.tree()).toMatch(/#0 ✗ Tool "lasting" gave no answer within 1 s[^]+#1 ✗ Tool "lasting" gave[^]+#2 ✓/);
    const attempts = seen.spans.filter(({ name, attributes }) => name === 'tool.execute' && !('gen_ai.tool.name' in attributes));
    expect(attempts.map(({ attributes }) => attributes['tool.timeout_ms'])).toEqual([1_000, 1_000, undefined]);
    expect(callsIn(seen)[0]!.attributes).not.toHaveProperty('tool.timeout_ms');
  });

  it('counts for the circuit like any failure', async () => {
    const { call } = lasting([5_000], { timeout: '1s', circuitBreaker: { failureThreshold: 2 } });
    for (let turn = 0; turn < 2; turn++) {
      const ended = outcome(call());
      await clock.advance('1s');
      expect(await ended).toMatchObject({ code: 'TIMEOUT' });
    }
    expect(circuit(call).state).toBe('OPEN');
    expect(seen.metric('tool_circuit_breaker_failures_total', { tool: 'lasting' })).toBe(2);
    expect(await outcome(call())).toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  it('throws late results away, errors too', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const late = tool({ name: 'late', timeout: '1s' }, async (fails: boolean) => {
      await pause(clock, 2_000);
      if (fails) throw new Error('late');
      return 'late';
    });
    const ended = [outcome(late(false)), outcome(late(true))];
    await clock.advance('1h');
    await settled();
    expect(await Promise.all(ended)).toEqual([expect.any(ToolTimeoutError), expect.any(ToolTimeoutError)]);
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });

  it('is the same for methods, and `this` and arguments are kept', async () => {
    class Service {
      name = 'service';

      @Tool('serve')
      @Timeout('1s')
      async serve(ms: number) {
        await pause(clock, ms);
        return `${this.name} ${ms}`;
      }
    }
    const [well, late] = [outcome(new Service().serve(999)), outcome(new Service().serve(1_001))];
    await clock.advance('2s');
    expect([await well, await late]).toEqual(['service 999', expect.any(ToolTimeoutError)]);
  });
});

describe('the caller’s signal beside a time limit', () => {
  it('still ends what listens to it, and is the reason', async () => {
    const gone = new Error('user left');
    const listening = tool({ name: 'listening', timeout: { attempt: '1m', total: '2m' }, retry: 3 }, async (_: AbortSignal) => {
      const { signal } = currentCall()!;
      return new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)));
    });
    const abort = new AbortController();
    const ended = outcome(listening(abort.signal));
    await clock.advance('1s');
    abort.abort(gone);
    expect(await ended).toBe(gone);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    expect(seen.metric('tool_retry_attempts_total', { tool: 'listening' })).toBe(1);
    expect(seen.metric('tool_timeouts_total', { tool: 'listening' })).toBe(0);
  });

  it.each([
    ['is done', 100],
    ['ran out of time', 2_000],
  ])('keeps no listener of a call that %s', async (_how, ms) => {
    const { signal } = new AbortController();
    const looking = tool({ name: 'looking', timeout: { attempt: '1s', total: '5s' }, retry: 1 }, async (_: AbortSignal) => {
      expect(currentCall()!.signal).not.toBe(signal);
      await pause(clock, ms);
    });
    const ended = outcome(looking(signal));
    await settled();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await clock.advance('1h');
    expect(await ended).toEqual(ms === 100 ? undefined : expect.any(ToolTimeoutError));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('the signal of the current call', () => {
  it('aborts with the error when the time is up, though the caller gave none', async () => {
    let signal: AbortSignal | undefined;
    const looking = tool({ name: 'looking', namespace: 'signals', timeout: '1s' }, async () => {
      signal = currentCall()!.signal;
      await pause(clock, 5_000);
    });
    const ended = outcome(looking());
    await clock.advance(999);
    expect(signal!.aborted).toBe(false);
    await clock.advance(1);
    expect(signal!.aborted).toBe(true);
    expect(signal!.reason).toBe(await ended);
  });

  it('has aborted for who looks only afterwards, and never aborts for who was done in time', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const looking = tool({ name: 'looking late', timeout: '1s' }, async (ms: number) => {
      await pause(clock, ms);
      signals.push(currentCall()!.signal);
    });
    const ended = [outcome(looking(500)), outcome(looking(5_000))];
    await clock.advance('1h');
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, true]);
    expect(signals[1]!.reason).toBe(await ended[1]);
  });

  it('is made only for who looks at it', async () => {
    const original = AbortController;
    const construct = jest.fn(() => new original());
    globalThis.AbortController = construct;
    try {
      const looking = tool({ name: 'looking or not', timeout: { attempt: '1s', total: '5s' } }, async (looks: boolean, ms: number) => {
        if (looks) expect(currentCall()!.signal).toBe(currentCall()!.signal);
        await pause(clock, ms);
      });
      for (const ms of [10, 2_000]) void outcome(looking(false, ms));
      await clock.advance('1h');
      expect(construct).not.toHaveBeenCalled();
      await Promise.all([looking(true, 0), clock.advance(0)]);
      expect(construct).toHaveBeenCalledTimes(1);
    } finally {
      globalThis.AbortController = original;
    }
  });
});

import { getEventListeners } from 'node:events';
import type { Call } from '../../src/core/call.js';
import { CircuitOpenError, ConfigurationError, RateLimitError } from '../../src/core/errors.js';
import { isOwnRefusal, refusalOf } from '../../src/core/refusals.js';
import { retry, retryDefaults, type ResolvedRetry, type RetryDeps } from '../../src/policies/retry/retry.js';
import { createTestClock, type TestClock } from '../../src/testing/test-clock.js';
import { fakeCall, laid, scriptedNext, throwing } from '../support/fake-call.js';

const down = new Error('down');
const subject = { tool: 'other', namespace: 'web' };

interface Setting {
  readonly options?: Partial<ResolvedRetry>;
  readonly deps?: Partial<RetryDeps>;
}

/** A retry loop around these outcomes, under a clock that moves on by itself or with the test. */
function retryingTool({ options, deps }: Setting, ...outcomes: ((call: Call) => unknown)[]) {
  const clock = deps?.clock ?? createTestClock({ autoAdvance: true });
  const onBroken = jest.fn<undefined, [string, unknown, Call]>();
  const { next, calls } = scriptedNext(...outcomes);
  const startedAt: number[] = [];
  const timed = (call: Call): unknown => {
    startedAt.push(clock.now());
    return next(call);
  };
  const row = laid(retry({ ...retryDefaults, jitter: false, ...options }, { clock, random: () => 0.5, onBroken, ...deps }))(timed);
  const call = async (args: readonly unknown[] = []): Promise<unknown> => row(fakeCall(args));
  return { call, calls, startedAt, onBroken };
}

/** An error that names its own wait. */
const busyFor = (retryAfterMs: unknown): Error => Object.assign(new Error('busy'), { retryAfterMs });

describe('a retrying tool', () => {
  it('runs once where it succeeds, and returns the result', async () => {
    const value = {};
    const { call, calls } = retryingTool({}, () => value);
    expect(await call()).toBe(value);
    expect(calls).toHaveLength(1);
  });

  it('returns the first success', async () => {
    const { call, calls, onBroken } = retryingTool({}, throwing(down), throwing(down), () => 'up');
    expect(await call()).toBe('up');
    expect(calls).toHaveLength(3);
    expect(onBroken).not.toHaveBeenCalled();
  });

  it.each([
    [0, 1],
    [1, 2],
    [3, 4],
  ])('runs with maxRetries %p at most %p times, then throws the last error itself', async (maxRetries, runs) => {
    const last = new Error('last');
    const outcomes = [...Array.from({ length: runs - 1 }, () => throwing(down)), throwing(last), () => 'too late'];
    const { call, calls } = retryingTool({ options: { maxRetries } }, ...outcomes);
    await expect(call()).rejects.toBe(last);
    expect(calls).toHaveLength(runs);
  });

  it('counts attempts from 0 and hands on what the one before ended with', async () => {
    const [first, second] = [new Error('first'), new Error('second')];
    const { call, calls } = retryingTool({}, throwing(first), throwing(second), () => 'up');
    await call(['query']);
    expect(calls.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
    expect(calls.map(({ previousError }) => previousError)).toEqual([undefined, first, second]);
    expect(new Set(calls.map(({ origin }) => origin)).size).toBe(1);
    expect(calls.map(({ args }) => args)).toEqual([['query'], ['query'], ['query']]);
  });

  it('waits longer and longer, up to maxDelay', async () => {
    const options = { maxRetries: 5, baseDelay: 100, factor: 3, maxDelay: 1_000 };
    const { call, startedAt } = retryingTool({ options }, throwing(down));
    await expect(call()).rejects.toBe(down);
    expect(startedAt).toEqual([0, 100, 400, 1_300, 2_300, 3_300]);
  });

  it('retries 3 times after 200, 400 and 800 ms with full jitter by default', async () => {
    const { call, startedAt } = retryingTool({ options: retryDefaults }, throwing(down));
    await expect(call()).rejects.toBe(down);
    expect(startedAt).toEqual([0, 100, 300, 700]);
    expect(retryDefaults).toEqual({ maxRetries: 3, baseDelay: 200, maxDelay: 10_000, factor: 2, jitter: true });
  });

  it.each([[undefined], [null], ['stop'], [0]])('retries a thrown %p, and throws it as it is', async (thrown) => {
    const { call, calls } = retryingTool({ options: { maxRetries: 1 } }, throwing(thrown));
    await expect(call()).rejects.toBe(thrown);
    expect(calls).toHaveLength(2);
  });

  it('throws an error whose members cannot be read as it is', async () => {
    const trap = { get: throwing(new Error('trap')) };
    const error = Object.defineProperties(new Error('odd'), { name: trap, retryAfterMs: trap });
    const { call } = retryingTool({}, throwing(error));
    await expect(call().catch((thrown: unknown) => thrown === error)).resolves.toBe(true);
  });
});

describe('retryIf', () => {
  it('decides which errors are worth another attempt', async () => {
    const fatal = new Error('fatal');
    const retryIf = jest.fn((error: unknown) => error === down);
    const { call, calls } = retryingTool({ options: { retryIf } }, throwing(down), throwing(fatal));
    await expect(call()).rejects.toBe(fatal);
    expect(calls).toHaveLength(2);
    expect(retryIf.mock.calls).toEqual([
      [down, 0],
      [fatal, 1],
    ]);
  });

  it('counts as not given where it throws, and that is said', async () => {
    const broken = new TypeError('no status');
    const { call, calls, onBroken } = retryingTool({ options: { retryIf: throwing(broken) } }, throwing(down), () => 'up');
    expect(await call()).toBe('up');
    expect(onBroken.mock.calls).toEqual([['retryIf', broken, calls[0]]]);
  });
});

describe('retryAfterMs of an error', () => {
  it.each([[0], [7], [3_000], [10_000]])('replaces the back-off: %p', async (retryAfterMs) => {
    const { call, startedAt } = retryingTool({}, throwing(busyFor(retryAfterMs)), () => 'up');
    expect(await call()).toBe('up');
    expect(startedAt).toEqual([0, retryAfterMs]);
  });

  it('is not shortened by jitter', async () => {
    const { call, startedAt } = retryingTool({ options: { jitter: true } }, throwing(busyFor(3_000)), () => 'up');
    await call();
    expect(startedAt).toEqual([0, 3_000]);
  });

  it.each([[10_001], [Infinity]])('ends the call with that error where it exceeds maxDelay: %p', async (retryAfterMs) => {
    const error = busyFor(retryAfterMs);
    const { call, startedAt } = retryingTool({}, throwing(error), () => 'up');
    await expect(call()).rejects.toBe(error);
    expect(startedAt).toEqual([0]);
  });

  it.each([[undefined], [NaN], [-1], ['3000'], [null]])('is nothing to go by: %p', async (retryAfterMs) => {
    const { call, startedAt } = retryingTool({}, throwing(busyFor(retryAfterMs)), () => 'up');
    await call();
    expect(startedAt).toEqual([0, 200]);
  });
});

describe('what is never retried', () => {
  const always = jest.fn(() => true);
  beforeEach(() => always.mockClear());

  it("is the call's own refusal", async () => {
    const { call, calls } = retryingTool({ options: { retryIf: always } }, (inner) => {
      throw refusalOf(inner, new CircuitOpenError(subject, 5, 1));
    });
    await expect(call()).rejects.toBeInstanceOf(CircuitOpenError);
    expect(calls).toHaveLength(1);
  });

  it('is a ConfigurationError, whatever retryIf says', async () => {
    const error = new ConfigurationError('returned no promise', subject);
    const { call, calls } = retryingTool({ options: { retryIf: always } }, throwing(error));
    await expect(call()).rejects.toBe(error);
    expect(calls).toHaveLength(1);
    expect(always).not.toHaveBeenCalled();
  });

  it('is an AbortError where no signal is to be seen', async () => {
    const error = new DOMException('stopped', 'AbortError');
    const { call, calls } = retryingTool({ options: { retryIf: always } }, throwing(error));
    await expect(call()).rejects.toBe(error);
    expect(calls).toHaveLength(1);
  });

  it('is any error after the caller aborted', async () => {
    const controller = new AbortController();
    const { call, calls } = retryingTool({ options: { retryIf: always } }, () => {
      controller.abort();
      throw down;
    });
    await expect(call([{ signal: controller.signal }])).rejects.toBe(down);
    expect(calls).toHaveLength(1);
  });
});

describe('what is retried like any error', () => {
  it('is the refusal of another tool inside the method', async () => {
    const refusal = refusalOf(fakeCall(), new RateLimitError(subject, 'tool_limit', 50));
    const { call, startedAt, calls } = retryingTool({}, throwing(refusal), () => 'up');
    expect(await call()).toBe('up');
    expect(startedAt).toEqual([0, 50]);
    expect(isOwnRefusal(calls[0]!, refusal)).toBe(false);
  });

  it('is an AbortError under a signal that did not abort', async () => {
    const { signal } = new AbortController();
    const { call, calls } = retryingTool({}, throwing(new DOMException('too slow', 'AbortError')), () => 'up');
    expect(await call([signal])).toBe('up');
    expect(calls).toHaveLength(2);
  });
});

describe('an abort during the back-off', () => {
  async function abortedAfter(milliseconds: number, clock: TestClock) {
    const controller = new AbortController();
    const reason = new Error('user left');
    const tool = retryingTool({ deps: { clock } }, throwing(down), () => 'up');
    const result = tool.call([controller.signal]);
    result.catch(() => undefined);
    await clock.advance(milliseconds);
    const { signal } = controller;
    const listening = getEventListeners(signal, 'abort').length;
    controller.abort(reason);
    return { ...tool, result, reason, signal, listening };
  }

  it('ends the call at once with the reason of the signal', async () => {
    const clock = createTestClock();
    const { result, reason, calls } = await abortedAfter(150, clock);
    await expect(result).rejects.toBe(reason);
    expect(clock.now()).toBe(150);
    await clock.advance('1h');
    expect(calls).toHaveLength(1);
  });

  it('leaves no listener behind, nor does a wait that ends by itself', async () => {
    const clock = createTestClock();
    const { result, listening, signal } = await abortedAfter(150, clock);
    expect(listening).toBe(1);
    await expect(result).rejects.toThrow('user left');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);

    const after = new AbortController().signal;
    const { call } = retryingTool({}, throwing(down), throwing(down), () => 'up');
    expect(await call([after])).toBe('up');
    expect(getEventListeners(after, 'abort')).toHaveLength(0);
  });
});

describe('above an open circuit', () => {
  it('the loop asks once more, without a wait, and ends with the refusal', async () => {
    let open = false;
    const refuses = jest.fn(() => open);
    const refusal = new CircuitOpenError(subject, 5, 60_000);
    const { call, startedAt } = retryingTool({ deps: { refuses } }, throwing(down), (inner) => {
      if (inner.attempt === 1) open = true;
      throw inner.attempt === 1 ? down : refusalOf(inner, refusal);
    });
    await expect(call()).rejects.toBe(refusal);
    expect(startedAt).toEqual([0, 200, 200]);
    expect(refuses.mock.calls).toEqual([[0], [200]]);
  });

  it('that opens during a back-off the wait is over at once', async () => {
    const clock = createTestClock();
    const waiting = new Set<() => void>();
    const onRefusing: RetryDeps['onRefusing'] = (callback) => {
      waiting.add(callback);
      return () => waiting.delete(callback);
    };
    const refusal = new CircuitOpenError(subject, 5, 60_000);
    const { call, startedAt } = retryingTool({ deps: { clock, refuses: () => false, onRefusing } }, throwing(down), (inner) => {
      throw refusalOf(inner, refusal);
    });
    const result = call();
    result.catch(() => undefined);
    await clock.advance(50);
    expect(waiting.size).toBe(1);
    for (const wake of waiting) wake();
    await expect(result).rejects.toBe(refusal);
    expect(startedAt).toEqual([0, 50]);
    expect(waiting.size).toBe(0);
  });
});

import { getEventListeners } from 'node:events';
import { tool, type FunctionToolOptions } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { observed, outcome } from '../support/observed.js';

const it = observed();

const down = new Error('down');

/** Gives or throws what its turn says; the last turn for ever. */
type Turn = () => unknown;
const fails: Turn = () => {
  throw down;
};
const works: Turn = () => 'up';

let made = 0;

/** A tool that retries, and when its runs began, in milliseconds from the first. */
function retrying(retry: FunctionToolOptions['retry'], ...turns: Turn[]) {
  const name = `retrying-${++made}`;
  const begun: number[] = [];
  const fn = tool({ name, retry }, async (_signal?: AbortSignal) => {
    begun.push(it.clock.now());
    return turns[Math.min(begun.length, turns.length) - 1]!();
  });
  return {
    call: (signal?: AbortSignal) => outcome(fn(signal)),
    begun: () => begun.map((at) => at - begun[0]!),
    metric: (metric: string, labels = {}) => it.seen.metric(metric, { tool: name, ...labels }),
  };
}

describe('the back-off of a tool', () => {
  test.each([
    ['none', [0, 200, 600, 1_400]],
    [false, [0, 200, 600, 1_400]],
    ['full', [0, 100, 300, 700]],
    [true, [0, 100, 300, 700]],
    ['equal', [0, 150, 450, 1_050]],
    ['decorrelated', [0, 400, 1_100, 2_250]],
  ] as const)('goes by its jitter, with the random numbers handed in: %p', async (jitter, times) => {
    const { call, begun } = retrying({ maxRetries: 3, jitter }, fails);
    expect(await call()).toBe(down);
    expect(begun()).toEqual(times);
  });

  test('of decorrelated jitter goes on from what an error asked for, and not below baseDelay after no wait at all', async () => {
    const asks = (retryAfterMs: number): Turn => {
      return () => {
        throw Object.assign(new Error('busy'), { retryAfterMs });
      };
    };
    const long = retrying({ jitter: 'decorrelated' }, asks(1_000), fails, works);
    expect(await long.call()).toBe('up');
    expect(long.begun()).toEqual([0, 1_000, 2_600]);
    const none = retrying({ jitter: 'decorrelated' }, asks(0), fails, works);
    expect(await none.call()).toBe('up');
    expect(none.begun()).toEqual([0, 0, 200]);
  });
});

describe('retryIf', () => {
  test('is asked with the error and the number of the attempt that failed, from 0', async () => {
    const retryIf = jest.fn((_error: unknown, attempt: number) => attempt < 2);
    const { call, begun } = retrying({ maxRetries: 9, retryIf }, fails);
    expect(await call()).toBe(down);
    expect(begun()).toHaveLength(3);
    expect(retryIf.mock.calls).toEqual([
      [down, 0],
      [down, 1],
      [down, 2],
    ]);
  });

  test('is not asked where attempts are used up', async () => {
    const retryIf = jest.fn(() => true);
    const { call } = retrying({ maxRetries: 1, retryIf }, fails);
    expect(await call()).toBe(down);
    expect(retryIf).toHaveBeenCalledTimes(1);
  });
});

describe('retryResult', () => {
  const pending = { state: 'pending' };
  const done = { state: 'done' };
  const retryResult = (result: unknown): boolean => result === pending;

  test('runs the tool again until there is a result', async () => {
    const { call, begun } = retrying(
      { retryResult, jitter: 'none' },
      () => pending,
      () => pending,
      () => done,
    );
    expect(await call()).toBe(done);
    expect(begun()).toEqual([0, 200, 600]);
  });

  test('is asked with the result and the number of the attempt, and never about an error', async () => {
    const asked = jest.fn((result: unknown, _attempt: number) => result === pending);
    const { call } = retrying(
      { retryResult: asked },
      () => pending,
      fails,
      () => done,
    );
    expect(await call()).toBe(done);
    expect(asked.mock.calls).toEqual([
      [pending, 0],
      [done, 2],
    ]);
  });

  test('gives the last result where attempts are used up: no error is made of it', async () => {
    const last = { state: 'pending' };
    const { call, begun, metric } = retrying(
      { maxRetries: 1, retryResult: () => true },
      () => pending,
      () => last,
    );
    expect(await call()).toBe(last);
    expect(begun()).toHaveLength(2);
    expect(metric('tool_executions_total', { status: 'success' })).toBe(1);
  });

  test('goes by what a result asks for, and gives a result that asks for too long', async () => {
    const unavailable = (seconds: string) => new Response(null, { status: 503, headers: { 'Retry-After': seconds } });
    const isUnavailable = (answer: unknown): boolean => (answer as Response).status === 503;
    const short = retrying(
      { retryResult: isUnavailable },
      () => unavailable('3'),
      () => new Response('up'),
    );
    expect(await short.call()).toMatchObject({ status: 200 });
    expect(short.begun()).toEqual([0, 3_000]);
    const long = retrying({ retryResult: isUnavailable, maxDelay: '2s' }, () => unavailable('3'), works);
    expect(await long.call()).toMatchObject({ status: 503 });
    expect(long.begun()).toEqual([0]);
  });
});

describe('what an HTTP error asks for', () => {
  const status = (headers: unknown): Turn => {
    return () => {
      throw Object.assign(new Error('503'), { status: 503, headers });
    };
  };

  test('replaces the back-off, in seconds or as a date', async () => {
    const inFive = (): unknown => ({ 'retry-after': new Date(it.clock.wallTime() + 5_000).toUTCString() });
    const seconds = retrying({}, status({ 'retry-after': '2' }), works);
    const date = retrying({}, () => status(inFive())(), works);
    expect([await seconds.call(), await date.call()]).toEqual(['up', 'up']);
    expect([seconds.begun(), date.begun()]).toEqual([
      [0, 2_000],
      [0, 5_000],
    ]);
  });

  test('ends the call with that error where it is longer than maxDelay', async () => {
    const { call, begun } = retrying({ maxDelay: '1s' }, status({ 'retry-after': '2' }), works);
    expect(await call()).toMatchObject({ message: '503' });
    expect(begun()).toEqual([0]);
  });
});

describe('maxElapsed', () => {
  test('is never slept past: a wait that would end later ends the call at once', async () => {
    const begin = it.clock.now();
    const { call, begun } = retrying({ maxRetries: 9, jitter: 'none', maxElapsed: 1_399 }, fails);
    expect(await call()).toBe(down);
    expect(begun()).toEqual([0, 200, 600]);
    expect(it.clock.now() - begin).toBe(600);
  });

  test('lets a retry begin at its very end, and none after it', async () => {
    const { call, begun } = retrying({ maxRetries: 9, jitter: 'none', maxElapsed: 1_400 }, fails);
    expect(await call()).toBe(down);
    expect(begun()).toEqual([0, 200, 600, 1_400]);
  });

  test('counts the time that attempts take, and does not cut them short', async () => {
    const slow: Turn = async () => {
      await it.clock.advance(900);
      throw down;
    };
    const { call, begun } = retrying({ maxRetries: 9, baseDelay: 100, jitter: 'none', maxElapsed: '1s' }, slow);
    expect(await call()).toBe(down);
    expect(begun()).toEqual([0, 1_000]);
  });

  test('holds for what an error asks for, too, and begins anew with each call', async () => {
    const asks: Turn = () => {
      throw Object.assign(new Error('busy'), { retryAfterMs: 600 });
    };
    const { call, begun } = retrying({ maxRetries: 9, maxElapsed: '1s' }, asks);
    await call();
    expect(begun()).toEqual([0, 600]);
    await call();
    expect(begun()).toEqual([0, 600, 600, 1_200]);
  });
});

test('a caller who aborts during a back-off is answered at once with the reason, and nothing is left behind', async () => {
  const clock = createTestClock();
  const seen = createTestObservability({ clock, random: () => 0.5 });
  const run = jest.fn(fails);
  const fn = tool({ name: 'abortable', retry: { maxRetries: 3, baseDelay: 1_000 } }, async (_signal: AbortSignal) => run());
  const controller = new AbortController();
  const reason = new Error('user left');
  const result = outcome(fn(controller.signal));
  await clock.advance(499);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  controller.abort(reason);
  expect(await result).toBe(reason);
  expect(clock.now()).toBe(499);
  await clock.advance('1h');
  expect(run).toHaveBeenCalledTimes(1);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  expect(seen.metric('tool_retry_calls_total', { tool: 'abortable', kind: 'failed_with_retry' })).toBe(1);
  seen.dispose();
});

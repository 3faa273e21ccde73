import { defaultMaxListeners, getEventListeners } from 'node:events';
import { RateLimitError, tool } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { outcome } from '../support/observed.js';
import { counted, settled } from '../streams/streaming.js';

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

const reason = new Error('the user went away');

/** The ways of handing over a signal. */
const ways: [string, (signal: AbortSignal) => unknown][] = [
  ['as an argument', (signal) => signal],
  ['as an option', (signal) => ({ signal, limit: 3 })],
];

/** What a promise came to so far. */
function watch(promise: Promise<unknown>): { result: unknown } {
  const watched = { result: 'waiting' as unknown };
  promise.then(
    (value) => (watched.result = value),
    (error: unknown) => (watched.result = error),
  );
  return watched;
}

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe.each(ways)('a signal %s', (way, hand) => {
  test('ends a back-off at once, with its reason', async () => {
    let runs = 0;
    const failing = tool(
      { name: 'failing', namespace: `0 ${way}`, retry: { maxRetries: 3, baseDelay: '10s', jitter: false } },
      async (_: unknown) => {
        runs += 1;
        throw new Error('down');
      },
    );
    const abort = new AbortController();
    const call = watch(failing(hand(abort.signal)));
    await clock.advance('1s');
    expect([call.result, listeners(abort.signal)]).toEqual(['waiting', 1]);
    abort.abort(reason);
    await settled();
    expect(call.result).toBe(reason);
    await clock.advance('1h');
    expect([runs, listeners(abort.signal)]).toEqual([1, 0]);
    expect(seen.metric('tool_retry_attempts_total', { tool: 'failing' })).toBe(1);
  });

  test('ends the wait for the rate limit at once, with its reason, and those behind keep their moment', async () => {
    const limited = tool(
      { name: 'limited', namespace: `1 ${way}`, rateLimited: { limit: 1, per: '1m', maxWait: '1h' } },
      async (_: unknown) => 'ran',
    );
    await limited('first');
    const abort = new AbortController();
    const [call, next] = [watch(limited(hand(abort.signal))), watch(limited('next'))];
    await clock.advance('1s');
    abort.abort(reason);
    await settled();
    expect(call.result).toBe(reason);
    expect(listeners(abort.signal)).toBe(0);
    await clock.advance('119s');
    expect(next.result).toBe('ran');
    expect(seen.tree()).toContain('limited ✗ the user went away\n└── tool.rate_limit.check');
  });

  test('ends a follower’s wait at once, with its reason, and the leader runs on', async () => {
    let land!: (value: string) => void;
    const slow = tool(
      { name: 'slow', namespace: `2 ${way}`, cached: { key: () => 'key' } },
      async (_: unknown) => new Promise((resolve) => (land = resolve)),
    );
    const leader = watch(slow('leader'));
    const abort = new AbortController();
    const follower = watch(slow(hand(abort.signal)));
    await settled();
    abort.abort(reason);
    await settled();
    expect([leader.result, follower.result, listeners(abort.signal)]).toEqual(['waiting', reason, 0]);
    land('landed');
    await settled();
    expect(leader.result).toBe('landed');
    expect(await slow('later')).toBe('landed');
  });

  test('of an aborted leader has one follower lead, which the others follow', async () => {
    const runs: string[] = [];
    const obeying = tool(
      { name: 'obeying', namespace: `3 ${way}`, cached: { key: () => 'key' } },
      async (name: string, ...given: unknown[]) => {
        runs.push(name);
        const signal = [given[0], (given[0] as { signal?: unknown } | undefined)?.signal].find((one) => one instanceof AbortSignal);
        return new Promise((resolve, reject) => {
          if (!signal) return void clock.setTimer(() => resolve(name), 1_000);
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        });
      },
    );
    const abort = new AbortController();
    const calls = [watch(obeying('leader', hand(abort.signal))), watch(obeying('second')), watch(obeying('third'))];
    await settled();
    expect(runs).toEqual(['leader']);
    abort.abort(reason);
    await clock.advance('1s');
    expect(calls.map(({ result }) => result)).toEqual([reason, 'second', 'second']);
    expect(runs).toEqual(['leader', 'second']);
  });

  test('is no part of the cache key', async () => {
    let runs = 0;
    const cached = tool({ name: 'cached', namespace: `4 ${way}`, cached: '1m' }, async (_query: string, _options: unknown) => (runs += 1));
    const options = (): unknown => hand(new AbortController().signal);
    expect([await cached('a', options()), await cached('a', options()), await cached('b', options())]).toEqual([1, 1, 2]);
  });

  test('that aborted is neither tried again nor counted by the circuit, whatever the method then throws', async () => {
    const abort = new AbortController();
    let runs = 0;
    const failing = tool(
      { name: 'failing', namespace: `5 ${way}`, retry: { maxRetries: 3, baseDelay: 0 }, circuitBreaker: { failureThreshold: 1 } },
      async (_: unknown) => {
        runs += 1;
        abort.abort(reason);
        throw new TypeError('connection torn');
      },
    );
    await expect(failing(hand(abort.signal))).rejects.toThrow('connection torn');
    expect(runs).toBe(1);
    expect(seen.metric('tool_circuit_breaker_failures_total', { tool: 'failing' })).toBe(0);
    expect(counted(seen, 'failing')).toEqual({ success: 0, error: 1 });
    await outcome(failing('without a signal'));
    expect(runs).toBe(2);
  });

  test('that had aborted before the call waits for nothing', async () => {
    const signal = AbortSignal.abort(reason);
    const limited = tool(
      { name: 'limited', namespace: `6 ${way}`, rateLimited: { limit: 1, per: '1m', maxWait: '1h' } },
      async (_: unknown) => 'ran',
    );
    await limited('first');
    expect(await outcome(limited(hand(signal)))).toBe(reason);
    const failing = tool({ name: 'failing', namespace: `6 ${way}`, retry: 3 }, async (_: unknown) => Promise.reject(new Error('down')));
    expect(await outcome(failing(hand(signal)))).toMatchObject({ message: 'down' });
    expect(listeners(signal)).toBe(0);
  });

  test('ends the wait of a stream’s first question', async () => {
    const stream = tool(
      { name: 'stream', namespace: `7 ${way}`, retry: { maxRetries: 1, baseDelay: '10s' } },
      async function* (_: unknown) {
        throw new Error('down');
        yield 1;
      },
    );
    const abort = new AbortController();
    const first = watch(stream(hand(abort.signal)).next());
    await settled();
    abort.abort(reason);
    await settled();
    expect([first.result, listeners(abort.signal)]).toEqual([reason, 0]);
  });
});

test('an AbortError under a signal that did not abort is the tool’s own time limit: tried again, and counted', async () => {
  let runs = 0;
  const timing = tool({ name: 'timing', retry: { maxRetries: 1, baseDelay: 0 }, circuitBreaker: {} }, async (_: AbortSignal) => {
    runs += 1;
    throw new DOMException('too slow', 'AbortError');
  });
  await expect(timing(new AbortController().signal)).rejects.toThrow('too slow');
  expect(runs).toBe(2);
  expect(seen.metric('tool_circuit_breaker_failures_total', { tool: 'timing' })).toBe(2);
});

test('AbortSignal.timeout() and AbortSignal.any() are signals like others', async () => {
  const failing = tool({ name: 'given up', retry: { maxRetries: 3, baseDelay: '10s' } }, async (_: AbortSignal) =>
    Promise.reject(new Error('down')),
  );
  const abort = new AbortController();
  const any = AbortSignal.any([abort.signal, new AbortController().signal]);
  const calls = [watch(failing(any)), watch(failing(AbortSignal.timeout(1)))];
  await settled();
  abort.abort(reason);
  while (calls.some(({ result }) => result === 'waiting')) await settled();
  expect(calls.map(({ result }) => result)).toEqual([reason, expect.objectContaining({ name: 'TimeoutError' })]);
});

test('a thousand calls that wait under one signal stay below the number of listeners that Node warns of, and leave none', async () => {
  const { signal } = new AbortController();
  const crowded = tool({ name: 'crowded', rateLimited: { limit: 100, per: '1s', maxWait: '1m' } }, async (_: AbortSignal) => 'ran');
  const calls = Promise.all(Array.from({ length: 1_000 }, () => crowded(signal)));
  await settled();
  const meanwhile = listeners(signal);
  await clock.advance('1m');
  expect(new Set(await calls)).toEqual(new Set(['ran']));
  expect(listeners(signal)).toBe(0);
  expect(meanwhile).toBeLessThanOrEqual(defaultMaxListeners);
});

test('a refusal leaves no listener', async () => {
  const { signal } = new AbortController();
  const limited = tool({ name: 'refused', rateLimited: { limit: 1, per: '1h', maxWait: '1s' } }, async (_: AbortSignal) => 'ran');
  await limited(signal);
  await expect(limited(signal)).rejects.toThrow(RateLimitError);
  expect(listeners(signal)).toBe(0);
});

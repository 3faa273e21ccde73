import { getEventListeners } from 'node:events';
import type { Call, Observer, Run } from '../../src/core/call.js';
import { RateLimitError } from '../../src/core/errors.js';
import { refusalOf } from '../../src/core/refusals.js';
import { cache } from '../../src/policies/cache/cache.js';
import type { CacheEntry } from '../../src/policies/cache/cache-entry.js';
import { cacheDefaults } from '../../src/policies/cache/cache-options.js';
import { keyMaker } from '../../src/policies/cache/call-key.js';
import { Flights } from '../../src/policies/cache/flights.js';
import { Lookup } from '../../src/policies/cache/lookup.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { fakeCall, heldNext, laid, recordingObserver, scriptedNext, throwing } from '../support/fake-call.js';

function cached(next: Run): Run {
  const onBroken = (): undefined => undefined;
  const store = memoryStore<CacheEntry>({ maxEntries: 10 });
  return laid(
    cache(cacheDefaults, {
      clock: createTestClock(),
      random: () => 0.5,
      lookup: new Lookup(keyMaker(cacheDefaults), store, onBroken),
      store,
      flights: new Flights(),
      refuseStream: () => new Error('a stream'),
      onBroken,
    }),
  )(next);
}

/** Calls with equal arguments, entered one after the other; each has a signal of its own. */
function enter(row: Run, count: number, observer?: Observer) {
  const controllers = Array.from({ length: count }, () => new AbortController());
  const calls = controllers.map(({ signal }) => fakeCall(['query', { signal }], observer && { observer }));
  const results = calls.map(async (call) => row(call));
  for (const result of results) result.catch(() => undefined);
  return { controllers, calls, results };
}

/** Until promises that are ready have run their course. */
const settled = (): Promise<void> => createTestClock().advance(0);

describe('concurrent misses of one key', () => {
  it('run the tool once and share its result', async () => {
    const { next, runs } = heldNext();
    const { results } = enter(cached(next), 3);
    await settled();
    expect(runs).toHaveLength(1);
    const value = {};
    runs[0]!.resolve(value);
    for (const result of results) expect(await result).toBe(value);
    expect(runs).toHaveLength(1);
  });

  it('share the error of that run, the very same', async () => {
    const { next, runs } = heldNext();
    const { results } = enter(cached(next), 3);
    const error = new Error('down');
    runs[0]!.reject(error);
    for (const result of results) await expect(result).rejects.toBe(error);
    expect(runs).toHaveLength(1);
  });

  it('do not hold up calls with another key', async () => {
    const { next, runs } = heldNext();
    const row = cached(next);
    enter(row, 1);
    const other = row(fakeCall(['other']));
    expect(runs).toHaveLength(2);
    runs[1]!.resolve('done');
    expect(await other).toBe('done');
  });

  it('are over with the run: the next call is served or runs anew', async () => {
    const { next, runs } = heldNext();
    const row = cached(next);
    const failed = enter(row, 1).results[0];
    runs[0]!.reject(new Error('down'));
    await expect(failed).rejects.toThrow('down');
    const retried = enter(row, 1).results[0];
    expect(runs).toHaveLength(2);
    runs[1]!.resolve('up');
    expect(await retried).toBe('up');
    expect(await enter(row, 1).results[0]).toBe('up');
    expect(runs).toHaveLength(2);
  });

  it('report a miss each, one set, and who follows whom', async () => {
    const { next, runs } = heldNext();
    const observer = recordingObserver();
    const { results, calls } = enter(cached(next), 2, observer);
    runs[0]!.resolve('done');
    await Promise.all(results);
    expect(observer.events).toEqual([
      { type: 'cache.lookup', startedAt: 0, hit: false },
      { type: 'cache.lookup', startedAt: 0, hit: false },
      { type: 'cache.coalesced', leader: calls[0] },
      { type: 'cache.set', startedAt: 0, ttlMs: 300_000 },
    ]);
  });
});

describe('a leader that its own caller aborts', () => {
  const aborted = new Error('caller left');

  it('passes the lead to exactly one follower, whose result the others share', async () => {
    const { next, runs } = heldNext();
    const { controllers, calls, results } = enter(cached(next), 4);
    controllers[0]!.abort(aborted);
    runs[0]!.reject(aborted);
    await settled();
    expect(runs.map(({ call }) => call)).toEqual([calls[0], calls[1]]);
    runs[1]!.resolve('done');
    await expect(results[0]).rejects.toBe(aborted);
    expect(await Promise.all(results.slice(1))).toEqual(['done', 'done', 'done']);
    expect(runs).toHaveLength(2);
  });

  it('passes it on again when the next leader is aborted too', async () => {
    const { next, runs } = heldNext();
    const { controllers, results } = enter(cached(next), 3);
    for (const index of [0, 1]) {
      controllers[index]!.abort(aborted);
      runs[index]!.reject(aborted);
      await settled();
    }
    runs[2]!.resolve('done');
    expect(await results[2]).toBe('done');
    await expect(results[1]).rejects.toBe(aborted);
    expect(runs).toHaveLength(3);
  });

  it('leaves the error of the second run to the followers', async () => {
    const { next, runs } = heldNext();
    const { controllers, results } = enter(cached(next), 3);
    controllers[0]!.abort(aborted);
    runs[0]!.reject(aborted);
    await settled();
    const error = new Error('down');
    runs[1]!.reject(error);
    await expect(results[1]).rejects.toBe(error);
    await expect(results[2]).rejects.toBe(error);
    expect(runs).toHaveLength(2);
  });

  it('is not known for aborted by an AbortError where it has no signal: that is an error for all', async () => {
    const { next, runs } = heldNext();
    const row = cached(next);
    const results = [row(fakeCall(['query'])), row(fakeCall(['query']))] as Promise<unknown>[];
    const stopped = new DOMException('stopped', 'AbortError');
    runs[0]!.reject(stopped);
    for (const result of results) await expect(result).rejects.toBe(stopped);
    expect(runs).toHaveLength(1);
  });

  it('is not aborted by an AbortError of its own time limit: that is an error for all', async () => {
    const { next, runs } = heldNext();
    const { results } = enter(cached(next), 2);
    const timeout = new DOMException('too slow', 'AbortError');
    runs[0]!.reject(timeout);
    await expect(results[0]).rejects.toBe(timeout);
    await expect(results[1]).rejects.toBe(timeout);
    expect(runs).toHaveLength(1);
  });

  it('is not aborted when only a follower is: that one ends at once, the others wait on', async () => {
    const { next, runs } = heldNext();
    const { controllers, results } = enter(cached(next), 3);
    controllers[1]!.abort(aborted);
    await expect(results[1]).rejects.toBe(aborted);
    const error = new Error('down');
    runs[0]!.reject(error);
    await expect(results[0]).rejects.toBe(error);
    await expect(results[2]).rejects.toBe(error);
    expect(runs).toHaveLength(1);
  });

  it('leaves no listener on the signals of its followers', async () => {
    const { next, runs } = heldNext();
    const { controllers, results } = enter(cached(next), 3);
    controllers[2]!.abort(aborted);
    runs[0]!.resolve('done');
    await Promise.allSettled(results);
    expect(controllers.map(({ signal }) => getEventListeners(signal, 'abort').length)).toEqual([0, 0, 0]);
  });
});

describe('a rest of the row that throws before it returns a promise', () => {
  const refuse = (call: Call): never => {
    throw refusalOf(call, new RateLimitError({ tool: 'search', namespace: 'web' }, 'tool_limit', 100));
  };

  it('fails that call and none of those that come later', async () => {
    let refusing = true;
    const { next, calls } = scriptedNext(() => 'done');
    const row = cached((call) => (refusing ? refuse(call) : next(call)));
    await expect(enter(row, 1).results[0]).rejects.toBeInstanceOf(RateLimitError);
    refusing = false;
    expect(await enter(row, 1).results[0]).toBe('done');
    expect(calls).toHaveLength(1);
  });

  it('is asked anew by each call', async () => {
    const next = jest.fn(throwing(new Error('down')));
    const row = cached(next);
    for (let call = 0; call < 3; call++) await expect(enter(row, 1).results[0]).rejects.toThrow('down');
    expect(next).toHaveBeenCalledTimes(3);
  });
});

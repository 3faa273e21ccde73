import type { Call, Run } from '../../src/core/call.js';
import type { Store } from '../../src/core/store.js';
import { cache, type CacheDeps } from '../../src/policies/cache/cache.js';
import type { CacheEntry } from '../../src/policies/cache/cache-entry.js';
import { cacheDefaults, type ResolvedCache } from '../../src/policies/cache/cache-options.js';
import { keyMaker } from '../../src/policies/cache/call-key.js';
import { Flights } from '../../src/policies/cache/flights.js';
import { Lookup } from '../../src/policies/cache/lookup.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { fakeCall, laid, recordingObserver, scriptedNext, throwing } from '../support/fake-call.js';

/** A cache around a row that ends in these outcomes; the default one makes a new object each time. */
function cachedTool(
  options: Partial<ResolvedCache> = {},
  outcomes: ((call: Call) => unknown)[] = [() => ({})],
  given?: CacheDeps['store'],
) {
  const resolved = { ...cacheDefaults, ...options };
  const clock = createTestClock();
  const onBroken = jest.fn<undefined, [string, unknown, Call]>();
  const observer = recordingObserver(clock);
  const { next, calls } = scriptedNext(...outcomes);
  const store = given ?? memoryStore<CacheEntry>({ maxEntries: resolved.maxEntries });
  const deps = {
    clock,
    random: () => 0.5,
    lookup: new Lookup(keyMaker(resolved), store, onBroken),
    store,
    flights: new Flights(),
    refuseStream: () => new Error('a stream'),
    onBroken,
  };
  const row: Run = laid(cache(resolved, deps))(next);
  const call = async (args: readonly unknown[] = [], self?: unknown): Promise<unknown> => row(fakeCall(args, { self, observer }));
  return { call, calls, clock, events: observer.events, onBroken };
}

/** A store whose given verb throws. */
function failingStore(verb: keyof Store<CacheEntry>, error: Error): Store<CacheEntry> {
  return { ...emptyStore, [verb]: throwing(error) };
}

const emptyStore: Store<CacheEntry> = { get: () => undefined, set: () => undefined, delete: () => undefined, entries: () => [] };

describe('a cached tool', () => {
  it('runs once for equal arguments and returns the very reference it stored', async () => {
    const { call, calls } = cachedTool();
    const first = await call([{ q: 'a', n: 1 }]);
    expect(await call([{ n: 1, q: 'a' }])).toBe(first);
    expect(calls).toHaveLength(1);
  });

  it('runs again for other arguments', async () => {
    const { call, calls } = cachedTool();
    const first = await call([1]);
    expect(await call(['1'])).not.toBe(first);
    expect(await call([1, undefined])).not.toBe(first);
    expect(calls).toHaveLength(3);
  });

  it.each([[null], [undefined], [0], [''], [false], [NaN]])('serves a stored %p', async (value) => {
    const { call, calls } = cachedTool({}, [() => value, throwing(new Error('ran again'))]);
    expect(await call()).toBe(value);
    expect(await call()).toBe(value);
    expect(calls).toHaveLength(1);
  });

  it('serves a result for its ttl, counted from when it was stored', async () => {
    const { call, calls, clock } = cachedTool({ ttl: 100 });
    const first = await call();
    await clock.advance(99);
    expect(await call()).toBe(first);
    await clock.advance(1);
    expect(await call()).not.toBe(first);
    expect(calls).toHaveLength(2);
  });

  it('does not make an entry younger by serving it', async () => {
    const { call, calls, clock } = cachedTool({ ttl: 100 });
    await call();
    await clock.advance(60);
    await call();
    await clock.advance(60);
    await call();
    expect(calls).toHaveLength(2);
  });

  it('has a ttl of 5 minutes and 1,000 entries by default', () => {
    expect(cacheDefaults).toEqual({ ttl: 300_000, maxEntries: 1_000, scope: 'class' });
  });

  it('does not cache errors, and throws them on untouched', async () => {
    const error = new Error('down');
    const { call, calls } = cachedTool({}, [throwing(error), () => 'up']);
    await expect(call()).rejects.toBe(error);
    expect(await call()).toBe('up');
    expect(await call()).toBe('up');
    expect(calls).toHaveLength(2);
  });

  it('hands the call on as it came', async () => {
    const self = {};
    const { call, calls } = cachedTool();
    await call(['query'], self);
    expect(calls[0]).toMatchObject({ args: ['query'], attempt: 0 });
    expect(calls[0]!.self).toBe(self);
  });

  it('drops the least recently used result when it is full', async () => {
    const { call, calls } = cachedTool({ maxEntries: 2 });
    await call(['a']);
    await call(['b']);
    await call(['a']);
    await call(['c']);
    expect(calls).toHaveLength(3);
    await call(['a']);
    await call(['c']);
    expect(calls).toHaveLength(3);
    await call(['b']);
    expect(calls).toHaveLength(4);
  });

  it('reports a miss and a set, then a hit', async () => {
    const { call, events, clock } = cachedTool({ ttl: 100 }, [() => clock.advance(5)]);
    await call();
    await call();
    expect(events).toEqual([
      { type: 'cache.lookup', startedAt: 0, hit: false },
      { type: 'cache.set', startedAt: 5, ttlMs: 100 },
      { type: 'cache.lookup', startedAt: 5, hit: true },
    ]);
  });

  it('reports a miss for an expired result', async () => {
    const { call, events, clock } = cachedTool({ ttl: 100 });
    await call();
    await clock.advance(100);
    await call();
    expect(events[2]).toEqual({ type: 'cache.lookup', startedAt: 100, hit: false });
  });

  it('reports no set for an error', async () => {
    const { call, events } = cachedTool({}, [throwing(new Error('down'))]);
    await expect(call()).rejects.toThrow('down');
    expect(events.map(({ type }) => type)).toEqual(['cache.lookup']);
  });
});

describe('arguments without a faithful key', () => {
  it('bypass the cache: a miss, nothing stored, no run shared', async () => {
    const { call, calls, events } = cachedTool();
    const results = await Promise.all([call([() => 1]), call([() => 1])]);
    expect(results[0]).not.toBe(results[1]);
    expect(calls).toHaveLength(2);
    expect(events).toEqual([
      { type: 'cache.lookup', startedAt: 0, hit: false },
      { type: 'cache.lookup', startedAt: 0, hit: false },
    ]);
  });
});

describe('the key option', () => {
  it('is asked with the arguments, `this` bound', async () => {
    const key = jest.fn(function (this: unknown, ...args: unknown[]) {
      return `${(this as { tenant: string }).tenant}/${String(args[0])}`;
    });
    const { call, calls } = cachedTool({ key });
    const first = await call(['q', 'ignored'], { tenant: 'a' });
    expect(await call(['q', () => 1], { tenant: 'a' })).toBe(first);
    expect(await call(['q'], { tenant: 'b' })).not.toBe(first);
    expect(calls).toHaveLength(2);
    expect(key.mock.calls[0]).toEqual(['q', 'ignored']);
  });

  it('tells the number 1 from the string 1', async () => {
    const { call, calls } = cachedTool({ key: (id) => id });
    await Promise.all([call([1]), call(['1']), call([1]), call(['1'])]);
    expect(calls).toHaveLength(2);
  });

  it('may be the empty string', async () => {
    const { call, calls } = cachedTool({ key: () => '' });
    expect(await call([1])).toBe(await call([2]));
    expect(calls).toHaveLength(1);
  });

  it('bypasses the cache with undefined, and that is nothing broken', async () => {
    const { call, calls, events, onBroken } = cachedTool({ key: () => undefined });
    await call();
    await call();
    expect(calls).toHaveLength(2);
    expect(events.map(({ type }) => type)).toEqual(['cache.lookup', 'cache.lookup']);
    expect(onBroken).not.toHaveBeenCalled();
  });

  it('bypasses the cache when it throws, and says so', async () => {
    const error = new Error('no tenant');
    const { call, calls, onBroken } = cachedTool({ key: throwing(error) });
    await call();
    await call();
    expect(calls).toHaveLength(2);
    expect(onBroken).toHaveBeenCalledWith('key', error, calls[0]);
  });

  it.each([
    ['null', null, 'it must give a string, a number or undefined, not null'],
    ['an object', {}, 'it must give a string, a number or undefined, not {}'],
    ['a boolean', true, 'it must give a string, a number or undefined, not true'],
    ['a promise', Promise.resolve('a'), 'it gave a promise, and must answer at once'],
    ['a symbol', Symbol('a'), 'it must give a string, a number or undefined, not Symbol(a)'],
  ])('bypasses the cache when it returns %s, and says so', async (_what, made, message) => {
    const { call, calls, onBroken } = cachedTool({ key: () => made });
    await call();
    await call();
    expect(calls).toHaveLength(2);
    expect(onBroken).toHaveBeenCalledWith('key', expect.objectContaining({ message }), calls[0]);
  });
});

describe('scope', () => {
  it('class: instances share their results', async () => {
    const { call, calls } = cachedTool({ scope: 'class' });
    expect(await call(['q'], {})).toBe(await call(['q'], {}));
    expect(calls).toHaveLength(1);
  });

  it('instance: each has its own', async () => {
    const [one, other] = [{}, {}];
    const { call, calls } = cachedTool({ scope: 'instance' });
    const first = await call(['q'], one);
    expect(await call(['q'], other)).not.toBe(first);
    expect(await call(['q'], one)).toBe(first);
    expect(calls).toHaveLength(2);
  });

  it('instance: runs under way are not shared either', async () => {
    const { call, calls } = cachedTool({ scope: 'instance', key: () => 'same' });
    await Promise.all([call([], {}), call([], {})]);
    expect(calls).toHaveLength(2);
  });

  it('instance: a bypass stays one', async () => {
    const { call, calls } = cachedTool({ scope: 'instance' });
    const self = {};
    await call([() => 1], self);
    await call([() => 1], self);
    expect(calls).toHaveLength(2);
  });

  it.each([[undefined], [null], ['text'], [5]])('instance: calls on %p share one place', async (self) => {
    const { call, calls } = cachedTool({ scope: 'instance' });
    expect(await call(['q'], self)).toBe(await call(['q'], self));
    expect(calls).toHaveLength(1);
  });
});

describe('a failing store', () => {
  it('is a miss when it cannot be read, never an error', async () => {
    const error = new Error('disk');
    const { call, calls, events, onBroken } = cachedTool({}, [() => 'fresh'], failingStore('get', error));
    expect(await call()).toBe('fresh');
    expect(await call()).toBe('fresh');
    expect(calls).toHaveLength(2);
    expect(events[0]).toEqual({ type: 'cache.lookup', startedAt: 0, hit: false, error });
    expect(onBroken).toHaveBeenCalledWith('store', error, calls[0]);
  });

  it('takes nothing from the result when it cannot be written', async () => {
    const error = new Error('full');
    const { call, calls, events, onBroken } = cachedTool({}, [() => 'fresh'], failingStore('set', error));
    expect(await call()).toBe('fresh');
    expect(await call()).toBe('fresh');
    expect(calls).toHaveLength(2);
    expect(events[1]).toEqual({ type: 'cache.set', startedAt: 0, ttlMs: 300_000, error });
    expect(onBroken).toHaveBeenCalledWith('store', error, calls[0]);
  });
});

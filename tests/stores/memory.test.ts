import { memoryStore } from '../../src/stores/memory.js';

const entry = (value: unknown): { value: unknown } => ({ value });

describe('memoryStore', () => {
  it('gives back the very entry, and undefined for what it does not know', () => {
    const store = memoryStore({ maxEntries: 2 });
    const kept = entry(undefined);
    store.set('a', kept);
    expect(store.get('a')).toBe(kept);
    expect(store.get('b')).toBeUndefined();
  });

  it('replaces an entry without making room for it', () => {
    const store = memoryStore({ maxEntries: 2 });
    store.set('a', entry(1));
    store.set('b', entry(2));
    store.set('b', entry(3));
    expect([store.get('a'), store.get('b')]).toEqual([entry(1), entry(3)]);
  });

  it('drops the least recently used entry when it is full', () => {
    const store = memoryStore({ maxEntries: 2 });
    store.set('a', entry(1));
    store.set('b', entry(2));
    store.get('a');
    store.set('c', entry(3));
    expect(['a', 'b', 'c'].map((key) => store.get(key) !== undefined)).toEqual([true, false, true]);
  });

  it('forgets what was deleted', () => {
    const store = memoryStore({ maxEntries: 2 });
    store.set('a', entry(1));
    store.delete('a');
    expect(store.get('a')).toBeUndefined();
    expect(() => store.delete('a')).not.toThrow();
  });

  it('shows what it keeps, and only that', () => {
    const store = memoryStore({ maxEntries: 2 });
    expect([...store.entries()]).toEqual([]);
    for (const key of ['a', 'b', 'c']) store.set(key, entry(key));
    store.delete('b');
    store.set('d', entry('d'));
    const kept = new Map(store.entries());
    expect([...kept.keys()].sort()).toEqual(['c', 'd']);
    expect(kept.get('d')).toEqual(entry('d'));
  });

  it.each([1, 1_000, 1_001, 5_000])('keeps %p entries and not one more', (maxEntries) => {
    const store = memoryStore({ maxEntries });
    for (let number = 0; number <= maxEntries; number++) store.set(`${number}`, entry(number));
    expect([store.get('0'), store.get('1')]).toEqual([undefined, entry(1)]);
    expect([...store.entries()]).toHaveLength(maxEntries);
  });

  it('keeps no more than maxWeight weighs together, however few entries that is', () => {
    const store = memoryStore<{ value: unknown }>({ maxEntries: 3, maxWeight: 10, weightOf: ({ value }) => value as number });
    const keys = (): (string | number)[] => [...store.entries()].map(([key]) => key).sort();
    for (const [key, weight] of Object.entries({ a: 4, b: 3, c: 3 })) store.set(key, entry(weight));
    expect(keys()).toEqual(['a', 'b', 'c']);
    store.set('d', entry(1));
    expect(keys()).toEqual(['b', 'c', 'd']);
    store.set('e', entry(9));
    expect(keys()).toEqual(['d', 'e']);
    store.set('f', entry(11));
    expect(keys()).toEqual(['d', 'e']);
  });

  it('takes every value for 1 where nobody weighs', () => {
    const store = memoryStore({ maxEntries: 10, maxWeight: 2 });
    for (const key of ['a', 'b', 'c']) store.set(key, entry(key));
    expect([...store.entries()].map(([key]) => key).sort()).toEqual(['b', 'c']);
  });

  it('keeps stores apart', () => {
    const [one, other] = [memoryStore({ maxEntries: 2 }), memoryStore({ maxEntries: 2 })];
    one.set('a', entry(1));
    expect(other.get('a')).toBeUndefined();
  });

  it('takes any string for a key, the names of Object.prototype included', () => {
    const store = memoryStore({ maxEntries: 5 });
    const keys = ['', '__proto__', 'constructor', 'toString'];
    expect(keys.map((key) => store.get(key))).toEqual([undefined, undefined, undefined, undefined]);
    for (const key of keys) store.set(key, entry(key));
    expect(keys.map((key) => store.get(key))).toEqual(keys.map(entry));
  });
});

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

  it('keeps stores apart', () => {
    const [one, other] = [memoryStore({ maxEntries: 2 }), memoryStore(2)];
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

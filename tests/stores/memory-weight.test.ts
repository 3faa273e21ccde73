import { memoryStore } from '../../src/stores/memory.js';

interface Weighty {
  readonly weight: number;
}
const weightOf = ({ weight }: Weighty): number => weight;
const keysOf = (store: ReturnType<typeof memoryStore<Weighty>>): (string | number)[] => Array.from(store.entries(), ([key]) => key).sort();

describe.each([
  ['few', 3],
  ['many', 1_003],
])('a store with a weight and with %s entries', (_how, maxEntries) => {
  const fill = (store: ReturnType<typeof memoryStore<Weighty>>, count: number) => {
    for (let index = 0; index < count; index++) store.set(`filler ${index}`, { weight: 1 });
  };

  it('keeps no more entries than it may, though they weigh little; the one used longest ago goes first', () => {
    const store = memoryStore<Weighty>({ maxEntries, maxWeight: 1_000_000, weightOf });
    fill(store, maxEntries - 3);
    for (const key of ['a', 'b', 'c']) store.set(key, { weight: 1 });
    for (let index = 0; index < maxEntries - 3; index++) store.get(`filler ${index}`);
    store.get('a');
    store.set('d', { weight: 1 });
    expect(store.get('b')).toBeUndefined();
    expect([store.get('a'), store.get('c'), store.get('d')]).toEqual([{ weight: 1 }, { weight: 1 }, { weight: 1 }]);
    expect(keysOf(store)).toHaveLength(maxEntries);
  });

  it('keeps no more weight than it may, though they are few', () => {
    const store = memoryStore<Weighty>({ maxEntries, maxWeight: 10, weightOf });
    for (const [key, weight] of [
      ['a', 4],
      ['b', 4],
      ['c', 4],
    ] as const)
      store.set(key, { weight });
    expect(keysOf(store)).toEqual(['b', 'c']);
    store.set('too heavy', { weight: 11 });
    expect(store.get('too heavy')).toBeUndefined();
  });

  it('forgets what is deleted, and keeps what takes the place of another', () => {
    const store = memoryStore<Weighty>({ maxEntries, maxWeight: 10, weightOf });
    store.set('a', { weight: 9 });
    store.set('a', { weight: 1 });
    store.set('b', { weight: 9 });
    expect(keysOf(store)).toEqual(['a', 'b']);
    store.delete('a');
    expect([store.get('a'), keysOf(store)]).toEqual([undefined, ['b']]);
  });
});

it('sets up no place for entries that only their weight limits', () => {
  const store = memoryStore<Weighty>({ maxEntries: Number.MAX_SAFE_INTEGER, maxWeight: 3 });
  for (const key of ['a', 'b', 'c', 'd']) store.set(key, { weight: 100 });
  expect(keysOf(store)).toEqual(['b', 'c', 'd']);
});

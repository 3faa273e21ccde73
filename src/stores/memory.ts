import { LRUCache } from 'lru-cache';
import type { Store, StoreKey } from '../core/store.js';

/** How much a store keeps. */
export interface MemoryStoreOptions<Value> {
  readonly maxEntries: number;
  /** Sum of the weights of all that is kept. Default: there is no such limit. */
  readonly maxWeight?: number | undefined;
  /** Weight of a value, a whole number of at least 1. Default 1. */
  readonly weightOf?: ((value: Value) => number) | undefined;
}

// lru-cache sets its lists up for all entries there may ever be; beyond so many they had better grow as they are needed.
const MOST_SET_UP = 1_000;

/** Keeps up to `maxEntries` values in this process; the least recently used goes first. */
export function memoryStore<Value extends object>({ maxEntries, maxWeight, weightOf }: MemoryStoreOptions<Value>): Store<Value> {
  if (maxWeight !== undefined) return weighingStore(maxEntries, maxWeight, (value) => weightOf?.(value) ?? 1);
  if (maxEntries <= MOST_SET_UP) return new LRUCache<StoreKey, Value>({ max: maxEntries });
  return new LRUCache<StoreKey, Value>({ maxSize: maxEntries, sizeCalculation: () => 1 });
}

function weighingStore<Value extends object>(
  maxEntries: number,
  maxWeight: number,
  sizeCalculation: (value: Value) => number,
): Store<Value> {
  if (maxEntries <= MOST_SET_UP) return new LRUCache<StoreKey, Value>({ max: maxEntries, maxSize: maxWeight, sizeCalculation });
  const kept = new LRUCache<StoreKey, Value>({ maxSize: maxWeight, sizeCalculation });
  return {
    get: (key) => kept.get(key),
    set(key, value) {
      kept.set(key, value);
      if (kept.size > maxEntries) kept.pop();
    },
    delete: (key) => void kept.delete(key),
    entries: () => kept.entries(),
  };
}

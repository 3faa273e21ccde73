import { LRUCache } from 'lru-cache';
import type { Store } from '../core/store.js';

/** Keeps up to `maxEntries` values in this process; the least recently used goes first. */
export function memoryStore<Value extends object>(maxEntries: number): Store<Value> {
  return new LRUCache<string, Value>({ max: maxEntries });
}

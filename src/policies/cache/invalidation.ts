import type { Call } from '../../core/call.js';
import type { CacheDeps } from './cache.js';
import { tagsOf } from './cache-entry.js';
import type { ResolvedCache } from './cache-options.js';

/** Forgets the result of calls with the same key as this one. What is being fetched now is not kept. Returns how many results were forgotten. */
export function invalidateCall({ lookup, store, flights }: CacheDeps, call: Call): number {
  const key = lookup.keyFor(call);
  if (key === undefined) return 0;
  flights.outdate((candidate) => candidate === key);
  if (store.get(key) === undefined) return 0;
  store.delete(key);
  return 1;
}

/** The same for all results with this tag. */
export function invalidateTag(options: ResolvedCache, { store, flights, onBroken }: CacheDeps, tag: string): number {
  flights.outdate((_key, leader) => tagsOf(options, onBroken, leader)?.includes(tag) === true);
  const meant = [...store.entries()].filter(([, { tags }]) => tags?.includes(tag));
  for (const [key] of meant) store.delete(key);
  return meant.length;
}

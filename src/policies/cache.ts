import { signalOf, untilAborted } from '../core/abort.js';
import type { Call, Next, Stage } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import { callback, count, duration, oneOf, type Rules } from '../core/options.js';
import { isStream } from '../core/stream.js';
import type { Store } from '../core/store.js';
import { canonicalKey } from './cache-key.js';

/** Options of `@Cached`. */
export interface CachedOptions {
  /** How long a result is served. Default 5 minutes. */
  ttl?: Duration;
  /** The key of a call, made from its arguments with `this` bound; `undefined` bypasses the cache. Default: a canonical form of the arguments. */
  key?: (...args: never[]) => string | number | undefined;
  /** Results kept for this tool and class, all instances together; the least recently used goes first. Default 1,000. */
  maxEntries?: number;
  /** Whether instances of a class share results. Default `'class'`: they do. */
  scope?: 'class' | 'instance';
}

/** `CachedOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedCache {
  readonly ttl: number;
  readonly key?: (...args: unknown[]) => unknown;
  readonly maxEntries: number;
  readonly scope: 'class' | 'instance';
}

export const cacheRules: Rules<CachedOptions> = {
  ttl: duration,
  key: callback,
  maxEntries: count(1),
  scope: oneOf('class', 'instance'),
};

export const cacheDefaults: ResolvedCache = { ttl: 300_000, maxEntries: 1_000, scope: 'class' };

/** What is kept for a key: the value lies inside, so that `undefined` and `null` are values like any other. */
export interface CacheEntry {
  readonly value: unknown;
  /** In milliseconds of the clock handed in. */
  readonly expiresAt: number;
}

/** What the cache needs besides its options. */
export interface CacheDeps {
  readonly clock: Clock;
  readonly store: Store<CacheEntry>;
  /** Runs under way, by key. */
  readonly flights: Map<string, Flight>;
  /** Told when `key` or the store itself threw; the call goes on without them. */
  readonly onBroken: (what: string, error: unknown) => void;
  /** What to throw where the tool gave a stream: it can be read once only. */
  readonly refuseStream: (stream: object) => Error;
}

/** A run that others with the same key wait for. */
export interface Flight {
  readonly leader: Call;
  readonly result: Promise<unknown>;
}

/** Serves stored results, and runs the rest of the row once for concurrent misses of one key (single flight). */
export function cache(options: ResolvedCache, deps: CacheDeps): Stage {
  const { flights } = deps;
  const keyOf = keyMaker(options, deps);

  return (next: Next): Next => {
    const run = async (call: Call): Promise<unknown> => {
      const value = await next(call);
      if (isStream(value)) throw deps.refuseStream(value);
      return value;
    };

    const fly = async (call: Call, key: string): Promise<unknown> => {
      const value = await run(call);
      keep(call, key, value, options, deps);
      return value;
    };

    const lead = (call: Call, key: string): Promise<unknown> => {
      const result = fly(call, key);
      flights.set(key, { leader: call, result });
      // Not inside the flight: one that fails before its first wait would be over before it is on the list.
      const land = (): void => void flights.delete(key);
      result.then(land, land);
      return result;
    };

    /** Waits for the leader; if its own caller aborted it, one of those waiting leads in its place. */
    const follow = async (call: Call, key: string, flight: Flight): Promise<unknown> => {
      call.observer.report(call, { type: 'cache.coalesced', leader: flight.leader });
      const signal = signalOf(call);
      try {
        return await untilAborted(flight.result, signal);
      } catch (error) {
        if (signal?.aborted || !signalOf(flight.leader)?.aborted) throw error;
        const another = flights.get(key);
        return another ? follow(call, key, another) : lead(call, key);
      }
    };

    return async function cached(call: Call): Promise<unknown> {
      const startedAt = deps.clock.now();
      const key = keyOf(call);
      const entry = key === undefined ? undefined : lookUp(call, key, startedAt, deps);
      if (entry) return entry.value;
      if (key === undefined) {
        call.observer.report(call, { type: 'cache.lookup', startedAt, hit: false });
        return run(call);
      }
      const flight = flights.get(key);
      return flight ? follow(call, key, flight) : lead(call, key);
    };
  };
}

function lookUp(call: Call, key: string, startedAt: number, { store, onBroken }: CacheDeps): CacheEntry | undefined {
  try {
    const found = store.get(key);
    const entry = found && found.expiresAt > startedAt ? found : undefined;
    call.observer.report(call, { type: 'cache.lookup', startedAt, hit: entry !== undefined });
    return entry;
  } catch (error) {
    onBroken('the store', error);
    call.observer.report(call, { type: 'cache.lookup', startedAt, hit: false, error });
    return undefined;
  }
}

function keep(call: Call, key: string, value: unknown, { ttl }: ResolvedCache, { clock, store, onBroken }: CacheDeps): void {
  const startedAt = clock.now();
  try {
    store.set(key, { value, expiresAt: startedAt + ttl });
    call.observer.report(call, { type: 'cache.set', startedAt, ttlMs: ttl });
  } catch (error) {
    onBroken('the store', error);
    call.observer.report(call, { type: 'cache.set', startedAt, ttlMs: ttl, error });
  }
}

/** From a call to its key; `undefined` bypasses the cache. */
function keyMaker(options: ResolvedCache, { onBroken }: CacheDeps): (call: Call) => string | undefined {
  const plain = options.key ? userKey(options.key, onBroken) : (call: Call) => canonicalKey(call.args);
  if (options.scope === 'class') return plain;
  const idOf = instanceIds();
  return (call) => {
    const key = plain(call);
    return key === undefined ? undefined : `${idOf(call.self)}:${key}`;
  };
}

function userKey(key: (...args: unknown[]) => unknown, onBroken: CacheDeps['onBroken']): (call: Call) => string | undefined {
  return (call) => {
    try {
      const made = key.apply(call.self, call.args as unknown[]);
      if (made === undefined) return undefined;
      if (typeof made === 'string') return `s${made}`;
      if (typeof made === 'number') return `n${made}`;
      throw new TypeError(`key must return a string, a number or undefined, not ${typeof made}`);
    } catch (error) {
      onBroken('key', error);
      return undefined;
    }
  };
}

/** A number for every receiver, without keeping it alive. */
function instanceIds(): (receiver: unknown) => number {
  const ids = new WeakMap<object, number>();
  let last = 0;
  return (receiver) => {
    if (typeof receiver !== 'object' && typeof receiver !== 'function') return 0;
    if (receiver === null) return 0;
    const id = ids.get(receiver) ?? ++last;
    ids.set(receiver, id);
    return id;
  };
}

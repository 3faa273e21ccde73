import { untilAborted } from '../../core/abort.js';
import { isWatched, type Call, type Next, type Outcome, type Stage } from '../../core/call.js';
import type { OnBroken } from '../../core/callbacks.js';
import { coarsely, type Clock, type Random } from '../../core/clock.js';
import { ConfigurationError } from '../../core/errors.js';
import { enderOf, isAbort, isGivenUp } from '../../core/giving-up.js';
import { isStream } from '../../core/stream.js';
import type { Store, StoreKey } from '../../core/store.js';
import { copyOf, errorTtlOf, tagsOf, ttlOf, weightOf, type CacheEntry } from './cache-entry.js';
import type { ResolvedCache } from './cache-options.js';
import { Flight, type Airport, type Flights } from './flights.js';
import type { Lookup } from './lookup.js';

/** What the cache needs besides its options. */
export interface CacheDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly lookup: Lookup;
  readonly store: Store<CacheEntry>;
  readonly flights: Flights;
  /** Told when a callback or the store itself threw; the call goes on without them. */
  readonly onBroken: OnBroken;
  /** What to throw where the tool gave a stream: it can be read once only. */
  readonly refuseStream: (stream: object) => Error;
}

/**
 * Serves stored results, and runs the rest of the row once for concurrent misses of one key (single flight).
 * @param around what lies around a run that no call waits for, as something lies around every call: its time limit
 */
export function cache(options: ResolvedCache, deps: CacheDeps, around: Stage = (next) => next): Stage {
  return (next: Next): Next => {
    const cached = new Cache(options, deps, next, around);
    return (call, then) => cached.serve(call, then);
  };
}

class Cache implements Airport {
  readonly #revalidateMs: number;
  readonly #ifErrorMs: number;
  /** A result may be served a millisecond longer, or shorter: to ask exactly would cost more than to find it. */
  readonly #now: () => number;

  constructor(
    private readonly options: ResolvedCache,
    private readonly deps: CacheDeps,
    private readonly next: Next,
    private readonly around: Stage,
  ) {
    this.#revalidateMs = options.staleWhileRevalidate ?? 0;
    this.#ifErrorMs = options.staleIfError ?? 0;
    this.#now = coarsely(deps.clock);
  }

  serve(call: Call, then: Outcome): void {
    const startedAt = call.observer.now(call);
    const key = this.deps.lookup.keyFor(call);
    if (key === undefined) return this.#bypass(call, startedAt, then);
    const entry = this.#lookUp(call, key, startedAt);
    if (!entry) return this.#fetch(call, key, then);
    const staleMs = this.#staleMs(entry);
    const hit = staleMs < 0 || this.#isWithin(this.#revalidateMs, entry);
    if (isWatched(call)) call.observer.report(call, { type: 'cache.lookup', startedAt, hit });
    if (!hit) return this.#fetch(call, key, this.#insteadOfError(call, key, entry, then));
    if (staleMs >= 0) {
      call.observer.report(call, { type: 'cache.stale', reason: 'revalidate', staleMs });
      this.#revalidate(call, key);
    }
    this.#give(entry, call, then);
  }

  arrived(flight: Flight, value: unknown): unknown {
    const { options, deps } = this;
    deps.flights.land(flight);
    this.#refuseStream(value);
    // The leader may change what it is given; the others have theirs from a copy.
    const shared = options.clone ? copyOf(value, deps.onBroken, flight.leader) : value;
    if (!flight.isOutdated) this.#keep(flight.leader, flight.key, value, shared);
    return shared;
  }

  crashed(flight: Flight, error: unknown): void {
    this.deps.flights.land(flight);
    if (this.options.errorTtl && !flight.isOutdated) this.#keepError(flight.leader, flight.key, error);
  }

  /** Without a key there is nothing to look for, and nothing to keep. */
  #bypass(call: Call, startedAt: number, then: Outcome): void {
    call.observer.report(call, { type: 'cache.lookup', startedAt, hit: false });
    const answered = (value: unknown): void => {
      try {
        this.#refuseStream(value);
      } catch (refusal) {
        return then.failed(refusal);
      }
      then.answered(value);
    };
    this.next(call, { answered, failed: (error) => then.failed(error) });
  }

  /** What is kept under the key, fresh or not. Says itself that there is nothing. */
  #lookUp(call: Call, key: StoreKey, startedAt: number): CacheEntry | undefined {
    try {
      const entry = this.deps.lookup.entryFor(call, key);
      if (!entry && isWatched(call)) call.observer.report(call, { type: 'cache.lookup', startedAt, hit: false });
      return entry;
    } catch (error) {
      this.deps.onBroken('store', error, call);
      call.observer.report(call, { type: 'cache.lookup', startedAt, hit: false, error });
      return undefined;
    }
  }

  #give({ value, failed }: CacheEntry, call: Call, then: Outcome): void {
    if (failed) then.failed(value);
    else then.answered(this.options.clone ? copyOf(value, this.deps.onBroken, call) : value);
  }

  /** Serves a result beyond its time rather than an error: as old as it is by then, and only if it was not invalidated meanwhile. */
  #insteadOfError(call: Call, key: StoreKey, entry: CacheEntry, then: Outcome): Outcome {
    if (!this.#isWithin(this.#ifErrorMs, entry)) return then;
    const isOfUse = (error: unknown): boolean => {
      if (isAbort(call, error) || call.cancellation?.isCancelled || error instanceof ConfigurationError) return false;
      return this.#isWithin(this.#ifErrorMs, entry) && this.#kept(key) === entry;
    };
    const failed = (error: unknown): void => {
      if (!isOfUse(error)) return then.failed(error);
      call.observer.report(call, { type: 'cache.stale', reason: 'error', staleMs: this.#staleMs(entry), error });
      this.#give(entry, call, then);
    };
    return { answered: (value) => then.answered(value), failed };
  }

  #staleMs({ expiresAt }: CacheEntry): number {
    return this.#now() - expiresAt;
  }

  /** Whether it is a result, and less than so many milliseconds beyond its time. */
  #isWithin(staleMs: number, entry: CacheEntry): boolean {
    return !entry.failed && this.#staleMs(entry) < staleMs;
  }

  /** What is kept under the key now, where the store says it. */
  #kept(key: StoreKey): CacheEntry | undefined {
    try {
      return this.deps.store.get(key);
    } catch {
      return undefined;
    }
  }

  /** Fetches a new result for those who come later. Nobody waits for it, so nobody hears of its failure. */
  #revalidate(call: Call, key: StoreKey): void {
    if (this.deps.flights.get(key)) return;
    const { background } = call.observer;
    const opened = background.open(call.detached(), call);
    const then: Outcome = {
      answered: () => background.close(opened, false),
      failed: (error) => background.close(opened, true, error),
    };
    const lead = this.around((inside, outer) => this.#lead(inside, key, outer));
    background.within(opened, (inside) => lead(inside, then));
  }

  #fetch(call: Call, key: StoreKey, then: Outcome): void {
    const flight = this.deps.flights.get(key);
    if (flight) this.#follow(call, key, flight, then);
    else this.#lead(call, key, then);
  }

  /** Waits for the leader; if its own caller or its time limit gave that one up, one of those waiting leads in its place. */
  #follow(call: Call, key: StoreKey, flight: Flight, then: Outcome): void {
    call.observer.report(call, { type: 'cache.coalesced', leader: flight.leader });
    const ender = enderOf(call);
    call.cancellation?.progress?.waits(call, 'other_call');
    untilAborted(flight.result, ender).then(
      (value) => then.answered(this.options.clone ? copyOf(value, this.deps.onBroken, call) : value),
      (error: unknown) => {
        if (ender?.aborted || !isGivenUp(flight.leader)) then.failed(error);
        else this.#fetch(call, key, then);
      },
    );
  }

  #lead(call: Call, key: StoreKey, then: Outcome): void {
    const flight = new Flight(this, key, call, then);
    this.deps.flights.begin(flight);
    this.next(call, flight);
  }

  #refuseStream(value: unknown): void {
    if (isStream(value)) throw this.deps.refuseStream(value);
  }

  /** @param shared what is kept of the result: itself, or a copy */
  #keep(call: Call, key: StoreKey, result: unknown, shared: unknown): void {
    const { options, deps } = this;
    const startedAt = call.observer.now(call);
    const ttlMs = ttlOf(result, options, deps.random, deps.onBroken, call);
    if (ttlMs > 0) this.#store(call, key, startedAt, ttlMs, shared, false);
  }

  #keepError(call: Call, key: StoreKey, error: unknown): void {
    if (isAbort(call, error) || error instanceof ConfigurationError) return;
    const kept = this.#kept(key);
    // A result that may yet be served is worth more.
    if (kept && this.#isWithin(Math.max(this.#revalidateMs, this.#ifErrorMs), kept)) return;
    const startedAt = call.observer.now(call);
    const ttlMs = errorTtlOf(error, this.options, this.deps.onBroken, call);
    if (ttlMs > 0) this.#store(call, key, startedAt, ttlMs, error, true);
  }

  #store(call: Call, key: StoreKey, startedAt: number, ttlMs: number, value: unknown, failed: boolean): void {
    const { store, onBroken } = this.deps;
    try {
      const entry = this.#entry(call, ttlMs, value, failed);
      if ((entry.weight ?? 1) > (this.options.maxWeight ?? Infinity)) return store.delete(key);
      store.set(key, entry);
      if (isWatched(call)) call.observer.report(call, { type: 'cache.set', startedAt, ttlMs });
    } catch (error) {
      onBroken('store', error, call);
      call.observer.report(call, { type: 'cache.set', startedAt, ttlMs, error });
    }
  }

  /** With no more in it than is needed: there are many, and each is kept for long. */
  #entry(call: Call, ttlMs: number, value: unknown, failed: boolean): CacheEntry {
    const { options, deps } = this;
    const expiresAt = Math.ceil(this.#now() + ttlMs);
    if (!failed && options.tags === undefined && options.maxWeight === undefined) return { value, expiresAt };
    const weight = failed ? 1 : weightOf(value, options, deps.onBroken, call);
    return { value, expiresAt, failed, tags: options.tags && tagsOf(options, deps.onBroken, call), weight };
  }
}

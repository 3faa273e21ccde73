import { signalOf, untilAborted } from '../core/abort.js';
import { isThenable, type Call, type Next, type Stage } from '../core/call.js';
import type { Clock, Random } from '../core/clock.js';
import { ConfigurationError } from '../core/errors.js';
import { enderOf, isAbort } from '../core/giving-up.js';
import { isStream } from '../core/stream.js';
import type { Store } from '../core/store.js';
import { copyOf, errorTtlOf, tagsOf, ttlOf, weightOf, type CacheEntry, type OnBroken } from './cache-entry.js';
import type { ResolvedCache } from './cache-options.js';
import type { KeyOf } from './call-key.js';
import { Flight, type Flights } from './flights.js';

/** What the cache needs besides its options. */
export interface CacheDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly keyOf: KeyOf;
  readonly store: Store<CacheEntry>;
  readonly flights: Flights;
  /** Told when a callback or the store itself threw; the call goes on without them. */
  readonly onBroken: OnBroken;
  /** What to throw where the tool gave a stream: it can be read once only. */
  readonly refuseStream: (stream: object) => Error;
}

/** Serves stored results, and runs the rest of the row once for concurrent misses of one key (single flight). */
export function cache(options: ResolvedCache, deps: CacheDeps): Stage {
  return (next: Next): Next => {
    const cached = new Cache(options, deps, next);
    return (call) => cached.serve(call);
  };
}

class Cache {
  readonly #revalidateMs: number;
  readonly #ifErrorMs: number;

  constructor(
    private readonly options: ResolvedCache,
    private readonly deps: CacheDeps,
    private readonly next: Next,
  ) {
    this.#revalidateMs = options.staleWhileRevalidate ?? 0;
    this.#ifErrorMs = options.staleIfError ?? 0;
  }

  serve(call: Call): Promise<unknown> {
    const startedAt = call.observer.now();
    const key = this.deps.keyOf(call);
    const entry = key === undefined ? undefined : this.#lookUp(call, key, startedAt);
    if (!entry) {
      if (key === undefined) call.observer.report(call, { type: 'cache.lookup', startedAt, hit: false });
      return key === undefined ? this.#run(call).then((value) => this.#whole(value)) : this.#fetch(call, key);
    }
    const staleMs = this.deps.clock.now() - entry.expiresAt;
    const hit = staleMs < 0 || (staleMs < this.#revalidateMs && !entry.failed);
    call.observer.report(call, { type: 'cache.lookup', startedAt, hit });
    if (!hit) return this.#insteadOfError(call, this.#fetch(call, key!), entry, staleMs);
    if (staleMs >= 0) {
      call.observer.report(call, { type: 'cache.stale', reason: 'revalidate', staleMs });
      this.#revalidate(call, key!);
    }
    return this.#give(entry, call);
  }

  /** What is kept under the key, fresh or not. Says itself that there is nothing. */
  #lookUp(call: Call, key: string, startedAt: number): CacheEntry | undefined {
    try {
      const entry = this.deps.store.get(key);
      if (!entry) call.observer.report(call, { type: 'cache.lookup', startedAt, hit: false });
      return entry;
    } catch (error) {
      this.deps.onBroken('the store', error, call);
      call.observer.report(call, { type: 'cache.lookup', startedAt, hit: false, error });
      return undefined;
    }
  }

  #give({ value, failed }: CacheEntry, call: Call): Promise<unknown> {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the tool threw, untouched
    if (failed) return Promise.reject(value);
    return Promise.resolve(this.options.clone ? copyOf(value, this.deps.onBroken, call) : value);
  }

  /** Serves a result beyond its time rather than an error. */
  #insteadOfError(call: Call, fetched: Promise<unknown>, entry: CacheEntry, staleMs: number): Promise<unknown> {
    if (entry.failed || staleMs >= this.#ifErrorMs) return fetched;
    return fetched.catch((error: unknown) => {
      if (isAbort(call, error) || call.cancellation?.isCancelled || error instanceof ConfigurationError) throw error;
      call.observer.report(call, { type: 'cache.stale', reason: 'error', staleMs, error });
      return this.#give(entry, call);
    });
  }

  /** Fetches a new result for those who come later. Nobody waits for it, so nobody hears of its failure. */
  #revalidate(call: Call, key: string): void {
    if (this.deps.flights.get(key)) return;
    const { background } = call.observer;
    const opened = background.open(call.detached(), call);
    const fetched = background.within(opened, (inside) => this.#lead(inside, key)) as Promise<unknown>;
    fetched.then(
      () => background.close(opened, false),
      (error: unknown) => background.close(opened, true, error),
    );
  }

  #fetch(call: Call, key: string): Promise<unknown> {
    const flight = this.deps.flights.get(key);
    return flight ? this.#follow(call, key, flight) : this.#lead(call, key);
  }

  /** Waits for the leader; if its own caller aborted it, one of those waiting leads in its place. */
  async #follow(call: Call, key: string, flight: Flight): Promise<unknown> {
    call.observer.report(call, { type: 'cache.coalesced', leader: flight.leader });
    const ender = enderOf(call);
    try {
      const value = await untilAborted(flight.result, ender);
      return this.options.clone ? copyOf(value, this.deps.onBroken, call) : value;
    } catch (error) {
      if (ender?.aborted || !signalOf(flight.leader)?.aborted) throw error;
      return this.#fetch(call, key);
    }
  }

  #lead(call: Call, key: string): Promise<unknown> {
    const { flights } = this.deps;
    const flight = new Flight(call);
    flight.result = this.#run(call).then(
      (value) => {
        flights.land(key, flight);
        this.#whole(value);
        if (!flight.isOutdated) this.#keep(call, key, value);
        return value;
      },
      (error: unknown) => {
        flights.land(key, flight);
        if (this.options.errorTtl && !flight.isOutdated) this.#keepError(call, key, error);
        throw error;
      },
    );
    flights.begin(key, flight);
    return flight.result;
  }

  #run(call: Call): Promise<unknown> {
    let answer: unknown;
    try {
      answer = this.next(call);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever was thrown, untouched
      return Promise.reject(error);
    }
    return isThenable(answer) ? (answer as Promise<unknown>) : Promise.resolve(answer);
  }

  /** No stream: it could be read once only. */
  #whole(value: unknown): unknown {
    if (isStream(value)) throw this.deps.refuseStream(value);
    return value;
  }

  #keep(call: Call, key: string, result: unknown): void {
    const { options, deps } = this;
    const startedAt = call.observer.now();
    const ttlMs = ttlOf(result, options, deps.random, deps.onBroken, call);
    if (ttlMs <= 0) return;
    const value = options.clone ? copyOf(result, deps.onBroken, call) : result;
    this.#store(call, key, startedAt, ttlMs, value, false);
  }

  #keepError(call: Call, key: string, error: unknown): void {
    if (isAbort(call, error) || error instanceof ConfigurationError) return;
    const startedAt = call.observer.now();
    const ttlMs = errorTtlOf(error, this.options, this.deps.onBroken, call);
    if (ttlMs > 0) this.#store(call, key, startedAt, ttlMs, error, true);
  }

  #store(call: Call, key: string, startedAt: number, ttlMs: number, value: unknown, failed: boolean): void {
    const { options, deps } = this;
    const weight = failed ? 1 : weightOf(value, options, deps.onBroken, call);
    const tags = options.tags && tagsOf(options, deps.onBroken, call);
    try {
      deps.store.set(key, { value, failed, expiresAt: deps.clock.now() + ttlMs, tags, weight });
      call.observer.report(call, { type: 'cache.set', startedAt, ttlMs });
    } catch (error) {
      deps.onBroken('the store', error, call);
      call.observer.report(call, { type: 'cache.set', startedAt, ttlMs, error });
    }
  }
}

import type { Call } from '../../core/call.js';
import type { OnBroken } from '../../core/callbacks.js';
import type { Store, StoreKey } from '../../core/store.js';
import type { CacheEntry } from './cache-entry.js';
import type { KeyOf } from './call-key.js';

const NO_ARGS: readonly unknown[] = [];

/** From a call to what is kept for it. */
export class Lookup {
  // What a glance found out, for the call that follows at once.
  #args = NO_ARGS;
  #key: StoreKey | undefined = undefined;
  #entry: CacheEntry | undefined = undefined;

  constructor(
    private readonly keyOf: KeyOf,
    private readonly store: Store<CacheEntry>,
    private readonly onBroken: OnBroken,
  ) {}

  /** A fresh result for these arguments, before there is a call. Whatever throws will throw again, and be told of, when the call comes. */
  glance(self: unknown, args: readonly unknown[], now: () => number): CacheEntry | undefined {
    try {
      const key = this.keyOf(self, args);
      const entry = key === undefined ? undefined : this.store.get(key);
      if (entry !== undefined && !entry.failed && now() < entry.expiresAt) return entry;
      this.#args = args;
      this.#key = key;
      if (entry !== this.#entry) this.#entry = entry;
    } catch {
      // the call will tell of it
    }
    return undefined;
  }

  /** `undefined` where the call has none, and bypasses the cache. */
  keyFor(call: Call): StoreKey | undefined {
    if (call.args === this.#args) {
      if (this.#key === undefined) this.#forget();
      return this.#key;
    }
    try {
      return this.keyOf(call.self, call.args);
    } catch (error) {
      this.onBroken('key', error, call);
      return undefined;
    }
  }

  /** What is kept for a call with this key. Throws what the store throws. */
  entryFor(call: Call, key: StoreKey): CacheEntry | undefined {
    if (call.args !== this.#args) return this.store.get(key);
    const entry = this.#entry;
    this.#forget();
    return entry;
  }

  /** Arguments are not to be kept alive by one who looked at them. */
  #forget(): void {
    this.#args = NO_ARGS;
    if (this.#entry !== undefined) this.#entry = undefined;
  }
}

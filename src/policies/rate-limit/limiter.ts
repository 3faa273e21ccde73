import type { Ender } from '../../core/abort.js';
import type { Call } from '../../core/call.js';
import { atOnce, keyBy, type OnBroken } from '../../core/callbacks.js';
import type { Clock } from '../../core/clock.js';
import { wholeMilliseconds } from '../../core/duration.js';
import { shown } from '../../core/options.js';
import type { Store, StoreKey } from '../../core/store.js';
import { Gcra, type Rate } from './gcra.js';
import { WaitingLine } from './waiting-line.js';

/** One limit: a rate, and those who wait for their moment. */
export class Limit {
  readonly gcra: Gcra;
  #line: WaitingLine | undefined;

  constructor(
    rate: Rate,
    private readonly clock: Clock,
  ) {
    this.gcra = new Gcra(rate);
  }

  get isOccupied(): boolean {
    return this.#line?.isOccupied === true;
  }

  /** Lets a call that costs 1 pass, if it may at once and overtakes nobody. False: nothing was taken. */
  tryTake(now: number): boolean {
    return !this.isOccupied && this.gcra.tryTake(now);
  }

  /** Resolves at `dueAt`, after all that came before; rejects with the reason as soon as `ender` ends. */
  wait(dueAt: number, ender: Ender | undefined): Promise<void> {
    return (this.#line ??= new WaitingLine(this.clock)).wait(dueAt, ender);
  }
}

/** What a look without taking shows. */
export interface RateLimitPeek {
  /** Whether a call that costs 1 would pass at this moment. */
  readonly allowed: boolean;
  /** How much would pass at this moment. */
  readonly remaining: number;
  /** Milliseconds until a call that costs 1 may pass; 0 where it would now. */
  readonly retryAfterMs: number;
}

/** By what a limiter tells calls apart, and what they take. */
export interface LimiterOptions extends Rate {
  readonly key?: (...args: unknown[]) => unknown;
  readonly cost?: number | ((...args: unknown[]) => unknown);
  readonly name?: string;
}

/** What a limiter needs besides its options. */
export interface LimiterDeps {
  readonly clock: Clock;
  /** Where the limits are kept, by key; tools that share a limit share it. */
  readonly limits: Store<Limit>;
  /** What those that share a limit keep to. Default: what the options say. */
  readonly rate?: Rate;
  /** Told when `key` or `cost` threw; the call goes on without it. */
  readonly onBroken: OnBroken;
}

/** The limit of a tool, or, with a `key`, one for each key. */
export class Limiter {
  readonly #only: Limit | undefined;
  readonly #rate: Rate;

  constructor(
    private readonly options: LimiterOptions,
    private readonly deps: LimiterDeps,
  ) {
    this.#rate = deps.rate ?? options;
    if (!options.key) this.#only = this.#limitOf('');
  }

  /** The name under which tools share it. */
  get name(): string | undefined {
    return this.options.name;
  }

  /** Whether each key has a limit of its own. */
  get isKeyed(): boolean {
    return this.options.key !== undefined;
  }

  /** The limit that a call falls under; `undefined` where it bypasses it. */
  of(call: Call): Limit | undefined {
    if (this.#only) return this.#only;
    const key = this.#keyOf(call);
    return key === undefined ? undefined : this.#limitOf(key);
  }

  /** What a call takes. */
  costOf(call: Call): number {
    const { cost = 1 } = this.options;
    if (typeof cost === 'number') return cost;
    try {
      const made = cost.apply(call.self, call.args as unknown[]);
      if (typeof made === 'number' && made >= 0 && made < Infinity) return made;
      throw new TypeError(`it must give a number of at least 0, not ${shown(atOnce(made))}`);
    } catch (error) {
      this.deps.onBroken('cost', error, call);
      return 1;
    }
  }

  /** A look that takes nothing. */
  peek(key: string | number | undefined): RateLimitPeek {
    const now = this.deps.clock.now();
    const limit = this.#only ?? (key === undefined ? undefined : this.deps.limits.get(key));
    const gcra = limit?.gcra ?? new Gcra(this.#rate);
    const waitMs = gcra.earliest(now) - now;
    const retryAfterMs = waitMs === 0 ? 0 : Math.max(1, wholeMilliseconds(waitMs));
    return { allowed: waitMs === 0, remaining: gcra.remaining(now), retryAfterMs };
  }

  #keyOf(call: Call): StoreKey | undefined {
    try {
      return keyBy(this.options.key!, call.self, call.args);
    } catch (error) {
      this.deps.onBroken('key', error, call);
      return undefined;
    }
  }

  #limitOf(key: StoreKey): Limit {
    const { limits, clock } = this.deps;
    let limit = limits.get(key);
    if (!limit) limits.set(key, (limit = new Limit(this.#rate, clock)));
    return limit;
  }
}

import type { Call, Outcome } from '../../core/call.js';
import { Deferred } from '../../core/outcome.js';
import type { StoreKey } from '../../core/store.js';

/** What becomes of the runs that have landed. */
export interface Airport {
  /** Takes down a result. Gives what those who wait are given, or throws where it is of no use. */
  arrived(flight: Flight, value: unknown): unknown;
  /** Takes down an error. */
  crashed(flight: Flight, error: unknown): void;
}

/** A run that others with the same key wait for. */
export class Flight implements Outcome {
  /** What it will bring was invalidated before it came: it is not kept. */
  isOutdated = false;
  #followers: Deferred | undefined = undefined;

  constructor(
    private readonly airport: Airport,
    readonly key: StoreKey,
    readonly leader: Call,
    private readonly outer: Outcome,
  ) {}

  /** For those who wait; made when the first of them comes. */
  get result(): Promise<unknown> {
    return (this.#followers ??= new Deferred()).promise;
  }

  answered(value: unknown): void {
    let shared: unknown;
    try {
      shared = this.airport.arrived(this, value);
    } catch (refusal) {
      return this.failed(refusal);
    }
    this.#followers?.answered(shared);
    this.outer.answered(value);
  }

  failed(error: unknown): void {
    this.airport.crashed(this, error);
    this.#followers?.failed(error);
    this.outer.failed(error);
  }
}

/**
 * The runs under way, one for each key. The first of them stands apart: mostly it is the only one, and a map that is filled and emptied again
 * and again costs several times as much.
 */
export class Flights {
  #firstKey: StoreKey | undefined;
  #first: Flight | undefined;
  readonly #others = new Map<StoreKey, Flight>();

  get(key: StoreKey): Flight | undefined {
    if (this.#firstKey === key) return this.#first;
    return this.#others.size > 0 ? this.#others.get(key) : undefined;
  }

  begin(flight: Flight): void {
    const { key } = flight;
    if (this.#firstKey !== undefined && this.#firstKey !== key) this.#others.set(key, flight);
    else {
      this.#firstKey = key;
      this.#first = flight;
      if (this.#others.size > 0) this.#others.delete(key);
    }
  }

  /** It is over. Another one may have begun in its place. */
  land(flight: Flight): void {
    const { key } = flight;
    if (this.#first === flight) this.#firstKey = this.#first = undefined;
    else if (this.#others.get(key) === flight) this.#others.delete(key);
  }

  /** Nobody joins them any more, and what they bring is not kept. */
  outdate(isMeant: (key: StoreKey, leader: Call) => boolean): void {
    const all = this.#first ? [this.#first, ...this.#others.values()] : [...this.#others.values()];
    for (const flight of all) {
      if (!isMeant(flight.key, flight.leader)) continue;
      flight.isOutdated = true;
      this.land(flight);
    }
  }
}

import type { Call } from '../core/call.js';

/** A run that others with the same key wait for. */
export class Flight {
  result!: Promise<unknown>;
  /** What it will bring was invalidated before it came: it is not kept. */
  isOutdated = false;

  constructor(readonly leader: Call) {}
}

/** The runs under way, one for each key. */
export class Flights {
  readonly #byKey = new Map<string, Flight>();

  get(key: string): Flight | undefined {
    return this.#byKey.get(key);
  }

  begin(key: string, flight: Flight): void {
    this.#byKey.set(key, flight);
  }

  /** It is over. Another one may have begun in its place. */
  land(key: string, flight: Flight): void {
    if (this.#byKey.get(key) === flight) this.#byKey.delete(key);
  }

  /** Nobody joins them any more, and what they bring is not kept. */
  outdate(isMeant: (key: string, leader: Call) => boolean): void {
    for (const [key, flight] of this.#byKey) {
      if (!isMeant(key, flight.leader)) continue;
      flight.isOutdated = true;
      this.#byKey.delete(key);
    }
  }
}

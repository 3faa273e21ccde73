/** `limit` calls per `per` milliseconds, of which `burst` may pass at once. */
export interface Rate {
  readonly limit: number;
  readonly per: number;
  /** Default: `limit`. */
  readonly burst?: number | undefined;
}

// A nanosecond. Times are sums of fractions; without it the last bit of a sum could refuse a call that is due.
const TOLERANCE_MS = 1e-6;

/**
 * The generic cell rate algorithm: exact and smooth, in two numbers, without a timer. Keeps the theoretical arrival time of the
 * next call; who comes earlier than that by more than the burst allows is refused.
 * Source: ITU-T I.371 (virtual scheduling); B. Brandon, "Rate Limiting, Cells, and GCRA", 2015.
 *
 * Admissions may be promised for later. Those that another limit holds back longer than this one are kept in `#promised`, so
 * that calls in between use what is free without ever breaking the rate.
 */
export class Gcra {
  readonly #interval: number;
  readonly #burstTolerance: number;
  #arrival = -Infinity;
  #promised: number[] = [];

  constructor(readonly rate: Rate) {
    this.#interval = rate.per / rate.limit;
    this.#burstTolerance = ((rate.burst ?? rate.limit) - 1) * this.#interval;
  }

  /** The first moment, `from` or later, at which one more call may pass. Changes nothing. */
  earliest(from: number): number {
    let arrival = this.#arrival;
    for (let index = 0; index < this.#promised.length; index++) {
      const promised = this.#promised[index]!;
      const at = this.#passableAt(arrival, from);
      if (at <= promised && this.#leavesRoom(arrival, at, index)) return at;
      arrival = this.#after(arrival, promised);
      from = Math.max(from, promised);
    }
    return this.#passableAt(arrival, from);
  }

  /** Lets one call pass at `at`, a moment that `earliest` gave. */
  take(at: number, now: number): void {
    const index = this.#promised.findIndex((promised) => promised > at);
    this.#promised.splice(index < 0 ? this.#promised.length : index, 0, at);
    this.#settle(now);
  }

  #passableAt(arrival: number, from: number): number {
    const at = arrival - this.#burstTolerance;
    return at <= from + TOLERANCE_MS ? from : at;
  }

  #after(arrival: number, at: number): number {
    return Math.max(arrival, at) + this.#interval;
  }

  #leavesRoom(arrival: number, at: number, index: number): boolean {
    let next = this.#after(arrival, at);
    for (const promised of this.#promised.slice(index)) {
      if (next - this.#burstTolerance > promised + TOLERANCE_MS) return false;
      next = this.#after(next, promised);
    }
    return true;
  }

  /** Promises that are due, or that nothing can come before any more, become part of the arrival time. */
  #settle(now: number): void {
    let due = 0;
    while (due < this.#promised.length && this.#promised[due]! <= this.#passableAt(this.#arrival, now) + TOLERANCE_MS) {
      this.#arrival = this.#after(this.#arrival, this.#promised[due]!);
      due += 1;
    }
    if (due > 0) this.#promised.splice(0, due);
  }
}

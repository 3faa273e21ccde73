/** `limit` calls per `per` milliseconds, of which `burst` may pass at once. */
export interface Rate {
  readonly limit: number;
  readonly per: number;
  /** Default: `limit`. */
  readonly burst?: number | undefined;
}

// A nanosecond. Times are sums of fractions; without it the last bit of a sum could refuse a call that is due.
const TOLERANCE_MS = 1e-6;

/** A call that was let through for later. */
interface Promised {
  readonly at: number;
  readonly cost: number;
}

const NONE: readonly Promised[] = [];

/**
 * The generic cell rate algorithm: exact and smooth, in two numbers, without a timer. Keeps the theoretical arrival time of the
 * next call; who comes earlier than that by more than the burst allows is refused. A call that costs more than 1 counts as so many.
 * Source: ITU-T I.371 (virtual scheduling); B. Brandon, "Rate Limiting, Cells, and GCRA", 2015.
 *
 * Admissions may be promised for later. Those that another limit holds back longer than this one are kept in `#promised`, so
 * that calls in between use what is free without ever breaking the rate.
 */
export class Gcra {
  readonly #interval: number;
  readonly #burst: number;
  #arrival = -Infinity;
  #promised: readonly Promised[] = NONE;

  constructor(readonly rate: Rate) {
    this.#interval = rate.per / rate.limit;
    this.#burst = rate.burst ?? rate.limit;
  }

  /** The first moment, `from` or later, at which a call of this cost may pass; `Infinity` for one that costs more than the burst. Changes nothing. */
  earliest(from: number, cost = 1): number {
    if (cost > this.#burst) return Infinity;
    if (this.#promised.length === 0) return this.#passableAt(this.#arrival, from, cost);
    let arrival = this.#arrival;
    for (let index = 0; index < this.#promised.length; index++) {
      const promised = this.#promised[index]!;
      const at = this.#passableAt(arrival, from, cost);
      if (at <= promised.at && this.#leavesRoom(arrival, at, cost, index)) return at;
      arrival = this.#after(arrival, promised.at, promised.cost);
      from = Math.max(from, promised.at);
    }
    return this.#passableAt(arrival, from, cost);
  }

  /** Lets a call that costs 1 pass, if it may at once: what nearly all do. False: nothing was taken. */
  tryTake(now: number): boolean {
    if (this.#promised.length > 0 || this.#passableAt(this.#arrival, now, 1) > now) return false;
    this.#arrival = this.#after(this.#arrival, now, 1);
    return true;
  }

  /** Lets one call pass at `at`, a moment that `earliest` gave. */
  take(at: number, now: number, cost = 1): void {
    if (this.#promised.length === 0 && at <= this.#passableAt(this.#arrival, now, cost) + TOLERANCE_MS) {
      this.#arrival = this.#after(this.#arrival, at, cost);
      return;
    }
    const index = this.#promised.findIndex((promised) => promised.at > at);
    this.#promised = this.#promised.toSpliced(index < 0 ? this.#promised.length : index, 0, { at, cost });
    this.#settle(now);
  }

  /** How much may pass at once at this moment, without breaking a promise. */
  remaining(now: number): number {
    let [most, tooMuch] = [0, this.#burst + 1];
    while (tooMuch - most > 1) {
      const middle = Math.floor((most + tooMuch) / 2);
      if (this.earliest(now, middle) <= now) most = middle;
      else tooMuch = middle;
    }
    return most;
  }

  /** Whether nothing is left of the calls that passed: a new one in its place would do the same. */
  isIdle(now: number): boolean {
    return this.#promised.length === 0 && this.#arrival <= now;
  }

  #passableAt(arrival: number, from: number, cost: number): number {
    const at = arrival - (this.#burst - cost) * this.#interval;
    return at <= from + TOLERANCE_MS ? from : at;
  }

  #after(arrival: number, at: number, cost: number): number {
    return Math.max(arrival, at) + cost * this.#interval;
  }

  #leavesRoom(arrival: number, at: number, cost: number, index: number): boolean {
    let next = this.#after(arrival, at, cost);
    for (const promised of this.#promised.slice(index)) {
      if (next - (this.#burst - promised.cost) * this.#interval > promised.at + TOLERANCE_MS) return false;
      next = this.#after(next, promised.at, promised.cost);
    }
    return true;
  }

  /** Promises that are due, or that nothing can come before any more, become part of the arrival time. */
  #settle(now: number): void {
    let due = 0;
    while (due < this.#promised.length && this.#isSettled(this.#promised[due]!, now)) {
      const { at, cost } = this.#promised[due]!;
      this.#arrival = this.#after(this.#arrival, at, cost);
      due += 1;
    }
    if (due > 0) this.#promised = this.#promised.slice(due);
  }

  /** Not even the smallest call could come before it. */
  #isSettled({ at }: Promised, now: number): boolean {
    return at <= this.#passableAt(this.#arrival, now, 1) + TOLERANCE_MS;
  }
}

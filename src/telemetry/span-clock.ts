import type { Clock } from '../core/clock.js';

// Clocks drift apart when the machine sleeps or its time is corrected; below this it is only the grain of the wall clock.
const TOLERATED_DRIFT_MS = 50;
const CHECK_EVERY_MS = 1_000;

/**
 * One clock for the starts and ends of all our spans: monotonic, so that parents enclose their children and siblings keep their
 * order, and near the wall clock. A call asks once and keeps the offset it got, whatever happens to the wall clock meanwhile.
 */
export class SpanClock {
  #offset: number;
  #checkedAt: number;

  constructor(private readonly clock: Clock) {
    this.#checkedAt = clock.now();
    this.#offset = clock.wallTime() - this.#checkedAt;
  }

  /** What to add to a monotonic moment to get milliseconds since the epoch. */
  offset(now: number): number {
    if (now - this.#checkedAt > CHECK_EVERY_MS) {
      this.#checkedAt = now;
      const wanted = this.clock.wallTime() - now;
      if (Math.abs(wanted - this.#offset) > TOLERATED_DRIFT_MS) this.#offset = wanted;
    }
    return this.#offset;
  }
}

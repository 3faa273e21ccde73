const SIZE = 128;
const LEAST = 20;
const RECOMPUTE_EVERY = 16;

/** A quantile of the latest 128 durations, computed anew after every 16th: a fixed ring, nothing allocated per call. */
export class LatencyQuantile {
  readonly #ring = new Float64Array(SIZE);
  #recorded = 0;
  #value: number | undefined;

  /** @param quantile above 0, at most 1 */
  constructor(private readonly quantile: number) {}

  /** Milliseconds; `undefined` before there are 20 durations to go by. */
  get value(): number | undefined {
    return this.#value;
  }

  record(milliseconds: number): void {
    this.#ring[this.#recorded % SIZE] = milliseconds;
    this.#recorded += 1;
    if (this.#recorded >= LEAST && (this.#recorded - LEAST) % RECOMPUTE_EVERY === 0) this.#value = this.#compute();
  }

  #compute(): number {
    const sorted = this.#ring.slice(0, Math.min(this.#recorded, SIZE)).sort();
    return sorted[Math.min(sorted.length - 1, Math.ceil(this.quantile * sorted.length) - 1)]!;
  }
}

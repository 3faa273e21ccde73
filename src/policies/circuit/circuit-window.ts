/** What a window holds: attempts, and how many of them failed or were slow. */
export interface WindowCounts {
  readonly total: number;
  readonly failed: number;
  readonly slow: number;
}

/** The recent attempts of a circuit. Of a fixed size; taking one down allocates nothing. */
export interface CircuitWindow extends WindowCounts {
  /** @param now milliseconds */
  record(failed: boolean, slow: boolean, now: number): void;
  /** Lets go of what is too old. */
  settle(now: number): void;
  clear(): void;
}

const FAILED = 1;
const SLOW = 2;

/** The last `size` attempts, as a ring. */
export class CountWindow implements CircuitWindow {
  readonly #ring: Uint8Array;
  #next = 0;
  total = 0;
  failed = 0;
  slow = 0;

  constructor(size: number) {
    this.#ring = new Uint8Array(size);
  }

  record(failed: boolean, slow: boolean): void {
    const ring = this.#ring;
    if (this.total === ring.length) this.#count(ring[this.#next]!, -1);
    else this.total += 1;
    const mark = (failed ? FAILED : 0) + (slow ? SLOW : 0);
    this.#count(mark, 1);
    ring[this.#next] = mark;
    this.#next = (this.#next + 1) % ring.length;
  }

  settle(): void {
    // Nothing grows old: only a newer attempt takes the place of an older one.
  }

  clear(): void {
    this.#next = this.total = this.failed = this.slow = 0;
  }

  #count(mark: number, by: 1 | -1): void {
    if (mark & FAILED) this.failed += by;
    if (mark & SLOW) this.slow += by;
  }
}

// As resilience4j's and Polly's: the window moves on by a tenth of its length.
const SLICES = 10;
const FIELDS = 3;

/** The attempts of the last `length` milliseconds, as a ring of ten slices of time. */
export class TimeWindow implements CircuitWindow {
  /** For each slice: all, failed, slow. */
  readonly #ring = new Uint32Array(SLICES * FIELDS);
  readonly #sliceMs: number;
  /** Number of the slice of time that is being filled. */
  #slice = -Infinity;
  total = 0;
  failed = 0;
  slow = 0;

  constructor(length: number) {
    this.#sliceMs = length / SLICES;
  }

  record(failed: boolean, slow: boolean, now: number): void {
    this.settle(now);
    const at = this.#offset(this.#slice);
    this.#ring[at]! += 1;
    this.total += 1;
    if (failed) {
      this.#ring[at + 1]! += 1;
      this.failed += 1;
    }
    if (slow) {
      this.#ring[at + 2]! += 1;
      this.slow += 1;
    }
  }

  settle(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    if (slice <= this.#slice) return; // the same one, or a clock that jumped back
    if (slice - this.#slice >= SLICES) this.#empty();
    else for (let old = this.#slice + 1; old <= slice; old++) this.#drop(this.#offset(old));
    this.#slice = slice;
  }

  clear(): void {
    this.#empty();
    this.#slice = -Infinity;
  }

  #offset(slice: number): number {
    return (((slice % SLICES) + SLICES) % SLICES) * FIELDS;
  }

  #drop(at: number): void {
    this.total -= this.#ring[at]!;
    this.failed -= this.#ring[at + 1]!;
    this.slow -= this.#ring[at + 2]!;
    this.#ring.fill(0, at, at + FIELDS);
  }

  #empty(): void {
    this.#ring.fill(0);
    this.total = this.failed = this.slow = 0;
  }
}

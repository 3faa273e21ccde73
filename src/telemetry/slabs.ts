// With thousands of tools an exposition has tens of megabytes. Made anew for each scrape they would call for a full garbage collection each
// time, which is the longest that a scrape holds calls up: so the memory of one scrape is kept for the next.

/** Memory for text, in equal pieces outside of the heap. Keeps what the last one who gave some back had needed. */
export class SlabPool {
  static readonly SLAB_BYTES = 16_384;
  #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SlabPool.SLAB_BYTES);
  }

  giveBack(slabs: readonly Buffer[]): void {
    this.#free = [...slabs];
  }
}

/** Text as bytes, one piece after the other. */
export class SlabText {
  readonly #slabs: Buffer[] = [];
  /** Bytes used of each slab but the last. */
  readonly #ends: number[] = [];
  #used = SlabPool.SLAB_BYTES;

  constructor(private readonly pool: SlabPool) {}

  get slabs(): readonly Buffer[] {
    return this.#slabs;
  }

  add(text: string): void {
    let rest = text;
    while (rest !== '') {
      const { read, written } = encoder.encodeInto(rest, this.#room());
      this.#used += written;
      rest = rest.slice(read);
      // A character that takes several bytes may not fit into what is left.
      if (rest !== '') this.#grow();
    }
  }

  /** What was written, slab by slab. */
  parts(): Buffer[] {
    return this.#slabs.map((slab, index) => slab.subarray(0, this.#ends[index] ?? this.#used));
  }

  #room(): Buffer {
    if (this.#used === SlabPool.SLAB_BYTES) this.#grow();
    return this.#slabs.at(-1)!.subarray(this.#used);
  }

  #grow(): void {
    if (this.#slabs.length > 0) this.#ends.push(this.#used);
    this.#slabs.push(this.pool.take());
    this.#used = 0;
  }
}

const encoder = new TextEncoder();

import { shadow, type Method } from './shadow.js';
import { COMPLETED, failedWith, type Ending, type StreamRecord } from './stream-record.js';

// A stream that lives long may be given by one call after the other. More of them at a time are not worth what they cost each chunk.
const MOST = 8;

/** What a stream's steps give. */
export type Read = () => PromiseLike<IteratorResult<unknown>> | IteratorResult<unknown>;

/** The calls that gave one and the same stream, and what stands before its methods for as long as one of them lasts. */
export class Followers {
  readonly #records = new Set<StreamRecord>();
  readonly #restores: (() => void)[] = [];
  /** Whether somebody reads in a way that no step shows. */
  isAttended: (() => boolean) | undefined;

  constructor(private readonly onGone: () => void) {}

  /** Puts a method before one of the stream's, or of its reader's. False where that cannot be done. */
  put(target: object, key: PropertyKey, make: (original: Method) => Method): boolean {
    const restore = shadow(target, key, make);
    if (restore) this.#restores.push(restore);
    return restore !== undefined;
  }

  /** Has a call last as long as the stream. False where there are too many already. */
  add(record: StreamRecord): boolean {
    if (this.#records.size >= MOST) return false;
    this.#records.add(record);
    record.isAttended = () => this.isAttended?.() ?? false;
    record.onEnd = () => this.#remove(record);
    return true;
  }

  /**
   * Runs a step in the context of the innermost call and takes down what it gives.
   * @param isFailure whether an error of the step is one of the stream, and ends it
   */
  async step(read: Read, whenDone = COMPLETED, isFailure = true): Promise<unknown> {
    const records = [...this.#records];
    for (const record of records) record.startReading();
    try {
      const result = await (records[0] ? records[0].run(read) : read());
      for (const record of records) record.took(result, whenDone);
      return result;
    } catch (error) {
      if (isFailure) for (const record of records) record.end(failedWith(error));
      throw error;
    } finally {
      for (const record of records) record.stopReading();
    }
  }

  /** The calls as they are now: what happens to them must not change the list that is walked. */
  get records(): readonly StreamRecord[] {
    return [...this.#records];
  }

  chunk(): void {
    for (const record of this.#records) record.chunk();
  }

  end(ending: Ending): void {
    for (const record of this.records) record.end(ending);
  }

  /** Takes everything away that was put before. */
  release(): void {
    for (const restore of this.#restores.splice(0).reverse()) restore();
    this.onGone();
  }

  #remove(record: StreamRecord): void {
    this.#records.delete(record);
    if (this.#records.size === 0) this.release();
  }
}

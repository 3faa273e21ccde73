import type { Call, Next, StreamEnding, Watch } from '../core/call.js';
import type { Clock } from '../core/clock.js';

/** What the records of a tool's streams need. */
export interface StreamDeps {
  readonly watch: Watch;
  readonly clock: Clock;
  /** Milliseconds without a reader after which a stream counts as abandoned; `Infinity`: never. */
  readonly idleTimeout: number;
  /** Runs a step with the call's context active. */
  readonly within: (call: Call, step: Next) => unknown;
}

/** How the stream ends where a step says that it is done. */
export interface Ending {
  readonly outcome: StreamEnding['outcome'];
  readonly error?: unknown;
}

export const COMPLETED: Ending = { outcome: 'completed' };
export const CANCELLED: Ending = { outcome: 'cancelled' };

export function failedWith(error: unknown): Ending {
  return { outcome: 'failed', error };
}

type Step<Result> = (call: Call) => Result;

/** One stream from its call to its last chunk: runs its steps, counts its chunks, and ends its call once. */
export class StreamRecord {
  #chunks = 0;
  #firstChunkAt: number | undefined;
  #lastReadAt: number;
  #reading = 0;
  #isOver = false;
  #cancelTimer: (() => void) | undefined;
  readonly #cleanups: (() => void)[] = [];

  constructor(
    private readonly call: Call,
    private readonly deps: StreamDeps,
  ) {
    this.#lastReadAt = deps.clock.now();
    this.#watchForIdleness(deps.idleTimeout);
  }

  /** Called as soon as the stream is over. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /**
   * Runs a step and takes down what it gives.
   * @param whenDone what it means where the step says that there is no more
   * @param forgives whether an error of the step is none of the stream's
   */
  async step<Result extends IteratorResult<unknown>>(
    read: Step<PromiseLike<Result> | Result>,
    whenDone: Ending = COMPLETED,
    forgives?: () => boolean,
  ): Promise<Result> {
    this.#reading += 1;
    try {
      const result = await (this.deps.within(this.call, read) as PromiseLike<Result> | Result);
      this.#took(result, whenDone);
      return result;
    } catch (error) {
      if (!forgives?.()) this.end(failedWith(error));
      throw error;
    } finally {
      this.#read();
    }
  }

  /** The same for a stream that does not wait. */
  stepSync<Result extends IteratorResult<unknown>>(read: Step<Result>, whenDone: Ending = COMPLETED): Result {
    this.#reading += 1;
    try {
      const result = this.deps.within(this.call, read) as Result;
      this.#took(result, whenDone);
      return result;
    } catch (error) {
      this.end(failedWith(error));
      throw error;
    } finally {
      this.#read();
    }
  }

  /** Counts a chunk. */
  chunk(): void {
    if (this.#isOver) return;
    this.#lastReadAt = this.deps.clock.now();
    this.#firstChunkAt ??= this.#lastReadAt;
    this.#chunks += 1;
  }

  /** Ends the call; whatever comes later passes through unseen. */
  end({ outcome, error }: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer?.();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    const { watch, clock } = this.deps;
    // An abandoned stream was over when it was last read, not when we noticed.
    const endedAt = outcome === 'abandoned' ? this.#lastReadAt : clock.now();
    watch.close(this.call, outcome === 'failed', error, {
      outcome,
      chunks: this.#chunks,
      firstChunkAt: this.#firstChunkAt,
      endedAt,
    });
  }

  /** Nothing is to be seen of the stream after all: the call is left to who asked. */
  forget(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  #took({ done }: IteratorResult<unknown>, whenDone: Ending): void {
    if (done) this.end(whenDone);
    else this.chunk();
  }

  #read(): void {
    this.#reading -= 1;
    if (!this.#isOver) this.#lastReadAt = this.deps.clock.now();
  }

  /** One timer that looks again, in place of one for each chunk. A stream whose reader waits for it is not idle. */
  #watchForIdleness(afterMs: number): void {
    const { clock, idleTimeout } = this.deps;
    if (idleTimeout === Infinity) return;
    this.#cancelTimer = clock.setTimer(
      () => {
        const idleMs = this.#reading > 0 ? 0 : clock.now() - this.#lastReadAt;
        if (idleMs >= idleTimeout) this.end({ outcome: 'abandoned' });
        else this.#watchForIdleness(idleTimeout - idleMs);
      },
      afterMs,
      true,
    );
  }
}

import type { Call, Run, StreamEnding, Watch } from '../core/call.js';
import type { Clock } from '../core/clock.js';

/** What the records of a tool's streams need. */
export interface StreamDeps {
  readonly watch: Watch;
  readonly clock: Clock;
  /** Milliseconds without a reader after which a stream counts as abandoned; `Infinity`: never. */
  readonly idleTimeout: number;
  /** Where records stand that are not over; absent where nobody waits for their end. */
  readonly open?: Set<StreamRecord> | undefined;
  /** Runs a step with the call's context active. */
  readonly within: (call: Call, step: Run) => unknown;
}

/** How a stream, or what turned out to be a single value, ended. */
export interface Ending {
  readonly outcome: StreamEnding['outcome'];
  readonly error?: unknown;
  /** It was awaited, and gave one value. */
  readonly isValue?: true;
  readonly value?: unknown;
}

export const COMPLETED: Ending = { outcome: 'completed' };
export const CANCELLED: Ending = { outcome: 'cancelled' };
export const ABANDONED: Ending = { outcome: 'abandoned' };

export function failedWith(error: unknown): Ending {
  return { outcome: 'failed', error };
}

/** One call whose answer is a stream, from the call to the last chunk: counts the chunks, and ends the call once. */
export class StreamRecord {
  #chunks = 0;
  #firstChunkAt: number | undefined;
  #lastReadAt: number;
  #reading = 0;
  #isOver = false;
  #cancelTimer: (() => void) | undefined;
  /** Called as soon as it is over. */
  onEnd: (() => void) | undefined;
  /** Whether somebody waits for the next chunk whom we do not see reading. */
  isAttended: (() => boolean) | undefined;

  constructor(
    private call: Call,
    private readonly deps: StreamDeps,
  ) {
    this.#lastReadAt = deps.clock.now();
    if (!deps.open) return;
    deps.open.add(this);
    if (deps.idleTimeout !== Infinity) this.#watchForIdleness(deps.idleTimeout);
  }

  /** Milliseconds for which nobody has read from it; 0 where somebody waits for the next chunk. */
  get idleMs(): number {
    const isRead = this.#reading > 0 || this.isAttended?.() === true;
    return isRead ? 0 : this.deps.clock.now() - this.#lastReadAt;
  }

  /** The attempt from which the stream came: the one that its further steps are part of. */
  cameFrom(attempt: Call): void {
    const isAnother = attempt.attempt !== this.call.attempt || attempt.cancellation !== this.call.cancellation;
    if (isAnother) this.call = this.call.after(attempt);
  }

  /** Runs a step with the call's context active. */
  run<Result>(read: (call: Call) => Result): Result {
    return this.deps.within(this.call, read) as Result;
  }

  /** Somebody waits for the next chunk. */
  startReading(): void {
    this.#reading += 1;
  }

  /** Nobody waits for it any more. */
  stopReading(): void {
    this.#reading -= 1;
    this.#lastReadAt = this.deps.clock.now();
  }

  /** Takes down what a step gave; `whenDone` is what it means where it says that there is no more. */
  took({ done }: IteratorResult<unknown>, whenDone: Ending): void {
    if (done) this.end(whenDone);
    else this.chunk();
  }

  /** Counts a chunk. */
  chunk(): void {
    if (this.#isOver) return;
    this.#lastReadAt = this.deps.clock.now();
    this.#firstChunkAt ??= this.#lastReadAt;
    this.#chunks += 1;
  }

  /** Ends the call; whatever comes later passes through unseen. */
  end({ outcome, error, isValue, value }: Ending): void {
    if (this.#isOver) return;
    this.forget();
    const { watch, clock } = this.deps;
    const failed = outcome === 'failed';
    if (isValue) return watch.close(this.call, failed, failed ? error : value);
    // An abandoned stream was over when it was last read, not when we noticed.
    const endedAt = outcome === 'abandoned' ? this.#lastReadAt : clock.now();
    watch.close(this.call, failed, error, { outcome, chunks: this.#chunks, firstChunkAt: this.#firstChunkAt, endedAt });
  }

  /** Sees no more of the stream, and leaves the call to who asked. */
  forget(): void {
    this.#isOver = true;
    this.deps.open?.delete(this);
    this.#cancelTimer?.();
    this.onEnd?.();
  }

  /** One timer that looks again, in place of one for each chunk. A stream whose reader waits for it is not idle. */
  #watchForIdleness(afterMs: number): void {
    const { clock, idleTimeout } = this.deps;
    this.#cancelTimer = clock.setTimer(
      () => {
        const { idleMs } = this;
        if (idleMs >= idleTimeout) this.end(ABANDONED);
        else this.#watchForIdleness(idleTimeout - idleMs);
      },
      afterMs,
      true,
    );
  }
}

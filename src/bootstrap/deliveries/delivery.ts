import { systemClock } from '../../core/clock.js';

/** How metrics are sent somewhere, and when. */
export interface DeliverySettings {
  /** Sends what was counted by now; rejects where that fails. */
  readonly send: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Milliseconds; without them it is sent at the end alone. */
  readonly intervalMs: number | undefined;
  /** The longest that one sending may take, in milliseconds. */
  readonly timeoutMs: number;
  /** A number that changes when anything was counted; `undefined` where there is nothing worth sending. */
  readonly counted: () => number | undefined;
  /** Whether another one delivers for us. */
  readonly isDoneForUs: () => boolean;
  readonly onFailure: (error: unknown) => void;
}

/** Sends metrics somewhere every so often, and at the end. It does not keep the process alive in between. */
export class Delivery {
  #last: Promise<boolean> = Promise.resolve(true);
  #delivered: number | undefined;
  #cancel: (() => void) | undefined;
  #isSending = false;

  constructor(private readonly settings: DeliverySettings) {
    this.#schedule();
  }

  /** Sends now, after what is being sent already. Resolves with whether it arrived; never rejects. */
  flush(): Promise<boolean> {
    return (this.#last = this.#last.then(() => this.#deliver()));
  }

  /** See `ExitActions.news`. */
  news(): number | undefined {
    if (this.settings.isDoneForUs()) return undefined;
    const counted = this.settings.counted();
    return counted === this.#delivered ? undefined : counted;
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.settings.close();
  }

  #schedule(): void {
    const { intervalMs } = this.settings;
    if (intervalMs === undefined) return;
    const next = (): void => {
      this.#schedule();
      // Where one takes longer than the interval, they would pile up.
      if (!this.#isSending) void this.flush();
    };
    this.#cancel = systemClock.setTimer(next, intervalMs, true);
  }

  async #deliver(): Promise<boolean> {
    const { send, counted, timeoutMs, isDoneForUs, onFailure } = this.settings;
    if (isDoneForUs()) return true;
    // Also where it fails: at the end of a process nothing is sent twice.
    this.#delivered = counted();
    this.#isSending = true;
    try {
      await inTime(send(), timeoutMs);
      return true;
    } catch (error) {
      onFailure(error);
      return false;
    } finally {
      this.#isSending = false;
    }
  }
}

function inTime(promise: Promise<void>, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = systemClock.setTimer(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
    promise.then(resolve, reject).finally(cancel);
  });
}

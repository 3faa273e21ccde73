import { onAbort } from './abort.js';

/** Time, handed in: tests move it by hand. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wallTime(): number;
  /**
   * Calls back once, no earlier than after `milliseconds`; the function returned cancels.
   * @param isBackground nobody waits for it: it does not keep the process alive
   */
  setTimer(callback: () => void, milliseconds: number, isBackground?: boolean): () => void;
}

/** A number from 0 (included) to 1 (excluded), handed in like time. */
export type Random = () => number;

/** A longer setTimeout fires after 1 ms. */
export const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer(callback, milliseconds, isBackground) {
    const due = performance.now() + milliseconds;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      // Rounded up: setTimeout cuts fractions off and would wake the caller too early.
      const left = Math.min(Math.ceil(due - performance.now()), LONGEST_TIMEOUT_MS);
      timer = setTimeout(() => (performance.now() < due ? arm() : callback()), Math.max(left, 0));
      if (isBackground) timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Registers a callback; the function returned takes it back. */
export type Subscribe = (callback: () => void) => () => void;

/**
 * Resolves after `milliseconds`, or as soon as `wakeOn` calls back, or rejects with the signal's reason as soon as it aborts;
 * leaves no listener behind.
 */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal, wakeOn?: Subscribe): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    if (milliseconds <= 0) return resolve();
    const leave = (): void => {
      cancel();
      unsubscribe?.();
      forgetSignal?.();
    };
    const wake = (): void => {
      leave();
      resolve();
    };
    const give = (): void => {
      leave();
      reject(signal?.reason as Error);
    };
    const cancel = clock.setTimer(wake, milliseconds);
    const unsubscribe = wakeOn?.(wake);
    const forgetSignal = signal && onAbort(signal, give);
  });
}

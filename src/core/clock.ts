import { onAbort, type Ender } from './abort.js';

/** Time, handed in: tests move it by hand. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  now(): number;
  /** The same, or a moment that is a little old, at a fraction of the price; for who does not mind. Default: `now`. */
  coarseNow?(): number;
  /** Milliseconds since the Unix epoch. */
  wallTime(): number;
  /**
   * Calls back once, no earlier than after `milliseconds`; the function returned cancels.
   * @param isBackground nobody waits for it: it does not keep the process alive
   */
  setTimer(callback: () => void, milliseconds: number, isBackground?: boolean): CancelTimer;
}

/** Cancels a timer. */
export interface CancelTimer {
  (): void;
  /** Has a background timer keep the process alive, or not any more; absent where timers have no say in that. */
  readonly keepAlive?: (isNeeded: boolean) => void;
}

/** A number from 0 (included) to 1 (excluded), handed in like time. */
export type Random = () => number;

/** A longer setTimeout fires after 1 ms. */
export const LONGEST_TIMEOUT_MS = 2_147_483_647;

// Node looks its `performance` up anew each time it is named, at half the price of the reading itself. Fake timers put another one in its
// place; they replace `setTimeout` with it, which costs nothing to look at.
const ownPerformance = performance;
const ownSetTimeout = setTimeout;

function now(): number {
  return setTimeout === ownSetTimeout ? ownPerformance.now() : performance.now();
}

/** The machine's own time. */
export const systemClock: Clock = {
  now,
  coarseNow,
  wallTime: () => Date.now(),
  setTimer(callback, milliseconds, isBackground) {
    const due = now() + milliseconds;
    let timer: NodeJS.Timeout;
    let isNeeded = !isBackground;
    const arm = (): void => {
      // Rounded up: setTimeout cuts fractions off and would wake the caller too early.
      const left = Math.min(Math.ceil(due - now()), LONGEST_TIMEOUT_MS);
      timer = setTimeout(() => (now() < due ? arm() : callback()), Math.max(left, 0));
      if (!isNeeded) timer.unref();
    };
    arm();
    const keepAlive = (needed: boolean): void => {
      isNeeded = needed;
      if (needed) timer.ref();
      else timer.unref();
    };
    return Object.assign(() => clearTimeout(timer), { keepAlive });
  },
};

// Who asks so often asks for the same millisecond again and again.
const OFTEN_MS = 0.05;
let lastMoment = -Infinity;
let isLastFresh = false;

/** Where it is asked often, the last moment, until the event loop comes round and a millisecond has gone by. */
function coarseNow(): number {
  if (isLastFresh) return lastMoment;
  const moment = now();
  if (moment - lastMoment < OFTEN_MS) {
    isLastFresh = true;
    setTimeout(() => (isLastFresh = false), 1).unref();
  }
  lastMoment = moment;
  return moment;
}

/** For who does not mind a moment that is a little old. */
export function coarsely(clock: Clock): () => number {
  const ask = clock.coarseNow ?? clock.now;
  return () => ask.call(clock);
}

/** The same clock, which stands still where the one underneath jumps back, and goes on from there. */
export function steady(clock: Clock): Clock {
  if (clock === systemClock) return clock; // monotonic by itself
  let last = clock.now();
  let elapsed = last;
  const now = (): number => {
    const at = clock.now();
    if (at > last) elapsed += at - last;
    last = at;
    return elapsed;
  };
  return { now, wallTime: () => clock.wallTime(), setTimer: (...args) => clock.setTimer(...args) };
}

/** Registers a callback; the function returned takes it back. */
export type Subscribe = (callback: () => void) => () => void;

/**
 * Resolves after `milliseconds`, or as soon as `wakeOn` calls back, or rejects with the reason as soon as `ender` ends;
 * leaves no listener behind.
 */
export function sleep(clock: Clock, milliseconds: number, ender?: Ender, wakeOn?: Subscribe): Promise<void> {
  return new Promise((resolve, reject) => {
    if (ender?.aborted) return reject(ender.reason);
    if (milliseconds <= 0) return resolve();
    const leave = (): void => {
      cancel();
      unsubscribe?.();
      forgetEnder?.();
    };
    const wake = (): void => {
      leave();
      resolve();
    };
    const give = (): void => {
      leave();
      reject(ender!.reason);
    };
    const cancel = clock.setTimer(wake, milliseconds);
    const unsubscribe = wakeOn?.(wake);
    const forgetEnder = ender && onAbort(ender, give);
  });
}

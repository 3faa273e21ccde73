import type { TestClock } from '../../src/testing.js';

/** How many timers of this clock are neither over nor cancelled, of those that are set from here on. */
export function pendingTimers(clock: TestClock): () => number {
  const pending = new Set<object>();
  const setTimer = clock.setTimer.bind(clock);
  clock.setTimer = (callback, milliseconds, isBackground) => {
    const timer = {};
    pending.add(timer);
    const fire = (): void => {
      pending.delete(timer);
      callback();
    };
    const cancel = setTimer(fire, milliseconds, isBackground);
    return () => {
      pending.delete(timer);
      cancel();
    };
  };
  return () => pending.size;
}

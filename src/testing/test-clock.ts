import { AsyncResource } from 'node:async_hooks';
import { setImmediate } from 'node:timers'; // not the global one, which test runners replace
import type { Clock } from '../core/clock.js';
import { toMilliseconds, type Duration } from '../core/duration.js';
import { ConfigurationError } from '../core/errors.js';
import { duration as durationRule, shown } from '../core/options.js';

/** Options of `createTestClock`. */
export interface TestClockOptions {
  /** Milliseconds since the Unix epoch at which it starts. Default 2026-01-01T00:00:00Z. */
  startTime?: number;
  /** Whoever sleeps wakes at once, and the clock has moved on by that much. Default false: the test moves it. */
  autoAdvance?: boolean;
}

/** A clock that stands still until the test moves it. */
export interface TestClock extends Clock {
  /** Moves on by `duration`, waking in order whoever sleeps until then; resolves when all that follows from it has run. */
  advance(duration: Duration): Promise<void>;
}

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/**
 * A clock for `createTestObservability({ clock })`: circuits, limits, caches and back-offs go by it, so that a test never sleeps.
 */
export function createTestClock({ startTime = Date.UTC(2026, 0, 1), autoAdvance = false }: TestClockOptions = {}): TestClock {
  let now = 0;
  const timers = new Set<Timer>();

  const fireNext = (until: number): boolean => {
    let next: Timer | undefined;
    for (const timer of timers) if (!next || timer.dueAt < next.dueAt) next = timer;
    if (!next || next.dueAt > until) return false;
    timers.delete(next);
    now = Math.max(now, next.dueAt);
    next.callback();
    return true;
  };

  /** Whoever is due before it wakes first, and does what it has to do. */
  const wake = (timer: Timer): void => {
    if (timers.has(timer)) fireNext(timer.dueAt);
    if (timers.has(timer)) setImmediate(() => wake(timer));
  };

  return {
    now: () => now,
    wallTime: () => startTime + now,
    setTimer(callback, milliseconds, isBackground) {
      // As with real timers: what is called back runs where the timer was set, whoever moves the clock.
      const timer = { callback: AsyncResource.bind(callback), dueAt: now + Math.max(0, milliseconds) };
      timers.add(timer);
      // Nobody sleeps until a background timer.
      if (autoAdvance && !isBackground) setImmediate(() => wake(timer));
      return () => void timers.delete(timer);
    },
    async advance(duration) {
      const milliseconds = toMilliseconds(duration);
      if (milliseconds === undefined)
        throw new ConfigurationError(`TestClock.advance: duration must be ${durationRule.allowed}, got ${shown(duration)}`);
      const target = now + milliseconds;
      do await settled();
      while (fireNext(target));
      now = target;
    },
  };
}

/** Until promises that are ready have run their course. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
}

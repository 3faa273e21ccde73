import { getEventListeners } from 'node:events';
import { sleep, systemClock } from '../../src/core/clock.js';
import { createTestClock, type TestClock } from '../../src/testing/test-clock.js';

const DAY = 86_400_000;

describe('sleep', () => {
  it('resolves when the time is over, not before', async () => {
    const clock = createTestClock();
    let awake = false;
    const sleeping = sleep(clock, 100).then(() => (awake = true));
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    await sleeping;
    expect(awake).toBe(true);
  });

  it('rejects with the reason of the signal as soon as it aborts', async () => {
    const clock = createTestClock();
    const controller = new AbortController();
    const reason = new Error('user left');
    const sleeping = sleep(clock, 100, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(clock.now()).toBe(0);
  });

  it('does not begin under a signal that has aborted', async () => {
    const clock = createTestClock();
    const setTimer = jest.spyOn(clock, 'setTimer');
    const reason = new Error('user left');
    await expect(sleep(clock, 100, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(setTimer).not.toHaveBeenCalled();
  });

  it('does not wait at all for 0', async () => {
    const clock = createTestClock();
    const setTimer = jest.spyOn(clock, 'setTimer');
    await sleep(clock, 0, new AbortController().signal);
    expect(setTimer).not.toHaveBeenCalled();
  });

  it('resolves early when what it listens to calls back', async () => {
    const clock = createTestClock();
    const subscribers = new Set<() => void>();
    const sleeping = sleep(clock, 100, undefined, subscribing(subscribers));
    await clock.advance(40);
    for (const wake of subscribers) wake();
    await sleeping;
    expect(clock.now()).toBe(40);
  });

  it.each(['by its time', 'by an abort', 'by a call'])('leaves no listener and no timer behind when it ends %s', async (end) => {
    const clock = createTestClock();
    const pending = watchTimers(clock);
    const subscribers = new Set<() => void>();
    const controller = new AbortController();
    const { signal } = controller;
    const counts = (): number[] => [pending.size, subscribers.size, getEventListeners(signal, 'abort').length];

    const sleeping = sleep(clock, 100, signal, subscribing(subscribers));
    expect(counts()).toEqual([1, 1, 1]);
    if (end === 'by its time') await clock.advance(100);
    if (end === 'by an abort') controller.abort(new Error('user left'));
    if (end === 'by a call') for (const wake of subscribers) wake();
    await Promise.allSettled([sleeping]);
    expect(counts()).toEqual([0, 0, 0]);
  });
});

const subscribing =
  (subscribers: Set<() => void>) =>
  (callback: () => void): (() => void) => {
    subscribers.add(callback);
    return () => subscribers.delete(callback);
  };

/** The timers that are set, neither fired nor cancelled. */
function watchTimers(clock: TestClock): ReadonlySet<object> {
  const pending = new Set<object>();
  const setTimer = clock.setTimer.bind(clock);
  clock.setTimer = (callback, milliseconds) => {
    const timer = {};
    pending.add(timer);
    const fire = (): void => {
      pending.delete(timer);
      callback();
    };
    const cancel = setTimer(fire, milliseconds);
    return () => {
      pending.delete(timer);
      cancel();
    };
  };
  return pending;
}

describe('systemClock', () => {
  it('goes by the machine: monotonic milliseconds, and the date', () => {
    const before = [performance.now(), Date.now()] as const;
    const now = systemClock.now();
    const wallTime = systemClock.wallTime();
    expect(now).toBeGreaterThanOrEqual(before[0]);
    expect(now).toBeLessThanOrEqual(performance.now());
    expect(wallTime).toBeGreaterThanOrEqual(before[1]);
    expect(wallTime).toBeLessThanOrEqual(Date.now());
  });

  it('never calls back early, fractions of a millisecond included', async () => {
    const early: number[] = [];
    for (const wait of [0, 0.4, 1.5, 2.9]) {
      const startedAt = systemClock.now();
      await new Promise<void>((resolve) => systemClock.setTimer(resolve, wait));
      const waited = systemClock.now() - startedAt;
      if (waited < wait) early.push(waited);
    }
    expect(early).toEqual([]);
  });

  describe('with the timers of Node replaced', () => {
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => void jest.useRealTimers());

    it('calls back once', () => {
      const callback = jest.fn();
      systemClock.setTimer(callback, 10);
      jest.advanceTimersByTime(9);
      expect(callback).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1_000);
      expect(callback).toHaveBeenCalledTimes(1);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('waits longer than one setTimeout can', () => {
      const callback = jest.fn();
      systemClock.setTimer(callback, 60 * DAY);
      jest.advanceTimersByTime(60 * DAY - 1);
      expect(callback).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(callback).toHaveBeenCalledTimes(1);
    });

    it('does not call back once it was cancelled, in the first stretch or a later one', () => {
      const callback = jest.fn();
      const cancelSoon = systemClock.setTimer(callback, 10);
      const cancelLate = systemClock.setTimer(callback, 60 * DAY);
      cancelSoon();
      jest.advanceTimersByTime(30 * DAY);
      cancelLate();
      jest.advanceTimersByTime(60 * DAY);
      expect(callback).not.toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    });

    it('calls back at once for a time that is already over', () => {
      const callback = jest.fn();
      systemClock.setTimer(callback, -5);
      jest.advanceTimersByTime(0);
      expect(callback).toHaveBeenCalledTimes(1);
    });
  });
});

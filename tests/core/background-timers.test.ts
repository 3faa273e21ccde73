import { systemClock } from '../../src/core/clock.js';

const DAY = 86_400_000;

describe('a timer of the system clock', () => {
  let setTimeout: jest.SpyInstance<NodeJS.Timeout, Parameters<typeof globalThis.setTimeout>>;
  const noop = (): void => undefined;

  beforeEach(() => {
    jest.useFakeTimers();
    setTimeout = jest.spyOn(globalThis, 'setTimeout');
  });
  afterEach(() => {
    setTimeout.mockRestore();
    jest.useRealTimers();
  });

  /** Whether the timer of Node that was set last keeps the process alive. */
  const keepsAlive = (): boolean => (setTimeout.mock.results.at(-1)!.value as NodeJS.Timeout).hasRef();

  it('keeps the process alive, unless it runs in the background', () => {
    systemClock.setTimer(noop, 10);
    expect(keepsAlive()).toBe(true);
    systemClock.setTimer(noop, 10, true);
    expect(keepsAlive()).toBe(false);
    expect(setTimeout).toHaveBeenCalledTimes(2);
  });

  it('can be told to keep it alive, and not to any more', () => {
    const { keepAlive } = systemClock.setTimer(noop, 10, true);
    keepAlive!(true);
    expect(keepsAlive()).toBe(true);
    keepAlive!(false);
    expect(keepsAlive()).toBe(false);
    expect(setTimeout).toHaveBeenCalledTimes(1);
  });

  it.each([true, false])('remembers in its later stretches what it was told: %p', (isNeeded) => {
    const callback = jest.fn();
    const { keepAlive } = systemClock.setTimer(callback, 60 * DAY, isNeeded);
    keepAlive!(isNeeded);
    jest.advanceTimersByTime(30 * DAY);
    expect(setTimeout).toHaveBeenCalledTimes(2);
    expect(keepsAlive()).toBe(isNeeded);
    keepAlive!(!isNeeded);
    expect(keepsAlive()).toBe(!isNeeded);
    jest.advanceTimersByTime(30 * DAY);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it.each(['fired', 'was cancelled'])('does not come back by being told so after it %s', (end) => {
    const callback = jest.fn();
    const timer = systemClock.setTimer(callback, 10, true);
    if (end === 'fired') jest.advanceTimersByTime(10);
    else timer();
    timer.keepAlive!(true);
    timer.keepAlive!(false);
    jest.advanceTimersByTime(1_000);
    expect(jest.getTimerCount()).toBe(0);
    expect(callback).toHaveBeenCalledTimes(end === 'fired' ? 1 : 0);
  });
});

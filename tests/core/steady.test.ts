import * as fc from 'fast-check';
import { steady, systemClock, type Clock } from '../../src/core/clock.js';
import { createTestClock } from '../../src/testing/test-clock.js';

/** A clock that the test sets, forwards and backwards. */
function settable(start = 0) {
  const clock = { ...createTestClock(), at: start, now: () => clock.at };
  return clock;
}

describe('steady', () => {
  it('tells the time of a clock that goes forwards', () => {
    const clock = settable(500);
    const { now } = steady(clock);
    expect(now()).toBe(500);
    clock.at = 740.5;
    expect(now()).toBe(740.5);
  });

  it('stands still where the clock jumps back, and goes on from there', () => {
    const clock = settable(1_000);
    const { now } = steady(clock);
    clock.at = 200;
    expect(now()).toBe(1_000);
    clock.at = 250;
    expect(now()).toBe(1_050);
    clock.at = 1_250;
    expect(now()).toBe(2_050);
  });

  it('adds up what the clock went forwards, for any history of jumps', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 })), fc.integer({ min: -5_000, max: 5_000 }), (moves, start) => {
        const clock = settable(start);
        const { now } = steady(clock);
        let forwards = 0;
        for (const move of moves) {
          clock.at += move;
          forwards += Math.max(move, 0);
          expect(now()).toBe(start + forwards);
        }
      }),
    );
  });

  it('asks the clock underneath for its timers and for the date', async () => {
    const clock = createTestClock({ startTime: 7_000 });
    const setTimer = jest.spyOn(clock, 'setTimer');
    const steadied: Clock = steady(clock);
    const [kept, cancelled] = [jest.fn(), jest.fn()];
    steadied.setTimer(kept, 10, true);
    steadied.setTimer(cancelled, 10)();
    await clock.advance(10);
    expect([kept.mock.calls.length, cancelled.mock.calls.length]).toEqual([1, 0]);
    expect(setTimer.mock.calls[0]).toEqual([kept, 10, true]);
    expect(steadied.wallTime()).toBe(7_010);
  });

  it('is the clock of the machine itself where that is underneath: it does not jump', () => {
    expect(steady(systemClock)).toBe(systemClock);
  });
});

import { getEventListeners } from 'node:events';
import { WaitingLine } from '../../src/policies/rate-limit/waiting-line.js';
import { createTestClock } from '../../src/testing/test-clock.js';

function line() {
  const clock = createTestClock();
  const timers = jest.spyOn(clock, 'setTimer');
  const waiting = new WaitingLine(clock);
  const admitted: string[] = [];
  const enter = (name: string, dueAt: number, signal?: AbortSignal): Promise<number> =>
    waiting.wait(dueAt, signal).then(() => admitted.push(`${name} at ${clock.now()}`));
  return { clock, timers, waiting, admitted, enter };
}

describe('a waiting line', () => {
  it('admits each at its moment, not before', async () => {
    const { clock, admitted, enter } = line();
    void enter('a', 100);
    void enter('b', 200);
    await clock.advance(99);
    expect(admitted).toEqual([]);
    await clock.advance(1);
    expect(admitted).toEqual(['a at 100']);
    await clock.advance(100);
    expect(admitted).toEqual(['a at 100', 'b at 200']);
  });

  it('admits who is due at the same moment in arrival order', async () => {
    const { clock, admitted, enter } = line();
    for (const name of ['a', 'b', 'c']) void enter(name, 100);
    await clock.advance(100);
    expect(admitted).toEqual(['a at 100', 'b at 100', 'c at 100']);
  });

  it('admits all that are due when the timer comes late, in arrival order', async () => {
    const { clock, timers, admitted, enter } = line();
    let fire: (() => void) | undefined;
    timers.mockImplementation((callback) => {
      fire = callback;
      return () => undefined;
    });
    for (const [name, dueAt] of [
      ['a', 100],
      ['b', 110],
      ['c', 500],
    ] as const)
      void enter(name, dueAt);
    await clock.advance(300);
    fire?.();
    await clock.advance(0);
    expect(admitted).toEqual(['a at 300', 'b at 300']);
  });

  it('keeps one timer, for the first', async () => {
    const { clock, timers, enter } = line();
    void enter('a', 100);
    void enter('b', 200);
    void enter('c', 300);
    expect(timers.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([100]);
    await clock.advance(300);
    expect(timers.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([100, 100, 100]);
  });

  it('is occupied as long as somebody waits', async () => {
    const { clock, waiting, enter } = line();
    const controller = new AbortController();
    expect(waiting.isOccupied).toBe(false);
    void enter('a', 100);
    const leaver = enter('b', 200, controller.signal);
    await clock.advance(100);
    expect(waiting.isOccupied).toBe(true);
    controller.abort(new Error('user left'));
    await expect(leaver).rejects.toThrow('user left');
    expect(waiting.isOccupied).toBe(false);
  });

  it('begins anew after it was empty', async () => {
    const { clock, admitted, enter } = line();
    void enter('a', 100);
    await clock.advance(500);
    void enter('b', 600);
    await clock.advance(100);
    expect(admitted).toEqual(['a at 100', 'b at 600']);
  });

  it('admits at once who is due already', async () => {
    const { clock, admitted, enter } = line();
    await clock.advance(500);
    void enter('a', 400);
    await clock.advance(0);
    expect(admitted).toEqual(['a at 500']);
  });
});

describe('who gives up waiting', () => {
  const reason = new Error('user left');

  it('leaves at once with the reason of the signal', async () => {
    const { clock, enter } = line();
    const controller = new AbortController();
    const waiting = enter('a', 100, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(clock.now()).toBe(0);
  });

  it.each([
    ['first', 0],
    ['in the middle', 1],
    ['last', 2],
  ])('and stands %s leaves the others their moments', async (_where, leaver) => {
    const { clock, admitted, enter } = line();
    const controller = new AbortController();
    const waits = ['a', 'b', 'c'].map((name, index) => enter(name, 100 * (index + 1), index === leaver ? controller.signal : undefined));
    controller.abort(reason);
    await expect(waits[leaver]).rejects.toBe(reason);
    await clock.advance(1_000);
    expect(admitted).toEqual(['a at 100', 'b at 200', 'c at 300'].filter((_line, index) => index !== leaver));
  });

  it('does not enter where the signal has aborted', async () => {
    const { timers, enter } = line();
    await expect(enter('a', 100, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(timers).not.toHaveBeenCalled();
  });

  it('leaves no listener behind, nor does who was admitted', async () => {
    const { clock, enter } = line();
    const controller = new AbortController();
    const { signal } = controller;
    const admitted = enter('a', 100, signal);
    const aborted = enter('b', 200, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await clock.advance(100);
    await admitted;
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('leaves no timer behind when the line is empty', async () => {
    const clock = createTestClock();
    const setTimer = jest.spyOn(clock, 'setTimer');
    const cancelled = jest.fn();
    setTimer.mockReturnValue(cancelled);
    const controller = new AbortController();
    const waiting = new WaitingLine(clock).wait(100, controller.signal);
    expect(setTimer).toHaveBeenCalledTimes(1);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(setTimer).toHaveBeenCalledTimes(1);
    expect(cancelled).toHaveBeenCalled();
  });
});

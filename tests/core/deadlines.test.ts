import type { Clock } from '../../src/core/clock.js';
import { Deadlines, type Deadline } from '../../src/core/deadlines.js';
import { createTestClock } from '../../src/testing/test-clock.js';

/** Writes down when it expired. */
class Noted implements Deadline {
  dueAt = 0;
  isListed = false;
  before: Deadline | undefined;
  after: Deadline | undefined;
  readonly at: number[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly then: () => void = () => undefined,
  ) {}

  expire(): void {
    this.at.push(this.clock.now());
    this.then();
  }
}

/** Deadlines 100 ms ahead, and the timers they set: how long each, whether it is set still, and whether it keeps the process alive. */
function listed() {
  const clock = createTestClock();
  const timers: { ms: number; isSet: boolean; isNeeded: boolean; isBackground: boolean }[] = [];
  const { setTimer } = clock;
  clock.setTimer = (callback, ms, isBackground = false) => {
    const timer = { ms, isSet: true, isNeeded: !isBackground, isBackground };
    timers.push(timer);
    const fire = (): void => {
      timer.isSet = false;
      callback();
    };
    const cancel = setTimer(fire, ms, isBackground);
    return Object.assign(() => cancel(), { keepAlive: (isNeeded: boolean) => void (timer.isNeeded = isNeeded) });
  };
  const deadlines = new Deadlines(clock, 100);
  const add = (then?: () => void): Noted => {
    const deadline = new Noted(clock, then);
    deadlines.add(deadline);
    return deadline;
  };
  /** Of the one timer there may be. */
  const alive = (): boolean[] => timers.filter(({ isSet }) => isSet).map(({ isNeeded }) => isNeeded);
  return { clock, timers, deadlines, add, alive };
}

describe('deadlines', () => {
  it('expire at their moment, each at its own and once', async () => {
    const { clock, add } = listed();
    const first = add();
    await clock.advance(30);
    const second = add();
    await clock.advance(69);
    expect([first.at, second.at]).toEqual([[], []]);
    await clock.advance(1);
    expect([first.at, second.at]).toEqual([[100], []]);
    await clock.advance(1_000);
    expect([first.at, second.at]).toEqual([[100], [130]]);
  });

  it('expire in the order in which they were set, those of one moment together', async () => {
    const { clock, add, timers } = listed();
    const order: number[] = [];
    for (const number of [1, 2, 3]) add(() => order.push(number));
    await clock.advance(100);
    expect(order).toEqual([1, 2, 3]);
    expect(timers).toHaveLength(1);
  });

  it.each([0, 1, 2])('do not expire once they are removed, and hold up no other: number %p of three', async (removed) => {
    const { clock, deadlines, add } = listed();
    const three = [add(), add(), add()];
    await clock.advance(50);
    deadlines.remove(three[removed]!);
    await clock.advance(1_000);
    expect(three.map(({ at }) => at)).toEqual([0, 1, 2].map((index) => (index === removed ? [] : [100])));
  });

  it('say whether they are listed: until they are removed, and no longer while they expire', async () => {
    const { clock, deadlines, add } = listed();
    const removed = add();
    const whileExpiring: boolean[] = [];
    const expired = add(() => whileExpiring.push(expired.isListed));
    expect([removed.isListed, expired.isListed]).toEqual([true, true]);
    deadlines.remove(removed);
    expect([removed.isListed, expired.isListed]).toEqual([false, true]);
    await clock.advance(100);
    expect([whileExpiring, expired.isListed]).toEqual([[false], false]);
  });

  it('can be set anew after they expired or were removed', async () => {
    const { clock, deadlines, add } = listed();
    const deadline = add();
    await clock.advance(100);
    deadlines.add(deadline);
    deadlines.remove(deadline);
    deadlines.add(deadline);
    await clock.advance(100);
    expect(deadline.at).toEqual([100, 200]);
  });

  it.each(['expires', 'is removed'])('may be set and removed by one that expires: the other one then %s', async (end) => {
    const { clock, deadlines, add } = listed();
    const set: Noted[] = [];
    const first = add(() => {
      set.push(add());
      if (end === 'is removed') deadlines.remove(second);
    });
    const second = add();
    await clock.advance(100);
    expect([first.at, second.at]).toEqual([[100], end === 'expires' ? [100] : []]);
    await clock.advance(100);
    expect(set.map(({ at }) => at)).toEqual([[200]]);
  });

  it('go by the moment that is handed in, where there is one', async () => {
    const { clock, deadlines } = listed();
    const deadline = new Noted(clock);
    await clock.advance(40);
    deadlines.add(deadline, 30);
    await clock.advance(1_000);
    expect([deadline.dueAt, deadline.at]).toEqual([130, [140]]);
  });
});

describe('the one timer of deadlines', () => {
  it('serves all of them', async () => {
    const { clock, deadlines, add, timers } = listed();
    for (let call = 0; call < 50; call++) {
      const quick = add();
      await clock.advance(1);
      deadlines.remove(quick);
    }
    add();
    expect(timers).toHaveLength(1);
  });

  it('is set again for the one that is first by then', async () => {
    const { clock, deadlines, add, timers } = listed();
    const quick = add();
    await clock.advance(60);
    const slow = add();
    deadlines.remove(quick);
    await clock.advance(1_000);
    expect(slow.at).toEqual([160]);
    expect(timers.map(({ ms }) => ms)).toEqual([100, 60]);
  });

  it('keeps the process alive only while somebody may expire', async () => {
    const { clock, deadlines, add, alive } = listed();
    expect(alive()).toEqual([]);
    const [quick, other] = [add(), add()];
    expect(alive()).toEqual([true]);
    deadlines.remove(quick);
    expect(alive()).toEqual([true]);
    deadlines.remove(other);
    expect(alive()).toEqual([false]);
    add();
    expect(alive()).toEqual([true]);
    await clock.advance(1_000);
    expect(alive()).toEqual([]);
  });

  it('runs in the background, so that no clock jumps ahead to it', () => {
    const { add, timers } = listed();
    add();
    expect(timers.map(({ isBackground }) => isBackground)).toEqual([true]);
  });

  it('does without keepAlive where timers have no say in that', async () => {
    const clock = createTestClock();
    const deadlines = new Deadlines(clock, 100);
    const [quick, slow] = [new Noted(clock), new Noted(clock)];
    deadlines.add(quick);
    deadlines.remove(quick);
    deadlines.add(slow);
    await clock.advance(100);
    expect([quick.at, slow.at]).toEqual([[], [100]]);
  });
});

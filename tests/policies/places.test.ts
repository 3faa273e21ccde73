import * as fc from 'fast-check';
import { getEventListeners } from 'node:events';
import { Places } from '../../src/policies/bulkhead/places.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { pendingTimers } from '../support/timers.js';

type Step =
  | { readonly do: 'enter'; readonly maxWait?: number | undefined }
  | { readonly do: 'leave' }
  | { readonly do: 'abort'; readonly pick: number }
  | { readonly do: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('enter' as const), maxWait: fc.constantFrom(undefined, 50, 100, 120) }) },
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'leave' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), pick: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 49, 50, 100) }) },
);

/** Places and their queue in plain words: who is in, who waits and until when, and what became of each, in order. */
class Model {
  now = 0;
  inside = 0;
  queue: { readonly who: number; readonly until: number }[] = [];
  readonly story: string[] = [];

  constructor(readonly size: number) {}

  enter(who: number, maxWait = Infinity): void {
    if (this.inside < this.size) this.#admit(who);
    else this.queue.push({ who, until: this.now + maxWait });
  }

  leave(): void {
    this.inside -= 1;
    const first = this.queue.shift();
    if (first) this.#admit(first.who);
  }

  abort(who: number): void {
    if (!this.queue.some((waiting) => waiting.who === who)) return;
    this.queue = this.queue.filter((waiting) => waiting.who !== who);
    this.story.push(`${who} gave up`);
  }

  pass(ms: number): void {
    this.now += ms;
    const late = this.queue.filter(({ until }) => until <= this.now).sort((a, b) => a.until - b.until);
    this.queue = this.queue.filter(({ until }) => until > this.now);
    for (const { who } of late) this.story.push(`${who} came too late`);
  }

  #admit(who: number): void {
    this.inside += 1;
    this.story.push(`${who} is in`);
  }
}

/** The real thing, told in the same words. */
function watchedPlaces(size: number) {
  const clock = createTestClock();
  const places = new Places(size, clock);
  const aborts: AbortController[] = [];
  const story: string[] = [];
  const enter = (maxWait?: number): void => {
    const who = aborts.push(new AbortController()) - 1;
    if (places.tryEnter()) return void story.push(`${who} is in`);
    const wait = places.enter(maxWait, aborts[who]!.signal);
    wait.then(
      (isIn) => story.push(`${who} ${isIn ? 'is in' : 'came too late'}`),
      (reason: unknown) => story.push(`${who} ${String(reason)}`),
    );
  };
  return { clock, places, aborts, story, enter };
}

async function walk(size: number, steps: readonly Step[]): Promise<void> {
  const model = new Model(size);
  const { clock, places, aborts, story, enter } = watchedPlaces(size);
  const take: { readonly [Kind in Step['do']]: (next: Extract<Step, { do: Kind }>) => unknown } = {
    enter({ maxWait }) {
      model.enter(aborts.length, maxWait);
      enter(maxWait);
    },
    leave() {
      if (model.inside === 0) return;
      model.leave();
      places.leave();
    },
    abort({ pick }) {
      model.abort(pick);
      aborts[pick]?.abort('gave up');
    },
    pass({ ms }) {
      model.pass(ms);
      return clock.advance(ms);
    },
  };
  for (const next of steps) {
    await take[next.do](next as never);
    await Promise.resolve();
    expect(places.taken).toBeLessThanOrEqual(size);
    expect({ taken: places.taken, queued: places.queued, story }).toEqual({
      taken: model.inside,
      queued: model.queue.length,
      story: model.story,
    });
  }
  while (places.taken > 0) {
    places.leave();
    await Promise.resolve();
  }
  expect([places.queued, story.length]).toEqual([0, aborts.length]);
}

describe('places with any history', () => {
  it('agree with the model: never too many inside, in arrival order, and nobody is forgotten', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { minLength: 10, maxLength: 80 }), walk);
    await fc.assert(property, { numRuns: 300 });
  });
});

describe('who waits for a place', () => {
  const reason = new Error('user left');

  it('does not begin to wait under a signal that has aborted', async () => {
    const { places } = watchedPlaces(1);
    places.tryEnter();
    await expect(places.enter(undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(places.queued).toBe(0);
  });

  it('leaves neither a timer nor a listener behind, whatever becomes of it', async () => {
    const { places, clock } = watchedPlaces(1);
    const pending = pendingTimers(clock);
    const aborts = [new AbortController(), new AbortController(), new AbortController()];
    places.tryEnter();
    const waits = aborts.map(({ signal }, index) => places.enter(index === 0 ? 10 : 100, signal));
    const listeners = (): number[] => aborts.map(({ signal }) => getEventListeners(signal, 'abort').length);
    expect([pending(), listeners()]).toEqual([3, [1, 1, 1]]);
    await clock.advance(10);
    places.leave();
    aborts[2]!.abort(reason);
    expect(await Promise.allSettled(waits)).toEqual([
      { status: 'fulfilled', value: false },
      { status: 'fulfilled', value: true },
      { status: 'rejected', reason },
    ]);
    expect([pending(), listeners()]).toEqual([0, [0, 0, 0]]);
  });
});

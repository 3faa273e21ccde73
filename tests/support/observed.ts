import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';

/** Test observability with a clock that moves itself, put away after each test. */
export function observed(): { seen: TestObservability; clock: TestClock } {
  const holder = {} as { seen: TestObservability; clock: TestClock };
  beforeEach(() => {
    holder.clock = createTestClock({ autoAdvance: true });
    holder.seen = createTestObservability({ clock: holder.clock, random: () => 0.5 });
  });
  afterEach(() => holder.seen.dispose());
  return holder;
}

/** What a promise came to: its value, or what it was rejected with. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

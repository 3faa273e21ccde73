import * as fc from 'fast-check';
import { Deadlines, type Deadline } from '../../src/core/deadlines.js';
import { createTestClock } from '../../src/testing/test-clock.js';

const LENGTH = 100;

type Step = { do: 'add' } | { do: 'pass'; ms: number } | { do: 'remove'; pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'add' }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 30, 70, 99, 100, 101) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), pick: fc.nat(20) }) },
);

/** Deadlines in the plainest words: who is listed, and when each of them is due. */
class Model {
  readonly expired: string[] = [];
  listed: { readonly id: number; readonly dueAt: number }[] = [];

  pass(until: number): void {
    const due = this.listed.filter(({ dueAt }) => dueAt <= until);
    this.expired.push(...due.map(({ id, dueAt }) => `${id} at ${dueAt}`));
    this.listed = this.listed.filter(({ dueAt }) => dueAt > until);
  }
}

class Numbered implements Deadline {
  dueAt = 0;
  isListed = false;
  before: Deadline | undefined;
  after: Deadline | undefined;
  constructor(
    readonly id: number,
    private readonly onExpire: (id: number) => void,
  ) {}

  expire(): void {
    this.onExpire(this.id);
  }
}

async function walk(steps: readonly Step[]): Promise<void> {
  const clock = createTestClock();
  const deadlines = new Deadlines(clock, LENGTH);
  const model = new Model();
  const expired: string[] = [];
  const all: Numbered[] = [];
  for (const next of steps) {
    if (next.do === 'pass') {
      await clock.advance(next.ms);
      model.pass(clock.now());
    } else if (next.do === 'add') {
      const deadline = new Numbered(all.length, (id) => expired.push(`${id} at ${clock.now()}`));
      all.push(deadline);
      deadlines.add(deadline);
      model.listed.push({ id: deadline.id, dueAt: clock.now() + LENGTH });
    } else if (model.listed.length > 0) {
      const [{ id }] = model.listed.splice(next.pick % model.listed.length, 1) as unknown as [{ id: number }];
      deadlines.remove(all[id]!);
    }
    expect(expired).toEqual(model.expired);
    expect(all.filter(({ isListed }) => isListed).map(({ id }) => id)).toEqual(model.listed.map(({ id }) => id));
  }
}

test('with any history, deadlines expire in time and in order, those that were removed never', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), walk), { numRuns: 150 });
});

import * as fc from 'fast-check';
import { CountWindow, TimeWindow, type CircuitWindow, type WindowCounts } from '../../src/policies/circuit/circuit-window.js';

/** An attempt as a plain list keeps it. */
interface Attempt {
  readonly at: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

/** What happens to a window: an attempt so many milliseconds later (or earlier), or all is forgotten. */
type Step = { readonly gap: number; readonly failed: boolean; readonly slow: boolean } | 'clear';

function countsOf({ total, failed, slow }: WindowCounts): WindowCounts {
  return { total, failed, slow };
}

function sumOf(attempts: readonly Attempt[]): WindowCounts {
  const many = (is: (attempt: Attempt) => boolean): number => attempts.filter(is).length;
  return { total: attempts.length, failed: many(({ failed }) => failed), slow: many(({ slow }) => slow) };
}

/** Steps with these gaps between attempts. */
function stepsWith(gap: fc.Arbitrary<number>): fc.Arbitrary<Step[]> {
  const attempt = fc.record({ gap, failed: fc.boolean(), slow: fc.boolean() });
  const step = fc.oneof({ weight: 30, arbitrary: attempt }, { weight: 1, arbitrary: fc.constant<Step>('clear') });
  return fc.array(step, { maxLength: 200 });
}

/** Lets a window and a list go through the same steps; `check` is told what the list holds after each attempt. */
function walk(window: CircuitWindow, steps: readonly Step[], check: (attempts: readonly Attempt[], now: number) => void): void {
  let attempts: Attempt[] = [];
  let now = 1_000;
  for (const step of steps) {
    if (step === 'clear') {
      attempts = [];
      window.clear();
      expect(countsOf(window)).toEqual({ total: 0, failed: 0, slow: 0 });
      continue;
    }
    now += step.gap;
    const { failed, slow } = step;
    attempts.push({ at: now, failed, slow });
    window.record(failed, slow, now);
    check(attempts, now);
  }
}

describe('a window of the last attempts', () => {
  it('begins empty', () => {
    expect(countsOf(new CountWindow(5))).toEqual({ total: 0, failed: 0, slow: 0 });
  });

  it('counts an attempt that failed slowly as both', () => {
    const window = new CountWindow(5);
    window.record(true, true);
    window.record(true, false);
    window.record(false, true);
    window.record(false, false);
    expect(countsOf(window)).toEqual({ total: 4, failed: 2, slow: 2 });
  });

  it('holds what the last of a list are, for any size and any attempts, however often it is cleared', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), stepsWith(fc.constant(0)), (size, steps) => {
        const window = new CountWindow(size);
        walk(window, steps, (attempts) => expect(countsOf(window)).toEqual(sumOf(attempts.slice(-size))));
      }),
      { numRuns: 300 },
    );
  });

  it('does not go by the clock: attempts of yesterday are as good as those of today', () => {
    const anyTime = fc.integer({ min: -100_000, max: 100_000_000 });
    fc.assert(
      fc.property(stepsWith(anyTime), (steps) => {
        const window: CircuitWindow = new CountWindow(7);
        walk(window, steps, (attempts, now) => {
          window.settle(now + 86_400_000);
          expect(countsOf(window)).toEqual(sumOf(attempts.slice(-7)));
        });
      }),
    );
  });
});

/** The lengths are odd on purpose: a tenth of them is no whole number. */
const anyLength = fc.constantFrom(1, 7, 10, 33, 1_000, 30_000);
const anyGap = (length: number): fc.Arbitrary<number> => fc.oneof(fc.constant(0), fc.nat(Math.ceil(length / 8)), fc.nat(length * 3));
const lengthAndSteps = anyLength.chain((length) => fc.tuple(fc.constant(length), stepsWith(anyGap(length))));

describe('a window of time', () => {
  it('begins empty', () => {
    expect(countsOf(new TimeWindow(1_000))).toEqual({ total: 0, failed: 0, slow: 0 });
  });

  it('counts an attempt that failed slowly as both', () => {
    const window = new TimeWindow(1_000);
    window.record(true, true, 0);
    window.record(true, false, 0);
    window.record(false, true, 0);
    window.record(false, false, 0);
    expect(countsOf(window)).toEqual({ total: 4, failed: 2, slow: 2 });
  });

  it('moves on by a tenth of its length, and lets go of a tenth at a time', () => {
    const window = new TimeWindow(1_000);
    const totals = [0, 99, 100, 950, 999, 1_000, 1_099, 1_100, 1_899, 1_900].map((now) => {
      window.record(false, false, now);
      return window.total;
    });
    expect(totals).toEqual([1, 2, 3, 4, 5, 4, 5, 5, 6, 5]);
  });

  it('lets go of what is too old also where nothing comes in', () => {
    const window = new TimeWindow(1_000);
    window.record(true, true, 50);
    window.settle(999);
    expect(countsOf(window)).toEqual({ total: 1, failed: 1, slow: 1 });
    window.settle(1_000);
    expect(countsOf(window)).toEqual({ total: 0, failed: 0, slow: 0 });
  });

  it('holds what a list holds from the same ten tenths, for any length and any attempts', () => {
    fc.assert(
      fc.property(lengthAndSteps, ([length, steps]) => {
        const tenth = (at: number): number => Math.floor(at / (length / 10));
        const window = new TimeWindow(length);
        walk(window, steps, (attempts, now) => {
          expect(countsOf(window)).toEqual(sumOf(attempts.filter(({ at }) => tenth(at) > tenth(now) - 10)));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('never forgets what is younger than nine tenths of it, and never keeps what is older than all of it', () => {
    fc.assert(
      fc.property(lengthAndSteps, ([length, steps]) => {
        const window = new TimeWindow(length);
        walk(window, steps, (attempts, now) => {
          const atLeast = sumOf(attempts.filter(({ at }) => now - at < length * 0.9));
          const atMost = sumOf(attempts.filter(({ at }) => now - at <= length));
          for (const kind of ['total', 'failed', 'slow'] as const) {
            expect(window[kind]).toBeGreaterThanOrEqual(atLeast[kind]);
            expect(window[kind]).toBeLessThanOrEqual(atMost[kind]);
          }
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('a window of time under a clock that jumps backwards', () => {
  it('takes what comes then for the latest it knows', () => {
    const window = new TimeWindow(1_000);
    window.record(true, false, 5_000);
    window.record(true, false, 10);
    expect(countsOf(window)).toEqual({ total: 2, failed: 2, slow: 0 });
    window.settle(5_999);
    expect(window.total).toBe(2);
    window.settle(6_000);
    expect(window.total).toBe(0);
  });

  it('holds what it would hold under the same clock standing still meanwhile, for any jumps', () => {
    const anyJump = fc.integer({ min: -3_000, max: 1_500 });
    fc.assert(
      fc.property(stepsWith(anyJump), (steps) => {
        const [window, still] = [new TimeWindow(1_000), new TimeWindow(1_000)];
        let latest = -Infinity;
        walk(window, steps, (attempts, now) => {
          const { failed, slow } = attempts.at(-1)!;
          if (attempts.length === 1) {
            still.clear();
            latest = -Infinity;
          }
          latest = Math.max(latest, now);
          still.record(failed, slow, latest);
          expect(countsOf(window)).toEqual(countsOf(still));
        });
      }),
      { numRuns: 300 },
    );
  });

  it('is empty and ready again at an earlier time once it was cleared', () => {
    const window = new TimeWindow(1_000);
    window.record(true, true, 5_000);
    window.clear();
    window.record(false, true, 0);
    expect(countsOf(window)).toEqual({ total: 1, failed: 0, slow: 1 });
    window.record(false, false, 1_000);
    expect(countsOf(window)).toEqual({ total: 1, failed: 0, slow: 0 });
  });
});

describe('the size of a window', () => {
  // A list of so many attempts, all of them young enough, would take 80 MB and more.
  const MANY = 10_000_000;

  it.each<[string, CircuitWindow]>([
    ['attempts', new CountWindow(100)],
    ['time', new TimeWindow(86_400_000)],
  ])('is the same for ten million attempts as for one: %s', (_of, window) => {
    const before = process.memoryUsage();
    for (let at = 0; at < MANY; at++) window.record((at & 1) === 0, false, at);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(40_000_000);
    expect(window.failed * 2).toBe(window.total);
  });
});

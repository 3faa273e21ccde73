import * as fc from 'fast-check';
import { tool } from 'toolspan';
import type { Call } from '../../src/core/call.js';
import { retry, retryDefaults, type ResolvedRetry } from '../../src/policies/retry/retry.js';
import { RetryBudget } from '../../src/policies/retry/retry-budget.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { fakeCall, laid, recordingObserver } from '../support/fake-call.js';
import { observed, outcome } from '../support/observed.js';

describe('a retry budget', () => {
  const taken = (budget: RetryBudget): number => {
    let retries = 0;
    while (budget.tryRetry()) retries += 1;
    return retries;
  };
  const under = (budget: RetryBudget, calls: number): RetryBudget => {
    for (let call = 0; call < calls; call++) budget.begin();
    return budget;
  };

  it.each([
    [0, 3],
    [1, 3],
    [19, 3],
    [20, 4],
    [100, 20],
  ])('lets with %p calls under way %p retries be under way, by default', (calls, retries) => {
    expect(taken(under(new RetryBudget({}), calls))).toBe(retries);
  });

  it.each([
    [{ ratio: 0.5, min: 0 }, 1, 0],
    [{ ratio: 0.5, min: 0 }, 5, 2],
    [{ ratio: 1, min: 0 }, 7, 7],
    [{ ratio: 0.01, min: 1 }, 150, 1],
  ])('goes by its ratio and its floor: %p with %p calls, %p retries', (options, calls, retries) => {
    expect(taken(under(new RetryBudget(options), calls))).toBe(retries);
  });

  it('gives back what has ended', () => {
    const budget = new RetryBudget({ min: 1 });
    expect([budget.tryRetry(), budget.tryRetry()]).toEqual([true, false]);
    budget.retryEnded();
    expect(budget.tryRetry()).toBe(true);
  });
});

/** One call of a history. */
interface Plan {
  /** Milliseconds after the call before. */
  readonly gap: number;
  /** For each attempt how long it takes and whether it fails; the last one for ever. */
  readonly attempts: readonly { readonly takes: number; readonly fails: boolean }[];
  /** Milliseconds after which its caller gives up. */
  readonly givesUpAfter: number | undefined;
}

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  gap: fc.constantFrom(0, 0, 0, 1, 20, 150),
  attempts: fc.array(fc.record({ takes: fc.nat(120), fails: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  givesUpAfter: fc.option(fc.nat(300), { nil: undefined, freq: 5 }),
});
const anyBudget = fc.record({ ratio: fc.constantFrom(0.1, 0.2, 0.5, 1), min: fc.nat(3) });
const anyRetry = fc.record({
  maxRetries: fc.integer({ min: 1, max: 4 }),
  baseDelay: fc.constantFrom(0, 10, 100),
  maxElapsed: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
});

/** Counts for itself, by what the row does, what the budget must know. */
class Ledger {
  callsUnderWay = 0;
  /** Calls that decided to retry and whose attempt is not over. */
  readonly retrying = new Set<object>();
  settled = 0;
  refused = 0;
  readonly broken: string[] = [];

  constructor(readonly options: { readonly ratio: number; readonly min: number }) {}

  get allowed(): number {
    return Math.max(this.options.min, Math.floor(this.options.ratio * this.callsUnderWay));
  }

  /** A retry was decided at this moment. */
  decided(call: Call): void {
    if (this.retrying.size >= this.allowed) this.broken.push(`retry ${this.retrying.size + 1} of ${this.allowed} at ${this.callsUnderWay}`);
    this.retrying.add(call.origin);
  }

  /** A retry was refused at this moment. */
  exhausted(): void {
    this.refused += 1;
    if (this.retrying.size < this.allowed) this.broken.push(`refused with ${this.retrying.size} of ${this.allowed} taken`);
  }
}

/** Lets a history happen; when it is over, everything must have come back. */
async function happen(plans: readonly Plan[], options: Partial<ResolvedRetry>, limits: { ratio: number; min: number }) {
  const clock = createTestClock();
  const budget = new RetryBudget(limits);
  const ledger = new Ledger(limits);
  const observer = {
    ...recordingObserver(),
    report: (call: Call | undefined, { type }: { readonly type: string }): void => {
      if (type === 'retry.wait') ledger.decided(call!);
      if (type === 'retry.budget_exhausted') ledger.exhausted();
    },
  };
  const looping = retry({ ...retryDefaults, jitter: 'none', ...options }, { clock, random: () => 0.5, budget, onBroken: fail });
  const row = laid(looping)(async (call) => {
    const { attempts } = call.args[0] as Plan;
    const { takes, fails } = attempts[Math.min(call.attempt, attempts.length - 1)]!;
    await new Promise<void>((resolve) => void clock.setTimer(resolve, takes));
    ledger.retrying.delete(call.origin);
    if (fails) throw new Error('down');
  });
  for (const plan of plans) {
    await clock.advance(plan.gap);
    const controller = new AbortController();
    if (plan.givesUpAfter !== undefined) clock.setTimer(() => controller.abort(new Error('gone')), plan.givesUpAfter);
    const call = fakeCall([plan, controller.signal], { observer });
    ledger.callsUnderWay += 1;
    const over = (): void => {
      ledger.callsUnderWay -= 1;
      ledger.retrying.delete(call.origin);
      ledger.settled += 1;
    };
    void row(call).then(over, over);
  }
  await clock.advance('1h');
  return { budget, ledger };
}

function fail(option: string): never {
  throw new Error(`${option} broke`);
}

describe('a retry budget with any history', () => {
  it('is kept at each decision, refuses nobody who has room, and all comes back: no retry, no call, no promise is left', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyPlan, { minLength: 1, maxLength: 25 }), anyRetry, anyBudget, async (plans, options, limits) => {
        const { budget, ledger } = await happen(plans, options, limits);
        expect(ledger.broken).toEqual([]);
        expect(ledger.settled).toBe(plans.length);
        expect([budget.callsUnderWay, budget.retriesUnderWay]).toEqual([0, 0]);
        refused += ledger.refused;
      }),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

describe('the budget of a tool', () => {
  const it = observed();
  const down = new Error('down');

  test('keeps an outage from being multiplied: of many calls only a share is retried at a time, the others end with their error', async () => {
    let runs = 0;
    const retrying = { maxRetries: 1, jitter: 'none', budget: { ratio: 0.2, min: 3 } } as const;
    const fn = tool({ name: 'frugal', retry: retrying }, async () => {
      runs += 1;
      throw down;
    });
    const results = await Promise.all(Array.from({ length: 50 }, () => outcome(fn())));
    expect(new Set(results)).toEqual(new Set([down]));
    const kinds = (kind: string) => it.seen.metric('tool_retry_calls_total', { tool: 'frugal', kind })!;
    expect(runs).toBe(50 + kinds('failed_with_retry'));
    expect(kinds('failed_with_retry')).toBe(10);
    expect(kinds('failed_without_retry')).toBe(40);
    const exhausted = it.seen.spans.flatMap(({ events }) => events).filter(({ name }) => name === 'tool.retry.budget_exhausted');
    expect(exhausted).toHaveLength(40);
  });

  test('is whole again for who comes later', async () => {
    let runs = 0;
    const fn = tool({ name: 'renewed', retry: { maxRetries: 1, budget: { min: 1 } } }, async () => {
      runs += 1;
      throw down;
    });
    for (let call = 0; call < 5; call++) await outcome(fn());
    expect(runs).toBe(10);
  });

  test('of min 0 allows a lone call no retry', async () => {
    let runs = 0;
    const fn = tool({ name: 'strict', retry: { maxRetries: 3, budget: { ratio: 0.2, min: 0 } } }, async () => {
      runs += 1;
      throw down;
    });
    expect(await outcome(fn())).toBe(down);
    expect(runs).toBe(1);
  });
});

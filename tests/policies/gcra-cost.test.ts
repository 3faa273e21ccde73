import * as fc from 'fast-check';
import { Gcra, type Rate } from '../../src/policies/rate-limit/gcra.js';
import { rateLimit } from '../../src/policies/rate-limit/rate-limit.js';
import { Limiter } from '../../src/policies/rate-limit/limiter.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { fakeCall, laid } from '../support/fake-call.js';
import { outcome } from '../support/observed.js';

/** Something that passed, and what it took. */
interface Passed {
  readonly at: number;
  readonly cost: number;
}

/** In any window of length w, its ends included, what passes costs at most burst + w * limit / per. */
function expectConformance({ limit, per, burst = limit }: Rate, passed: readonly Passed[]): void {
  for (const [first, { at: from }] of passed.entries()) {
    let cost = 0;
    for (const { at, cost: more } of passed.slice(first)) {
      cost += more;
      expect(cost).toBeLessThanOrEqual(burst + ((at - from) * limit) / per + 1e-6);
    }
  }
}

const rate = fc.record({
  limit: fc.integer({ min: 1, max: 20 }),
  per: fc.constantFrom(100, 210, 1_000),
  burst: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
});
const cost = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.constantFrom(0.1, 0.5, 2.5));
const arrivals = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 200 }), cost }), { maxLength: 80 });

describe('for any rate, any arrivals and any costs', () => {
  it('what passes in a window of length w costs at most burst + w * limit / per', () => {
    const property = fc.property(rate, arrivals, (some, calls) => {
      const gcra = new Gcra(some);
      const passed: Passed[] = [];
      let at = 0;
      for (const call of calls) {
        at += call.gap;
        if (gcra.earliest(at, call.cost) > at) continue;
        gcra.take(at, at, call.cost);
        passed.push({ at, cost: call.cost });
      }
      expectConformance(some, passed);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('who comes back at its earliest time passes, and one moment before it does not', () => {
    const property = fc.property(rate, arrivals, (some, calls) => {
      const gcra = new Gcra(some);
      const passed: Passed[] = [];
      let now = 0;
      for (const call of calls) {
        now += call.gap;
        const at = gcra.earliest(now, call.cost);
        if (call.cost > (some.burst ?? some.limit)) {
          expect(at).toBe(Infinity);
          continue;
        }
        if (at > now) expect(gcra.earliest(Math.max(now, at - 0.001), call.cost)).toBe(at);
        now = at;
        expect(gcra.earliest(now, call.cost)).toBe(now);
        gcra.take(now, now, call.cost);
        passed.push({ at: now, cost: call.cost });
      }
      expectConformance(some, passed);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('what remains is the most that passes, promises for later or not', () => {
    const promise = fc.record({ gap: fc.integer({ min: 0, max: 200 }), cost: fc.integer({ min: 1, max: 4 }), heldBack: fc.nat(300) });
    const property = fc.property(rate, fc.array(promise, { maxLength: 20 }), (some, calls) => {
      const gcra = new Gcra({ ...some, burst: (some.burst ?? some.limit) + 3 });
      let now = 0;
      for (const call of calls) {
        now += call.gap;
        const remaining = gcra.remaining(now);
        if (remaining > 0) expect(gcra.earliest(now, remaining)).toBe(now);
        expect(gcra.earliest(now, remaining + 1)).toBeGreaterThan(now);
        gcra.take(gcra.earliest(now + call.heldBack, call.cost), now, call.cost);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe('for any costs at two limits with waiting', () => {
  const call = fc.record({ gap: fc.integer({ min: 0, max: 120 }), tool: fc.nat(1), cost: fc.integer({ min: 0, max: 5 }) });

  it('neither rate is exceeded, nobody overtakes or waits too long, and no call is lost', async () => {
    const property = fc.asyncProperty(rate, rate, rate, fc.array(call, { maxLength: 30 }), async (all, one, other, calls) => {
      const clock = createTestClock();
      const globalLimit = new Gcra(all);
      const tools = [one, other].map((some, index) => limitedBy(some, [900, 250][index]!, globalLimit, clock));
      const outcomes = [];
      for (const { gap, tool, cost: price } of calls) {
        await clock.advance(gap);
        outcomes.push(outcome(tools[tool]!.call(price)));
      }
      await clock.advance(10_000);
      for (const ended of await Promise.all(outcomes))
        expect([undefined, 'RATE_LIMITED']).toContain((ended as { code?: string } | undefined)?.code);
      for (const [index, { passed, maxWait }] of tools.entries()) {
        expectConformance([one, other][index]!, passed);
        expect(passed.map(({ number }) => number)).toEqual(passed.map(({ number }) => number).sort((a, b) => a - b));
        for (const { at, since } of passed) expect(at - since).toBeLessThanOrEqual(maxWait + 1e-6);
      }
      const together = tools.flatMap(({ passed }) => passed).map(({ at }) => ({ at, cost: 1 }));
      expectConformance(
        all,
        together.sort((a, b) => a.at - b.at),
      );
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

/** A tool with this limit, whose calls cost what their argument says. */
function limitedBy(some: Rate, maxWait: number, globalLimit: Gcra, clock: ReturnType<typeof createTestClock>) {
  const passed: (Passed & { readonly since: number; readonly number: number })[] = [];
  let calls = 0;
  const deps = { clock, limits: new Map(), onBroken: jest.fn() };
  const limiter = new Limiter({ ...some, cost: (price: unknown) => price }, deps);
  const row = laid(rateLimit({ clock, globalLimit, limiter, maxWait }))(({ args: [price, since, number] }) => {
    passed.push({ at: clock.now(), cost: price as number, since: since as number, number: number as number });
  });
  const callIt = async (price: number): Promise<unknown> => row(fakeCall([price, clock.now(), calls++]));
  return { passed, maxWait, call: callIt };
}

import * as fc from 'fast-check';
import { rateLimit, tool } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { outcome } from '../support/observed.js';

/** Time passes, the clock may jump back, and a call is made: one that fails or not. */
interface Step {
  readonly ms: number;
  readonly jump: number;
  readonly key: string;
  readonly fails: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  ms: fc.constantFrom(0, 10, 60, 100, 300),
  jump: fc.constantFrom(0, 1, 70, 3_600_000),
  key: fc.constantFrom('a', 'b'),
  fails: fc.boolean(),
});

/** A test clock that can be set back; its timers stay what they were. */
function jumpingClock() {
  const clock = createTestClock();
  let behind = 0;
  const jumping = { ...clock, now: () => clock.now() - behind };
  return { clock: jumping, back: (ms: number) => void (behind += ms) };
}

/** What the calls of a tool with state of every kind come to, and what telemetry saw. */
async function history(steps: readonly Step[], jumps: boolean): Promise<unknown[]> {
  const { clock, back } = jumpingClock();
  const seen = createTestObservability({ clock, random: () => 0.5 });
  let runs = 0;
  const call = tool(
    {
      name: 'find',
      cached: { ttl: 100, staleIfError: 50 },
      rateLimited: { limit: 4, per: 200 },
      retry: { maxRetries: 1, baseDelay: 5 },
      circuitBreaker: { failureThreshold: 2, resetTimeout: 150, successThreshold: 1 },
      timeout: { attempt: 500 },
    },
    async (key: string, fails: boolean) => {
      runs += 1;
      if (fails) throw new Error(`${key} failed`);
      return `${key} of run ${runs}`;
    },
  );
  const results: unknown[] = [];
  for (const { ms, jump, key, fails } of steps) {
    await clock.advance(ms);
    // What passed since the last look at a clock that then jumps cannot be known; so it is looked at before and after.
    rateLimit(call).peek();
    if (jumps) back(jump);
    rateLimit(call).peek();
    const result = outcome(call(key, fails));
    await clock.advance(5);
    const came = await result;
    results.push(came instanceof Error ? came.message : came);
  }
  const tree = seen.tree();
  seen.dispose();
  return [...results, runs, tree];
}

test('a clock that jumps backwards changes nothing: the same calls come to the same', async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (steps) => {
    expect(await history(steps, true)).toEqual(await history(steps, false));
  });
  await fc.assert(property, { numRuns: 60 });
});

import { configureTools, tool, type RateLimitData, type ToolRefusedError } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { settled } from '../streams/streaming.js';
import { outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

warningsOf();
afterEach(() => configureTools({ rateLimit: false }));

/** Numbers that look random, the same ones for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** Two tools under limits of their own and one of all, called at random; then one is called until it is refused. */
async function history(seed: number): Promise<void> {
  const pick = numbers(seed);
  const clock = createTestClock();
  const seen = createTestObservability({ clock });
  if (pick(2)) configureTools({ rateLimit: { limit: 1 + pick(4), per: 1_000 + pick(4_000) } });
  const make = (name: string) => {
    const rateLimited = { limit: 1 + pick(5), per: 1_000 + pick(5_000), burst: 3, cost: (cost: number) => cost };
    const maxWait = pick(3) && 500 + pick(4_000);
    const options = { name, namespace: `promises ${seed}`, rateLimited: { ...rateLimited, ...(maxWait > 0 && { maxWait }) } };
    return tool(options, async (cost: number) => cost);
  };
  const [one, other] = [make('one'), make('other')];
  for (let turn = 0; turn < 12; turn++) {
    void outcome((pick(2) ? one : other)(1 + pick(3)));
    await clock.advance(pick(3) ? 0 : pick(1_500));
  }
  const cost = 1 + pick(3);
  for (;;) {
    const first = await now(one(cost));
    if (first) {
      await keepsItsPromise(first, () => now(one(cost)), clock);
      break;
    }
  }
  seen.dispose();
}

/** What a call is refused with at once; `undefined` where it passes or waits. */
async function now(call: Promise<unknown>): Promise<RateLimitData | undefined> {
  const refused = call.then(
    () => undefined,
    (error: unknown) => (error as ToolRefusedError).toJSON() as RateLimitData,
  );
  return Promise.race([refused, settled().then(() => undefined)]);
}

async function keepsItsPromise(
  first: RateLimitData,
  again: () => Promise<RateLimitData | undefined>,
  clock: ReturnType<typeof createTestClock>,
): Promise<void> {
  const wait = first.mayWaitAfterMs ?? first.retryAfterMs!;
  expect(first.remaining).toBeLessThan(first.cost);
  expect(first).toMatchObject({ retryNowHelps: false, retryable: true });
  expect(await again()).toMatchObject({ retryAfterMs: first.retryAfterMs, mayWaitAfterMs: first.mayWaitAfterMs });
  await clock.advance(wait - 1);
  expect(await again()).toMatchObject({ retryAfterMs: first.retryAfterMs! - wait + 1 });
  await clock.advance(1);
  expect(await again()).toBeUndefined();
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))('what a refused call is told is so, whatever came before: %d', async (seed) => {
  await expect(history(seed + 1)).resolves.toBeUndefined();
});

import type { Call, Run } from '../../src/core/call.js';
import type { Gcra, Rate } from '../../src/policies/rate-limit/gcra.js';
import { Limiter, type Limit } from '../../src/policies/rate-limit/limiter.js';
import { rateLimit } from '../../src/policies/rate-limit/rate-limit.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createTestClock, type TestClock } from '../../src/testing/test-clock.js';
import { fakeCall, laid, laidAtOnce, recordingObserver } from '../support/fake-call.js';

/** What limits the tool. */
export interface Limits {
  readonly tool?: Rate;
  readonly maxWait?: number;
  readonly global?: Gcra;
  readonly clock?: TestClock;
}

/** The limiter of one tool, without a key. */
export function limiterOf(rate: Rate, clock: TestClock): Limiter {
  const limits = memoryStore<Limit>({ maxEntries: 10 });
  return new Limiter(rate, { clock, limits, onBroken: () => undefined });
}

/** A limited tool that writes down who ran when; its calls give their name. */
export function limitedTool({ tool, maxWait = 0, global, clock = createTestClock() }: Limits) {
  const limiter = tool && limiterOf(tool, clock);
  const observer = recordingObserver(clock);
  const runs: string[] = [];
  const next: Run = (call) => {
    runs.push(`${String(call.args[0])} at ${clock.now()}`);
    return call.args[0];
  };
  const stage = rateLimit({ clock, globalLimit: global, limiter, maxWait });
  const row = laidAtOnce(stage)(next);
  const waiting = laid(stage)(next);
  const newCall = (...args: unknown[]): Call => fakeCall(args, { observer });
  const gcra = limiter?.of(newCall())!.gcra;
  /** The result as a promise, a refusal as its error. */
  const call = async (name = 'call', signal?: AbortSignal): Promise<unknown> => waiting(newCall(name, signal));
  const refusal = (name?: string): Promise<unknown> => call(name).catch((error: unknown) => error);
  return { clock, gcra, row, newCall, call, refusal, runs, events: observer.events };
}

export const perSecond = (limit: number, burst?: number): Rate => ({ limit, per: 1_000, burst });

/**
 * In any window of length w, its ends included, at most burst + w * limit / per. Said pair by pair: of n + 1 admissions in a row, the
 * first and the last lie (n + 1 - burst) intervals apart.
 */
export function expectConformance({ limit, per, burst = limit }: Rate, admitted: readonly number[]): void {
  const interval = per / limit;
  for (const [first, from] of admitted.entries()) {
    for (let last = first + burst; last < admitted.length; last++) {
      expect(admitted[last]! - from).toBeGreaterThanOrEqual((last - first + 1 - burst) * interval - 1e-6);
    }
  }
}

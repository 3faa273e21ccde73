import * as fc from 'fast-check';
import type { Call } from '../../src/core/call.js';
import { cache, type CacheDeps } from '../../src/policies/cache/cache.js';
import type { CacheEntry } from '../../src/policies/cache/cache-entry.js';
import { keyMaker } from '../../src/policies/cache/call-key.js';
import { Flights } from '../../src/policies/cache/flights.js';
import { invalidateCall } from '../../src/policies/cache/invalidation.js';
import { Lookup } from '../../src/policies/cache/lookup.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { fakeCall, laid } from '../support/fake-call.js';

interface Options {
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  readonly errorTtl: number;
}

type Step =
  | { readonly do: 'call'; readonly key: string }
  | { readonly do: 'invalidate'; readonly key: string }
  | { readonly do: 'abort'; readonly pick: number }
  | { readonly do: 'succeed' | 'fail'; readonly pick: number }
  | { readonly do: 'pass'; readonly ms: number };

const TTL = 100;

/** One run of the tool; what it gives, or throws, is the run itself. */
interface Run {
  readonly key: string;
  /** Invalidations of the key before it began. */
  readonly age: number;
  readonly settle: (failed: boolean) => void;
  state: 'under way' | 'succeeded' | 'failed' | 'aborted';
  /** The moment, and the step, at which it ended. */
  endedAt: number;
  endedIn: number;
}

interface Caller {
  readonly key: string;
  readonly age: number;
  readonly begunIn: number;
  readonly controller: AbortController;
  answer?: { readonly failed: boolean; readonly value: unknown };
}

/** A cache with all that happens to it, checked by what the contract says of it. */
class History {
  readonly clock = createTestClock();
  readonly runs: Run[] = [];
  readonly callers: Caller[] = [];
  readonly #ages = new Map<string, number>();
  readonly #deps: CacheDeps;
  readonly #row: (call: Call) => Promise<unknown>;
  #step = 0;
  #complaint: Error | undefined;

  constructor(private readonly options: Options) {
    const { errorTtl, staleIfError, staleWhileRevalidate } = options;
    const onBroken = (): void => fail('nothing is broken here');
    const store = memoryStore<CacheEntry>({ maxEntries: 100 });
    this.#deps = {
      clock: this.clock,
      random: () => 0,
      lookup: new Lookup(keyMaker({ scope: 'class' }), store, onBroken),
      store,
      flights: new Flights(),
      onBroken,
      refuseStream: () => new Error('a stream'),
    };
    const resolved = { ttl: TTL, maxEntries: 100, scope: 'class' as const, staleIfError, staleWhileRevalidate };
    this.#row = laid(cache({ ...resolved, errorTtl: () => errorTtl || undefined }, this.#deps))((call) => this.#run(call.args));
  }

  async take(step: Step): Promise<void> {
    this.#step += 1;
    if (step.do === 'call') this.#call(step.key);
    else if (step.do === 'invalidate') this.#invalidate(step.key);
    else if (step.do === 'pass') await this.clock.advance(step.ms);
    else if (step.do === 'abort') pickOf(this.callers.filter(isWaiting), step.pick)?.controller.abort('given up');
    else pickOf(this.underWay, step.pick)?.settle(step.do === 'fail');
    await this.clock.advance(0);
    if (this.#complaint) throw this.#complaint;
  }

  get underWay(): Run[] {
    return this.runs.filter(({ state }) => state === 'under way');
  }

  #ageOf(key: string): number {
    return this.#ages.get(key) ?? 0;
  }

  #run([key, signal]: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const end = (state: Run['state'], settle: () => void): void => {
        if (run.state !== 'under way') return;
        Object.assign(run, { state, endedAt: this.clock.now(), endedIn: this.#step });
        settle();
      };
      const run: Run = {
        key: key as string,
        age: this.#ageOf(key as string),
        settle: (failed) => end(failed ? 'failed' : 'succeeded', () => (failed ? reject : resolve)(run)),
        state: 'under way',
        endedAt: NaN,
        endedIn: NaN,
      };
      const besides = this.underWay.filter((other) => other.key === key && other.age === run.age);
      expect(besides).toEqual([]);
      this.runs.push(run);
      const given = signal as AbortSignal;
      const abort = (): void => end('aborted', () => reject(given.reason as Error));
      if (given.aborted) abort();
      else given.addEventListener('abort', abort);
    });
  }

  #call(key: string): void {
    const controller = new AbortController();
    const caller: Caller = { key, age: this.#ageOf(key), begunIn: this.#step, controller };
    this.callers.push(caller);
    const { length } = this.runs;
    const isKept = this.runs.some(
      (run) => run.state === 'succeeded' && run.key === key && run.age === caller.age && this.#since(run) < TTL,
    );
    const answered = (failed: boolean) => (value: unknown) => {
      caller.answer = { failed, value };
      this.#check(caller, failed, value);
    };
    const answer = this.#row(fakeCall([key, controller.signal]));
    answer.then(answered(false), answered(true)).catch((error: unknown) => (this.#complaint ??= error as Error));
    if (isKept) expect(this.runs).toHaveLength(length);
  }

  #invalidate(key: string): void {
    invalidateCall(this.#deps, fakeCall([key]));
    this.#ages.set(key, this.#ageOf(key) + 1);
  }

  #since({ endedAt }: Run): number {
    return this.clock.now() - endedAt;
  }

  #check(caller: Caller, failed: boolean, value: unknown): void {
    if (value === 'given up') return expect(caller.controller.signal.aborted).toBe(true);
    const run = value as Run;
    expect([run.key, run.state]).toEqual([caller.key, failed ? 'failed' : 'succeeded']);
    // Nothing from before an invalidation that came before the call.
    expect(run.age).toBeGreaterThanOrEqual(caller.age);
    if (run.endedIn > caller.begunIn) return;
    expect(this.#since(run)).toBeLessThan(failed ? this.options.errorTtl : TTL + this.#allowance(caller));
  }

  /** How long beyond its ttl a result may be served to this caller. */
  #allowance({ key, begunIn }: Caller): number {
    const { staleWhileRevalidate, staleIfError } = this.options;
    const isAtOnce = begunIn === this.#step;
    const wasError = this.runs.some((run) => run.key === key && run.state === 'failed' && run.endedIn >= begunIn);
    return Math.max(isAtOnce ? staleWhileRevalidate : 0, wasError ? staleIfError : 0);
  }
}

const isWaiting = ({ answer }: Caller): boolean => !answer;

function pickOf<Thing>(things: readonly Thing[], pick: number): Thing | undefined {
  return things[pick % things.length];
}

describe('a cache with any history', () => {
  const key = fc.constantFrom('a', 'b');
  const pick = fc.nat(20);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const), key }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('succeed' as const, 'succeed' as const, 'fail' as const), pick }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 20, 30, 50, 99, 100, 130) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), pick }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('invalidate' as const), key }) },
  );
  const anyOptions = fc.record({
    staleWhileRevalidate: fc.constantFrom(0, 50),
    staleIfError: fc.constantFrom(0, 80),
    errorTtl: fc.constantFrom(0, 30),
  });

  it('runs no key twice at a time, serves nothing older than allowed, and leaves no call without an answer', async () => {
    const walk = async (options: Options, steps: readonly Step[]): Promise<void> => {
      const history = new History(options);
      for (const next of steps) await history.take(next);
      while (history.underWay.length > 0) await history.take({ do: 'succeed', pick: 0 });
      expect(history.callers.filter(isWaiting)).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(anyOptions, fc.array(step, { minLength: 20, maxLength: 60 }), walk), { numRuns: 300 });
  });
});

import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { tool, type FunctionToolOptions } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { counted, settled } from '../streams/streaming.js';

/** One call of a history: when it is made, what becomes of its runs, whether and when its caller gives it up. */
interface Plan {
  readonly at: number;
  readonly key: string;
  readonly runs: readonly ('succeeds' | 'fails' | 'is slow' | 'obeys')[];
  readonly abortAfter: number | undefined;
  readonly asOption: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  at: fc.nat(500),
  key: fc.constantFrom('a', 'b'),
  runs: fc.array(fc.constantFrom('succeeds' as const, 'fails' as const, 'is slow' as const, 'obeys' as const), {
    minLength: 1,
    maxLength: 4,
  }),
  abortAfter: fc.option(fc.nat(600), { nil: undefined }),
  asOption: fc.boolean(),
});

const policies: fc.Arbitrary<FunctionToolOptions> = fc.record(
  {
    cached: fc.constant({ ttl: 300, key: (key: string) => key }),
    rateLimited: fc.constantFrom({ limit: 2, per: 100, maxWait: 300 }, { limit: 1, per: 200 }),
    retry: fc.constant({ maxRetries: 2, baseDelay: 50 }),
    circuitBreaker: fc.constantFrom({ failureThreshold: 2, resetTimeout: 150 }, {}),
  },
  { requiredKeys: [] },
);

test('whatever happens to calls and callers, each call ends once, an abort ends it at once, and no listener is left', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(policies, fc.array(plan, { minLength: 1, maxLength: 8 }), async (given, plans) => {
      const clock = createTestClock();
      const seen = createTestObservability({ clock, random: () => 0.5 });
      const running = tool(
        { ...given, name: 'running', namespace: `run ${(runs += 1)}` },
        async (_key: string, steps: Steps, argument: AbortSignal | WithSignal) => {
          await steps.next('signal' in argument ? argument.signal : argument);
          return 'done';
        },
      );
      const calls = plans.map((each) => start(clock, each, running));
      for (let step = 0; step < 60; step++) await clock.advance(25);
      await settled();
      for (const { signal, ended, aborted, plan } of calls) {
        expect(getEventListeners(signal, 'abort')).toHaveLength(0);
        expect(ended).toHaveLength(1);
        if (aborted.at !== undefined && ended[0]!.wasWaiting) expect([plan, ended[0]!.at]).toEqual([plan, aborted.at]);
      }
      const { success = 0, error = 0 } = counted(seen, 'running');
      expect(success + error).toBe(plans.length);
      seen.dispose();
    }),
    { numRuns: 100 },
  );
}, 120_000);

interface WithSignal {
  readonly signal: AbortSignal;
}

/** Runs of one call as they were planned, the last one again and again. */
class Steps {
  isRunning = false;
  #at = 0;

  constructor(
    private readonly clock: ReturnType<typeof createTestClock>,
    private readonly runs: Plan['runs'],
  ) {}

  /** Not a value with a key: the arguments of these calls are compared by `key` alone. */
  async next(signal: AbortSignal): Promise<void> {
    const run = this.runs[Math.min(this.#at++, this.runs.length - 1)];
    this.isRunning = true;
    try {
      if (run === 'fails') throw new Error('failed');
      if (run === 'is slow') await new Promise<void>((resolve) => void this.clock.setTimer(resolve, 75));
      if (run === 'obeys') await this.#untilAborted(signal, 75);
    } finally {
      this.isRunning = false;
    }
  }

  async #untilAborted(signal: AbortSignal, milliseconds: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const give = (): void => {
        cancel();
        reject(signal.reason as Error);
      };
      const cancel = this.clock.setTimer(() => {
        signal.removeEventListener('abort', give);
        resolve();
      }, milliseconds);
      if (signal.aborted) give();
      else signal.addEventListener('abort', give, { once: true });
    });
  }
}

type Running = (key: string, steps: Steps, argument: AbortSignal | WithSignal) => Promise<unknown>;

/** Makes the call when its time has come, and takes down how it ends. */
function start(clock: ReturnType<typeof createTestClock>, plan: Plan, running: Running) {
  const abort = new AbortController();
  const ended: { at: number; wasWaiting: boolean }[] = [];
  const aborted: { at?: number; whileWaiting?: boolean } = {};
  const steps = new Steps(clock, plan.runs);
  const { signal } = abort;
  clock.setTimer(() => {
    const end = (): void => void ended.push({ at: clock.now(), wasWaiting: aborted.whileWaiting === true });
    running(plan.key, steps, plan.asOption ? { signal } : signal).then(end, end);
  }, plan.at);
  if (plan.abortAfter !== undefined)
    clock.setTimer(() => {
      if (ended.length > 0) return;
      Object.assign(aborted, { at: clock.now(), whileWaiting: !steps.isRunning });
      abort.abort(new Error('given up'));
    }, plan.at + plan.abortAfter);
  return { signal, ended, aborted, plan };
}

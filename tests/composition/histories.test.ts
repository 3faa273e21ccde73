import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { currentCall, tool, type FunctionToolOptions } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { settled } from '../streams/streaming.js';

type Behaviour = 'succeeds' | 'fails' | 'throws at once' | 'is slow' | 'is slow and fails' | 'obeys its signal';

const BEHAVIOURS: readonly Behaviour[] = ['succeeds', 'fails', 'throws at once', 'is slow', 'is slow and fails', 'obeys its signal'];

/** One call of a history: when it is made, what its runs do, the last of them again and again, and when its caller gives it up. */
interface Plan {
  readonly at: number;
  readonly key: string;
  readonly runs: readonly Behaviour[];
  readonly abortAfter: number | undefined;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  at: fc.nat(400),
  key: fc.constantFrom('a', 'b'),
  runs: fc.array(fc.constantFrom(...BEHAVIOURS), { minLength: 1, maxLength: 4 }),
  abortAfter: fc.option(fc.nat(500), { nil: undefined, freq: 4 }),
});

/** Any of the policies, in any company. */
const policies: fc.Arbitrary<FunctionToolOptions> = fc.record(
  {
    cached: fc.constantFrom(
      { ttl: 60, key: (key: string) => key },
      { ttl: 30, key: (key: string) => key, staleWhileRevalidate: 100, staleIfError: 300 },
      { ttl: 30, key: (key: string) => key, errorTtl: () => 40, clone: true },
    ),
    rateLimited: fc.constantFrom(
      { limit: 2, per: 100, maxWait: 90 },
      { limit: 1, per: 150 },
      { limit: 3, per: 100, burst: 1, scope: 'attempt' as const },
    ),
    retry: fc.constantFrom({ maxRetries: 2, baseDelay: 20 }, { maxRetries: 3, baseDelay: 0, maxElapsed: 100, budget: { min: 1 } }),
    circuitBreaker: fc.constantFrom(
      { failureThreshold: 2, resetTimeout: 80 },
      { failureRate: 0.5, minimumCalls: 2, slowCall: 30, resetTimeout: 50, maxResetTimeout: 200, halfOpenMax: 2 },
      { failureThreshold: 1, mode: 'observe' as const },
    ),
    timeout: fc.constantFrom({ attempt: 40 }, { attempt: 40, total: 120 }, { total: 120 }),
    bulkhead: fc.constantFrom({ maxConcurrent: 1 }, { maxConcurrent: 1, maxQueue: 3, maxWait: 60 }, { maxConcurrent: 2, maxQueue: 1 }),
    hedge: fc.constantFrom({ after: 15, max: 1 }, { after: 10, max: 2 }),
    fallback: fc.constantFrom(
      { value: 'instead' },
      {
        value: () => {
          throw new Error('no help');
        },
      },
    ),
  },
  { requiredKeys: [] },
);

let histories = 0;

test('whatever the policies, the tool and its callers do, each call ends once, nothing is left over, and no policy is overrun', async () => {
  await fc.assert(
    fc.asyncProperty(policies, fc.array(plan, { minLength: 1, maxLength: 8 }), async (given, plans) => {
      const clock = createTestClock();
      const seen = createTestObservability({ clock, random: () => 0.5 });
      const history = new History(clock, given, `history ${(histories += 1)}`);
      const calls = plans.map((each) => history.plan(each));
      await clock.advance(5_000);
      await settled();
      for (const call of calls) call.check(given);
      history.checkRuns(given);
      checkMetrics(seen, calls.length);
      checkSpans(seen);
      seen.dispose();
    }),
    { numRuns: 400 },
  );
}, 120_000);

/** A run of the tool: it is over when it ends, or when it is told that nobody waits any more. */
interface Run {
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  isOver: boolean;
}

class History {
  readonly #runs: Run[] = [];
  #mostAtOnce = 0;
  #mostOfOneKey = 0;
  readonly #call: (key: string, plan: Planned) => Promise<unknown>;

  constructor(
    readonly clock: TestClock,
    options: FunctionToolOptions,
    namespace: string,
  ) {
    this.#call = tool({ name: 'work', namespace, ...options }, (key: string, call: Planned) => this.#run(key, call));
  }

  plan(plan: Plan): Planned {
    return new Planned(this.clock, plan, this.#call);
  }

  #run(key: string, call: Planned): Promise<string> {
    const run: Run = { key, signal: currentCall()?.signal, isOver: false };
    this.#runs.push(run);
    this.#count();
    const over = (): void => void (run.isOver = true);
    const behaviour = call.nextBehaviour();
    if (behaviour === 'throws at once') {
      over();
      throw new Error('at once');
    }
    return act(this.clock, behaviour, run.signal).finally(over);
  }

  #count(): void {
    const live = this.#runs.filter(({ isOver, signal }) => !isOver && !signal?.aborted);
    this.#mostAtOnce = Math.max(this.#mostAtOnce, live.length);
    for (const key of ['a', 'b']) this.#mostOfOneKey = Math.max(this.#mostOfOneKey, live.filter((run) => run.key === key).length);
  }

  checkRuns({ bulkhead, cached, hedge }: FunctionToolOptions): void {
    expect(this.#runs.filter(({ isOver }) => !isOver)).toEqual([]);
    const hedges = (hedge as { max?: number } | undefined)?.max ?? 0;
    if (bulkhead) expect(this.#mostAtOnce).toBeLessThanOrEqual((bulkhead as { maxConcurrent: number }).maxConcurrent);
    if (cached) expect(this.#mostOfOneKey).toBeLessThanOrEqual(1 + hedges);
  }
}

/** A call, and how it ended. */
class Planned {
  readonly #abort = new AbortController();
  readonly #ends: { readonly at: number; readonly failed: boolean }[] = [];
  #runs = 0;

  constructor(
    clock: TestClock,
    private readonly plan: Plan,
    call: (key: string, plan: Planned) => Promise<unknown>,
  ) {
    clock.setTimer(() => {
      const ended = (failed: boolean) => (): void => void this.#ends.push({ at: clock.now(), failed });
      call(plan.key, this).then(ended(false), ended(true));
    }, plan.at);
    if (plan.abortAfter !== undefined) clock.setTimer(() => this.#abort.abort(new Error('given up')), plan.at + plan.abortAfter);
  }

  /** An argument with a signal, as `fetch` takes it. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  nextBehaviour(): Behaviour {
    const { runs } = this.plan;
    return runs[Math.min(this.#runs++, runs.length - 1)]!;
  }

  check(options: FunctionToolOptions): void {
    const { timeout, fallback } = options as Shown;
    expect(getEventListeners(this.signal, 'abort')).toEqual([]);
    expect(this.#ends).toHaveLength(1);
    const [{ at, failed }] = this.#ends as [{ at: number; failed: boolean }];
    expect(at - this.plan.at).toBeLessThanOrEqual(timeout?.total ?? Infinity);
    if (typeof fallback?.value === 'string' && this.plan.abortAfter === undefined) expect(failed).toBe(false);
    expect(this.#runs).toBeLessThanOrEqual(mostRuns(options as Shown));
  }
}

/** What of the options above is looked at. */
interface Shown {
  readonly retry?: { readonly maxRetries: number };
  readonly hedge?: { readonly max: number };
  readonly timeout?: { readonly total?: number };
  readonly fallback?: { readonly value: unknown };
  readonly cached?: { readonly staleWhileRevalidate?: number };
}

/** Of one call. */
function mostRuns({ retry, hedge, cached }: Shown): number {
  if (cached?.staleWhileRevalidate) return Infinity; // it may fetch anew for those who come later
  return (1 + (retry?.maxRetries ?? 0)) * (1 + (hedge?.max ?? 0));
}

async function act(clock: TestClock, behaviour: Behaviour, signal: AbortSignal | undefined): Promise<string> {
  if (behaviour === 'fails') throw new Error('down');
  if (behaviour === 'succeeds') return 'done';
  await new Promise<void>((resolve, reject) => {
    const cancel = clock.setTimer(() => {
      signal?.removeEventListener('abort', give);
      resolve();
    }, 70);
    const give = (): void => {
      cancel();
      reject(signal!.reason as Error);
    };
    if (behaviour !== 'obeys its signal' || !signal) return;
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
  if (behaviour === 'is slow and fails') throw new Error('down, after a while');
  return 'done';
}

function checkMetrics(seen: TestObservability, calls: number): void {
  const count = (name: string): number => seen.metric(name, { tool: 'work' }) ?? 0;
  expect(count('tool_executions_total')).toBe(calls);
  expect(count('tool_execution_duration_seconds_count')).toBe(calls);
  expect([count('tool_calls_in_flight'), count('tool_bulkhead_queue'), count('tool_telemetry_errors_total')]).toEqual([0, 0, 0]);
}

/** Parents enclose their children. */
function checkSpans(seen: TestObservability): void {
  const byId = new Map(seen.spans.map((span) => [span.spanId, span]));
  for (const span of seen.spans) {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    expect([span.name, span.parentSpanId === undefined || parent !== undefined]).toEqual([span.name, true]);
    if (parent) expect([parent.startTime <= span.startTime, span.endTime <= parent.endTime]).toEqual([true, true]);
  }
}

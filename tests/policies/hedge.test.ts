import { circuit, currentCall, Hedge, Tool, tool, type FunctionToolOptions } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { callsIn, settled } from '../streams/streaming.js';
import { outcome } from '../support/observed.js';
import { pendingTimers } from '../support/timers.js';
import { spansThatOutlast, ticking } from '../support/ticking.js';

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

/** One run of the tool, which lasts until the test ends it. */
interface Run {
  readonly at: number;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly end: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
}

let made = 0;

function hedged(hedge: FunctionToolOptions['hedge'], others: Partial<FunctionToolOptions> = {}) {
  const runs: Run[] = [];
  const options = { name: 'hedged', namespace: `hedges ${(made += 1)}`, hedge, ...others };
  const call = tool(options as FunctionToolOptions & { cached?: undefined }, async (_signal?: AbortSignal) => {
    const { attempt, signal } = currentCall()!;
    return new Promise((end, fail) => void runs.push({ at: clock.now(), attempt, signal: signal!, end, fail }));
  });
  return { call, runs, ranAt: () => runs.map(({ at }) => at) };
}

const hedges = (won: boolean): number | undefined => seen.metric('tool_hedges_total', { tool: 'hedged', won });
const marks = (): string[] => seen.spans.flatMap(({ events }) => events.map(({ name }) => name));

describe('a hedge', () => {
  it('is not begun where the answer comes in time, and nothing is told of it', async () => {
    const { call, runs, ranAt } = hedged({ after: '200ms' });
    const pending = pendingTimers(clock);
    const answer = call();
    await clock.advance(199);
    expect(pending()).toBe(1);
    runs[0]!.end('first');
    expect([await answer, pending()]).toEqual(['first', 0]);
    await clock.advance('1h');
    expect(ranAt()).toEqual([0]);
    expect(runs[0]!.signal.aborted).toBe(false);
    expect(callsIn(seen)[0]!.attributes).not.toHaveProperty('tool.hedged');
    expect([hedges(true), hedges(false)]).toEqual([0, 0]);
  });

  it('begins beside the first after its time; the first good answer wins, and the other is aborted', async () => {
    const { call, runs, ranAt } = hedged({ after: '200ms' });
    const answer = call();
    await clock.advance('1s');
    expect(ranAt()).toEqual([0, 200]);
    expect(runs.map(({ attempt }) => attempt)).toEqual([0, 0]);
    runs[1]!.end('hedge');
    expect(await answer).toBe('hedge');
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(runs[0]!.signal.reason).toMatchObject({ name: 'AbortError', message: 'another attempt answered first' });
    expect([hedges(true), hedges(false)]).toEqual([1, 0]);
    expect(callsIn(seen)[0]!.attributes).toMatchObject({ 'tool.hedged': true, 'tool.success': true });
    expect(marks()).toEqual(['tool.hedge.started', 'tool.hedge.finished']);
  });

  it('is aborted where the first answers before it', async () => {
    const { call, runs } = hedged({ after: 200 });
    const answer = call();
    await clock.advance(300);
    runs[0]!.end('first');
    expect(await answer).toBe('first');
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([false, true]);
    runs[1]!.end('too late');
    await settled();
    expect([hedges(true), hedges(false)]).toEqual([0, 1]);
  });

  it('is followed by another after the same time, up to max', async () => {
    const { call, runs, ranAt } = hedged({ after: '100ms', max: 2 });
    const answer = call();
    await clock.advance('1h');
    expect(ranAt()).toEqual([0, 100, 200]);
    runs[2]!.end('third');
    expect(await answer).toBe('third');
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
    expect(hedges(true)).toBe(1);
  });

  it('is awaited where the first fails, and the other way round', async () => {
    const { call, runs } = hedged({ after: 100 });
    for (const [failing, answering] of [
      [0, 1],
      [1, 0],
    ] as const) {
      runs.length = 0;
      const answer = call();
      await clock.advance(100);
      runs[failing]!.fail(new Error('down'));
      await settled();
      runs[answering]!.end('well');
      expect(await answer).toBe('well');
    }
  });

  it('is not begun where the first failed before its time: that is for a retry', async () => {
    const { call, runs, ranAt } = hedged({ after: 100 });
    const answer = outcome(call());
    runs[0]!.fail(new Error('down'));
    expect(await answer).toMatchObject({ message: 'down' });
    await clock.advance('1h');
    expect(ranAt()).toEqual([0]);
  });

  it('that ran and failed is told of, where the first was refused: the tool was run', async () => {
    const { call, runs } = hedged({ after: '1s' }, { bulkhead: { maxConcurrent: 1, maxQueue: 5, maxWait: '3s' } });
    void call();
    const ended = outcome(call());
    await clock.advance('3s'); // the first is refused, its hedge waits one second more
    runs[0]!.end('blocked long enough');
    await settled();
    runs[1]!.fail(new Error('hedge down'));
    expect(await ended).toMatchObject({ message: 'hedge down' });
  });

  it('that fails as all others do leaves the error of the first', async () => {
    const { call, runs } = hedged({ after: 100, max: 2 });
    const answer = outcome(call());
    await clock.advance(200);
    for (const run of [1, 0, 2]) runs[run]!.fail(new Error(`down ${run}`));
    expect(await answer).toMatchObject({ message: 'down 0' });
    expect([hedges(true), hedges(false)]).toEqual([0, 1]);
  });

  it('is the same for methods, with `this` and arguments', async () => {
    class Service {
      runs = 0;

      @Tool('serve')
      @Hedge('100ms')
      async serve(query: string) {
        this.runs += 1;
        return this.runs === 1 ? new Promise<string>(() => undefined) : `${query} ${this.runs}`;
      }
    }
    const answer = new Service().serve('q');
    await clock.advance('1s');
    expect(await answer).toBe('q 2');
  });
});

describe('a hedge and other policies', () => {
  it('those that lost are not counted by the circuit, nor tried again', async () => {
    const { call, runs } = hedged({ after: 100 }, { circuitBreaker: { failureThreshold: 1 }, retry: { maxRetries: 3, baseDelay: 0 } });
    const answer = call(new AbortController().signal);
    await clock.advance(100);
    runs[1]!.end('hedge');
    await answer;
    runs[0]!.fail(new Error('torn'));
    await clock.advance('1h');
    expect([runs.length, circuit(call).state, circuit(call).failureCount]).toEqual([2, 'CLOSED', 0]);
  });

  it('an attempt whose hedge fails as well is tried again, once for both', async () => {
    const { call, runs } = hedged({ after: 100 }, { retry: { maxRetries: 1, baseDelay: 0 } });
    const answer = call();
    await clock.advance(100);
    for (const run of [0, 1]) runs[run]!.fail(new Error('down'));
    await clock.advance(100);
    expect(runs.map(({ attempt }) => attempt)).toEqual([0, 0, 1, 1]);
    runs[3]!.end('well');
    expect(await answer).toBe('well');
  });

  it('has a span of its own beside the first attempt, marked as hedged', async () => {
    const { call, runs } = hedged({ after: 100 }, { retry: 1 });
    const answer = call();
    await clock.advance(150);
    runs[1]!.end('hedge');
    await answer;
    const attempts = seen.spans.filter(({ name }) => name === 'tool.retry.attempt');
    expect(attempts.map(({ attributes }) => [attributes['retry.attempt'], attributes['retry.success'], attributes['tool.hedged']])).toEqual(
      [
        [0, false, undefined],
        [0, true, true],
      ],
    );
    expect(seen.tree()).toMatch(
      /^tool\.execute .+ ✓ hedged\n├── tool\.retry\.attempt #0 given up: another attempt was quicker\n│ .+\n└── tool\.retry\.attempt #0 ✓ hedged\n .+$/,
    );
    expect(attempts.map(({ startTime, endTime }) => endTime - startTime)).toEqual([150, 50]);
  });

  it('that lost ends its spans before the call ends', async () => {
    seen.dispose();
    seen = createTestObservability({ clock: ticking(clock) });
    const { call, runs } = hedged({ after: 100 }, { retry: 1 });
    const answer = call();
    await clock.advance(150);
    runs[1]!.end('hedge');
    await answer;
    expect(seen.spans).toHaveLength(5);
    expect(spansThatOutlast(seen.spans)).toEqual([]);
  });

  it('takes a place in the bulkhead for each, and gives both back', async () => {
    const { call, runs, ranAt } = hedged({ after: 100 }, { bulkhead: 2 });
    for (const base of [0, 2]) {
      const answer = call();
      await clock.advance(100);
      expect(await outcome(call())).toMatchObject({ code: 'BULKHEAD_FULL' });
      runs[base]!.end('first');
      expect(await answer).toBe('first');
    }
    expect(ranAt()).toHaveLength(4);
  });

  it('ends with the time limit of the call, and none begins after it', async () => {
    const { call, runs, ranAt } = hedged({ after: 400, max: 9 }, { timeout: { total: '1s' } });
    const ended = outcome(call());
    await clock.advance('1h');
    expect(await ended).toMatchObject({ code: 'TIMEOUT', scope: 'call' });
    expect(ranAt()).toEqual([0, 400, 800]);
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
  });

  it('does not begin once the caller gave up, though the first goes on', async () => {
    const { call, runs, ranAt } = hedged({ after: 100 });
    const abort = new AbortController();
    const answer = outcome(call(abort.signal));
    await clock.advance(50);
    abort.abort(new Error('user left'));
    await clock.advance('1h');
    expect([ranAt(), runs[0]!.signal.aborted]).toEqual([[0], true]);
    runs[0]!.end('after all');
    expect(await answer).toBe('after all');
  });
});

import { tool, ToolTimeoutError, type FunctionToolOptions } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { Cancellation } from '../../src/core/cancellation.js';
import { Deadlines } from '../../src/core/deadlines.js';
import { timeout, untilCancelled } from '../../src/policies/timeout.js';
import { callsIn, pause } from '../streams/streaming.js';
import { fakeCall } from '../support/fake-call.js';
import { outcome } from '../support/observed.js';
import { spansThatOutlast, ticking } from '../support/ticking.js';
import { warningsOf } from '../support/warnings.js';

// A wait that may take longer than the call is warned of.
warningsOf();

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock: ticking(clock), random: () => 0.5 });
});
afterEach(() => seen.dispose());

let made = 0;

/** A tool whose call may take a second in all; each of its runs takes as long as its argument says, and fails. */
function limited(others: Partial<FunctionToolOptions>) {
  const ranAt: number[] = [];
  const options = { name: 'limited', namespace: `total ${(made += 1)}`, timeout: { total: '1s' }, ...others };
  const call = tool(options as FunctionToolOptions & { cached?: undefined }, async (ms: number) => {
    ranAt.push(Math.round(clock.now()));
    await pause(clock, ms);
    throw new Error('down');
  });
  return { call, ranAt };
}

/** Expects that it ends as a call after one second, with all its spans inside each other, and that nothing runs later. */
async function expectEnd(ended: Promise<unknown>, ranAt: readonly number[], runs: readonly number[]): Promise<void> {
  let at = NaN;
  void ended.then(() => (at = clock.now()));
  await clock.advance('1h');
  expect(await ended).toMatchObject({ code: 'TIMEOUT', scope: 'call', timeoutMs: 1_000, name: 'ToolTimeoutError' });
  expect(at).toBeCloseTo(1_000);
  expect(ranAt).toEqual(runs);
  expect(spansThatOutlast(seen.spans)).toEqual([]);
}

describe('the limit of a call', () => {
  it('says so in the error, in the count and on the span of the call', async () => {
    const { call, ranAt } = limited({});
    const ended = outcome(call(5_000));
    await expectEnd(ended, ranAt, [0]);
    expect(await ended).toMatchObject({
      message:
        'Tool "limited" gave no answer within 1 s, the longest that a call may take with all its attempts and waits. It may still take effect. Trying again now can help, but it may then be done twice.',
    });
    expect(seen.metric('tool_timeouts_total', { tool: 'limited', scope: 'call' })).toBe(1);
    expect(callsIn(seen)[0]!.attributes).toMatchObject({ 'tool.timeout_ms': 1_000, 'error.type': 'ToolTimeoutError' });
  });

  it('ends an attempt under way, which is not tried again, and marks the call rather than the attempt', async () => {
    const { call, ranAt } = limited({ retry: { maxRetries: 3, baseDelay: 0 } });
    await expectEnd(outcome(call(700)), ranAt, [0, 700]);
    const marked = seen.spans.filter(({ attributes }) => 'tool.timeout_ms' in attributes);
    expect(marked.map(({ attributes }) => attributes['gen_ai.tool.name'])).toEqual(['limited']);
    expect(seen.metric('tool_retry_attempts_total', { tool: 'limited', success: false })).toBe(2);
  });

  it('ends a back-off, and no attempt begins after it', async () => {
    const { call, ranAt } = limited({ retry: { maxRetries: 3, baseDelay: '10s', jitter: false } });
    await expectEnd(outcome(call(0)), ranAt, [0]);
  });

  it('ends the wait for the rate limit, whose check is told', async () => {
    const { call, ranAt } = limited({ rateLimited: { limit: 1, per: '1m', maxWait: '2m' } });
    void outcome(call(0));
    await expectEnd(outcome(call(0)), ranAt, [0]);
    expect(seen.metric('tool_rate_limit_checks_total', { tool: 'limited', allowed: false })).toBe(1);
  });

  it('ends the wait for a quota between two attempts', async () => {
    const { call, ranAt } = limited({
      rateLimited: { limit: 1, per: '1m', scope: 'attempt', maxWait: '2m' },
      retry: { maxRetries: 3, baseDelay: 0 },
    });
    await expectEnd(outcome(call(10)), ranAt, [0]);
  });

  it('ends the wait for a place in the bulkhead, and tells how long that was', async () => {
    const { call, ranAt } = limited({ bulkhead: { maxConcurrent: 1, maxQueue: 2 } });
    const first = outcome(call(5_000));
    await expectEnd(outcome(call(5_000)), ranAt, [0]);
    expect(await first).toBeInstanceOf(ToolTimeoutError);
    const waited = callsIn(seen).map(({ attributes }) => Math.round(attributes['bulkhead.waited_ms'] as number));
    expect(waited).toEqual([0, 1_000]);
    expect(seen.metric('tool_bulkhead_queue', { tool: 'limited' })).toBe(0);
  });

  it('is apart from the limit of an attempt: whichever is up first counts', async () => {
    const { call, ranAt } = limited({ timeout: { attempt: '400ms', total: '1s' }, retry: { maxRetries: 5, baseDelay: 0 } });
    await expectEnd(outcome(call(5_000)), ranAt, [0, 400, 800]);
    expect(seen.metric('tool_timeouts_total', { tool: 'limited', scope: 'attempt' })).toBe(2);
    expect(seen.metric('tool_timeouts_total', { tool: 'limited', scope: 'call' })).toBe(1);
  });

  it('does not count for the circuit beyond the attempt that it ended', async () => {
    const { call, ranAt } = limited({ circuitBreaker: { failureThreshold: 10 }, retry: { maxRetries: 5, baseDelay: 0 } });
    await expectEnd(outcome(call(600)), ranAt, [0, 600]);
    expect(seen.metric('tool_circuit_breaker_failures_total', { tool: 'limited' })).toBe(2);
  });
});

describe('an attempt that was given up before it began', () => {
  it('does not begin', () => {
    const reason = new Error('time is up');
    const cancellation = new Cancellation(fakeCall());
    cancellation.cancel(reason);
    const next = jest.fn();
    const limit = { timeoutMs: 5, scope: 'attempt' as const, deadlines: new Deadlines(createTestClock(), 5) };
    for (const stage of [untilCancelled(), timeout(limit, (_call, goOn) => goOn())]) {
      const then = { answered: jest.fn(), failed: jest.fn() };
      stage(next)(fakeCall().cancellableBy(cancellation), then);
      expect([then.failed.mock.calls, then.answered.mock.calls]).toEqual([[[reason]], []]);
    }
    expect(next).not.toHaveBeenCalled();
  });
});

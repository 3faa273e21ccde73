import { rateLimit, RateLimitError, tool } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { settled } from '../streams/streaming.js';
import { outcome } from '../support/observed.js';

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

const down = new Error('down');
let made = 0;

/** A tool whose quota is asked before each attempt; it fails `failures` times. */
function quotaed(limited: { limit: number; per: '1s' | '1m'; maxWait?: '5s' }, retry: object, failures = Infinity) {
  const ranAt: number[] = [];
  // A namespace of its own: tools of one name are warned of.
  const namespace = `quotas ${(made += 1)}`;
  const rateLimited = { ...limited, scope: 'attempt' } as const;
  const call = tool({ name: 'quotaed', namespace, rateLimited, retry: { jitter: false, ...retry } }, async () => {
    ranAt.push(clock.now());
    if (ranAt.length <= failures) throw down;
    return 'answer';
  });
  return { call, ranAt };
}

describe("a limit with scope 'attempt'", () => {
  it('is asked before each attempt, as a sibling of the attempts', async () => {
    const { call } = quotaed({ limit: 10, per: '1s' }, { maxRetries: 3, baseDelay: 100 }, 2);
    const ended = outcome(call());
    await clock.advance('10s');
    expect(await ended).toBe('answer');
    expect(rateLimit(call).peek().remaining).toBe(10);
    expect(seen.metric('tool_rate_limit_checks_total', { tool: 'quotaed', allowed: true })).toBe(3);
    expect(seen.tree()).toBe(
      [
        'tool.execute quotas 1.quotaed ✓',
        '├── tool.rate_limit.check allowed',
        '├── tool.retry.attempt #0 ✗ down',
        '│   └── tool.execute ✗ down',
        '├── tool.rate_limit.check allowed',
        '├── tool.retry.attempt #1 ✗ down',
        '│   └── tool.execute ✗ down',
        '├── tool.rate_limit.check allowed',
        '└── tool.retry.attempt #2 ✓',
        '    └── tool.execute ✓',
      ].join('\n'),
    );
  });

  it('is asked once where the tool does not retry, and refuses at once', async () => {
    const call = tool({ name: 'single', rateLimited: { limit: 1, per: '1s', scope: 'attempt' } }, async () => 'answer');
    expect(await call()).toBe('answer');
    expect(await outcome(call())).toMatchObject({
      retryAfterMs: 1_000,
      attempts: 0,
      message: expect.stringContaining('was not run: ') as string,
    });
  });

  it('has an attempt wait for as long as the back-off may', async () => {
    const { call, ranAt } = quotaed({ limit: 1, per: '1s' }, { maxRetries: 2, baseDelay: 100, maxDelay: '1s' });
    const ended = outcome(call());
    await clock.advance('10s');
    expect(await ended).toBe(down);
    expect(ranAt).toEqual([0, 1_000, 2_000]);
    const waits = seen.spans.filter(({ name }) => name === 'tool.rate_limit.check').map(({ startTime, endTime }) => endTime - startTime);
    expect(waits).toEqual([0, 900, 800]);
    expect(seen.metric('tool_rate_limit_wait_seconds_sum', { tool: 'quotaed' })).toBeCloseTo(1.7);
  });

  it('has an attempt wait for its own maxWait where that is longer', async () => {
    const { call, ranAt } = quotaed({ limit: 1, per: '1s', maxWait: '5s' }, { maxRetries: 1, baseDelay: 10, maxDelay: 20 }, 1);
    const ended = outcome(call());
    await clock.advance('10s');
    expect([await ended, ranAt]).toEqual(['answer', [0, 1_000]]);
  });

  it('ends the loop with a refusal whose cause is the last error, and that says what ran', async () => {
    const { call, ranAt } = quotaed({ limit: 2, per: '1m' }, { maxRetries: 5, baseDelay: 100, maxDelay: '10s' });
    const ended = outcome(call());
    await clock.advance('10s');
    const error = (await ended) as RateLimitError;
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error.cause).toBe(down);
    expect(error).toMatchObject({ reason: 'tool_limit', attempts: 2, retryAfterMs: 29_700 });
    expect(error.message).toBe(
      'Tool "quotaed" failed 2 times in this call and was not run again: its rate limit is used up. Try again in 29.7 s, when it may pass at once, or in 19.7 s, when it may be let in to wait; before that it is refused again.',
    );
    expect(error.toJSON()).toMatchObject({ why: 'its rate limit is used up', attempts: 2, retryAfterMs: 29_700, retryNowHelps: false });
    expect(ranAt).toEqual([0, 100]);
    expect(seen.tree()).toContain('└── tool.rate_limit.check refused by tool_limit');
    expect(seen.metric('tool_retry_attempts_total', { tool: 'quotaed' })).toBe(2);
  });

  it('does not wait beyond maxElapsed', async () => {
    const { call, ranAt } = quotaed({ limit: 1, per: '1s' }, { maxRetries: 5, baseDelay: 100, maxDelay: '5s', maxElapsed: '500ms' });
    const ended = outcome(call());
    await clock.advance(100);
    expect(await ended).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 900, cause: down });
    expect(ranAt).toEqual([0]);
  });

  it('is left at once by who gives up, and the attempt never runs', async () => {
    const gone = new Error('user left');
    let runs = 0;
    const call = tool(
      { name: 'given up', rateLimited: { limit: 1, per: '1s', scope: 'attempt' }, retry: { maxRetries: 3, baseDelay: 0 } },
      async (_signal: AbortSignal) => {
        runs += 1;
        throw down;
      },
    );
    const abort = new AbortController();
    const ended = outcome(call(abort.signal));
    await clock.advance(500);
    abort.abort(gone);
    await settled();
    expect([await ended, runs, clock.now()]).toEqual([gone, 1, 500]);
  });
});

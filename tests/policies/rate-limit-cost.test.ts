import { ConfigurationError, configureTools, rateLimit, RateLimited, Tool, tool } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const warnings = warningsOf();
let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => {
  configureTools({ rateLimit: false });
  seen.dispose();
});

describe('a cost', () => {
  it('that is a number is what each call takes', async () => {
    const send = tool({ name: 'dear', rateLimited: { limit: 10, per: '1s', cost: 4 } }, async () => 'sent');
    expect([await send(), await send()]).toEqual(['sent', 'sent']);
    expect(rateLimit(send).peek().remaining).toBe(2);
    expect(await outcome(send())).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 200 });
    await clock.advance(199);
    expect(await outcome(send())).toMatchObject({ retryAfterMs: 1 });
    await clock.advance(1);
    expect(await send()).toBe('sent');
  });

  it('that is a function is made from the arguments, with `this` bound', async () => {
    class Model {
      factor = 2;

      @Tool('complete')
      @RateLimited({
        limit: 10,
        per: '1s',
        cost(this: Model, tokens: number) {
          return tokens * this.factor;
        },
      })
      async complete(tokens: number) {
        return tokens;
      }
    }
    const model = new Model();
    expect(await model.complete(3)).toBe(3);
    expect(rateLimit(model).peek()).toEqual({ allowed: true, remaining: 4, retryAfterMs: 0 });
    expect(await outcome(model.complete(3))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 200 });
    expect(await model.complete(2)).toBe(2);
  });

  it('of 0 always passes and takes nothing', async () => {
    const send = tool(
      { name: 'free', rateLimited: { limit: 1, per: '1h', cost: (price: number) => price } },
      async (price: number) => price,
    );
    expect([await send(1), await send(0), await send(0)]).toEqual([1, 0, 0]);
    expect(await outcome(send(1))).toMatchObject({ retryAfterMs: 3_600_000 });
  });

  it('is paid to the limit of the tool; the global one takes 1', async () => {
    configureTools({ rateLimit: { limit: 3, per: '1s' } });
    const send = tool({ name: 'both', rateLimited: { limit: 100, per: '1s', cost: 20 } }, async () => 'sent');
    expect([await send(), await send(), await send()]).toEqual(['sent', 'sent', 'sent']);
    expect(await outcome(send())).toMatchObject({ reason: 'global_limit', retryAfterMs: 334 });
    expect(rateLimit(send).peek().remaining).toBe(40);
  });

  it.each([
    ['throws', () => JSON.parse('{') as number],
    ['is below 0', () => -1],
    ['is no number', () => 'much' as unknown as number],
    ['is infinite', () => Infinity],
  ])('that %s counts as 1, is reported once and counted each time', async (_what, cost) => {
    const send = tool({ name: 'broken', rateLimited: { limit: 3, per: '1h', cost } }, async () => 'sent');
    expect([await send(), await send()]).toEqual(['sent', 'sent']);
    expect(rateLimit(send).peek().remaining).toBe(1);
    expect(warnings).toEqual([expect.stringMatching(/^tool "broken": rateLimited.cost failed \(.+\)/)]);
    expect(seen.metric('tool_callback_errors_total', { tool: 'broken', option: 'rateLimited.cost' })).toBe(2);
  });
});

describe('a call that costs more than the burst', () => {
  const send = tool(
    { name: 'greedy', rateLimited: { limit: 10, per: '1s', burst: 5, maxWait: '10s', cost: (price: number) => price } },
    async (price: number) => price,
  );

  it('is refused at once, takes nothing, and is told that trying again never helps', async () => {
    const error = await outcome(send(6));
    expect(error).toMatchObject({
      code: 'RATE_LIMITED',
      reason: 'tool_limit',
      message:
        'Tool "greedy" was not run: it costs 6, more than its rate limit ever lets pass at once. Trying again never helps; ask for less.',
      retryAfterMs: undefined,
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'RateLimitError',
      code: 'RATE_LIMITED',
      tool: 'greedy',
      namespace: 'default',
      message: (error as Error).message,
      why: 'it costs 6, more than its rate limit ever lets pass at once',
      attempts: 0,
      retryAfterMs: null,
      retryNowHelps: false,
      retryable: false,
      cause: null,
      reason: 'tool_limit',
      sharedAs: null,
      keyed: false,
      cost: 6,
      remaining: 5,
      mayWaitAfterMs: null,
    });
    expect(clock.now()).toBe(0);
    expect(await send(5)).toBe(5);
  });

  it('is told the same while the global limit is used up', async () => {
    configureTools({ rateLimit: { limit: 1, per: '1m' } });
    await send(1);
    expect(await outcome(send(6))).toMatchObject({ reason: 'tool_limit', retryAfterMs: undefined });
    expect(await outcome(send(1))).toMatchObject({ reason: 'global_limit', retryAfterMs: 60_000 });
  });

  it('is a mistake where the cost is a number: that is said where it is written', () => {
    const make = (): unknown => tool({ name: 'never', rateLimited: { limit: 2, per: '1s', cost: 3 } }, async () => 1);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow('cost must be at most burst (default limit), or no call would ever pass, got 3');
  });
});

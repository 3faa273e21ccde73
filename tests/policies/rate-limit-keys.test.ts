import * as fc from 'fast-check';
import { ConfigurationError, configureTools, rateLimit, RateLimited, RateLimitError, Tool, tool } from 'toolspan';
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

const refusedFor = (retryAfterMs: number | undefined): unknown => expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs });

describe('with a key', () => {
  class Mail {
    constructor(readonly tenant: string) {}

    @Tool('send')
    @RateLimited({
      limit: 1,
      per: '1s',
      key(this: Mail, user: unknown) {
        return user === undefined ? undefined : `${this.tenant}/${String(user)}`;
      },
    })
    async send(user?: unknown) {
      return `${this.tenant}/${String(user)}`;
    }
  }

  it('each has a limit of its own, made from the arguments with `this` bound', async () => {
    const [one, other] = [new Mail('one'), new Mail('other')];
    expect([await one.send('ann'), await one.send('bob'), await other.send('ann')]).toEqual(['one/ann', 'one/bob', 'other/ann']);
    await clock.advance(300);
    expect(await outcome(one.send('ann'))).toEqual(refusedFor(700));
    expect(await outcome(other.send('ann'))).toEqual(refusedFor(700));
    await clock.advance(700);
    expect(await one.send('ann')).toBe('one/ann');
  });

  it('`undefined` bypasses the limit: nothing is taken, checked or counted', async () => {
    const mail = new Mail('one');
    await Promise.all(Array.from({ length: 20 }, () => mail.send()));
    expect(seen.metric('tool_rate_limit_checks_total', { tool: 'send' })).toBe(0);
    expect(seen.tree()).not.toContain('rate_limit');
    expect(await mail.send('ann')).toBe('one/ann');
  });

  it('a number and its text are two keys', async () => {
    const send = tool(
      { name: 'numbers', rateLimited: { limit: 1, per: '1s', key: (id: unknown) => id as number } },
      async (id: unknown) => id,
    );
    expect([await send(1), await send('1')]).toEqual([1, '1']);
    expect(await outcome(send(1))).toEqual(refusedFor(1_000));
  });

  it('who bypasses the limit is still under the global one, and pays 1', async () => {
    configureTools({ rateLimit: { limit: 2, per: '1s' } });
    const cost = jest.fn(() => 2);
    const send = tool({ name: 'bypassing', rateLimited: { limit: 2, per: '1s', key: () => undefined, cost } }, async () => 'sent');
    expect([await send(), await send()]).toEqual(['sent', 'sent']);
    expect(await outcome(send())).toMatchObject({ reason: 'global_limit', retryAfterMs: 500 });
    expect(cost).not.toHaveBeenCalled();
  });

  it.each([
    ['throws', () => JSON.parse('{') as never],
    ['gives what is no key', () => ({}) as never],
  ])('one that %s is reported once and counted each time, and bypasses the limit', async (_what, key: () => never) => {
    const send = tool({ name: 'broken', rateLimited: { limit: 1, per: '1h', key } }, async () => 'sent');
    expect([await send(), await send(), await send()]).toEqual(['sent', 'sent', 'sent']);
    expect(warnings).toEqual([expect.stringMatching(/^tool "broken": rateLimited.key failed \(.+\); its calls go on without it$/)]);
    expect(seen.metric('tool_callback_errors_total', { tool: 'broken', option: 'rateLimited.key' })).toBe(3);
  });

  it('no more than maxKeys are remembered: the least recently used goes first, and begins anew', async () => {
    const send = tool(
      { name: 'bounded', rateLimited: { limit: 1, per: '1h', key: (user: string) => user, maxKeys: 2 } },
      async (user: string) => user,
    );
    await send('ann');
    await send('bob');
    expect(await outcome(send('ann'))).toBeInstanceOf(RateLimitError);
    await send('cid');
    expect(await outcome(send('ann'))).toBeInstanceOf(RateLimitError);
    expect(await send('bob')).toBe('bob');
    expect(await outcome(send('bob'))).toBeInstanceOf(RateLimitError);
  });

  it('10,000 are remembered where maxKeys is not given, and no more', async () => {
    const send = tool({ name: 'many', rateLimited: { limit: 1, per: '1h', key: (user: number) => user } }, async (user: number) => user);
    for (let user = 0; user < 10_000; user++) await send(user);
    expect(await outcome(send(0))).toBeInstanceOf(RateLimitError);
    await send(10_000);
    expect([await outcome(send(0)), await outcome(send(1))]).toEqual([expect.any(RateLimitError), 1]);
  });

  it('maxKeys without a key is refused at the first call', async () => {
    const send = tool({ name: 'keyless', rateLimited: { limit: 1, per: '1s', maxKeys: 5 } }, async () => 'sent');
    const error = await outcome(send());
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ message: expect.stringContaining('maxKeys must be given together with key') as string });
  });
});

describe('limits that share a name', () => {
  it('are one, however many tools give it', async () => {
    const rateLimited = { limit: 2, per: '1s', name: 'upstream' } as const;
    const [one, other] = ['one', 'other'].map((name) => tool({ name, rateLimited }, async () => name));
    expect([await one!(), await other!()]).toEqual(['one', 'other']);
    expect(await outcome(one!())).toEqual(refusedFor(500));
    expect(await outcome(other!())).toEqual(refusedFor(500));
    expect(rateLimit(other!).peek()).toEqual({ allowed: false, remaining: 0, retryAfterMs: 500 });
    expect(warnings).toEqual([]);
  });

  it('are one for each key, and who disagrees about the rate is told once and has the rate of the first', async () => {
    const key = (user: string): string => user;
    const one = tool({ name: 'one', rateLimited: { limit: 1, per: '1s', name: 'shared keys', key } }, async (user: string) => user);
    const other = tool({ name: 'other', rateLimited: { limit: 9, per: '1s', name: 'shared keys', key } }, async (user: string) => user);
    await one('ann');
    expect(await outcome(other('ann'))).toEqual(refusedFor(1_000));
    expect(await other('bob')).toBe('bob');
    expect(await outcome(one('bob'))).toBeInstanceOf(RateLimitError);
    expect(warnings).toEqual([expect.stringContaining('tools share the rate limit "shared keys" but do not agree on its options')]);
  });
});

describe('a look without taking', () => {
  it('says what would pass, by key, and takes nothing', async () => {
    const send = tool(
      { name: 'looked at', rateLimited: { limit: 4, per: '1s', burst: 2, key: (user: string) => user } },
      async (user: string) => user,
    );
    const limit = rateLimit(send);
    for (let look = 0; look < 5; look++) expect(limit.peek('ann')).toEqual({ allowed: true, remaining: 2, retryAfterMs: 0 });
    await send('ann');
    expect(limit.peek('ann')).toEqual({ allowed: true, remaining: 1, retryAfterMs: 0 });
    await send('ann');
    expect(limit.peek('ann')).toEqual({ allowed: false, remaining: 0, retryAfterMs: 250 });
    expect(limit.peek('bob')).toEqual({ allowed: true, remaining: 2, retryAfterMs: 0 });
    await clock.advance(249.5);
    expect(limit.peek('ann')).toEqual({ allowed: false, remaining: 0, retryAfterMs: 1 });
    await clock.advance(0.5);
    expect(limit.peek('ann')).toEqual({ allowed: true, remaining: 1, retryAfterMs: 0 });
  });

  it('is refused for a tool that has no rate limit', () => {
    expect(() => rateLimit(tool({ name: 'unlimited' }, async () => 1))).toThrow('tool "unlimited" has no rate limit; write @RateLimited');
  });

  it('is what the next call meets, to the millisecond, where the limit does not divide its time evenly', async () => {
    const send = tool(
      { name: 'thirds', rateLimited: { limit: 3, per: '1s', burst: 3, key: (user: number) => user } },
      async (_: number) => 1,
    );
    let refused = 0;
    for (let gap = 1; gap <= 300; gap++) {
      for (let call = 0; call < 12; call++) {
        await clock.advance(gap);
        const { retryAfterMs } = rateLimit(send).peek(gap);
        const ended = await outcome(send(gap));
        if (!(ended instanceof RateLimitError)) continue;
        refused += 1;
        expect([gap, call, ended.retryAfterMs]).toEqual([gap, call, retryAfterMs]);
      }
    }
    expect(refused).toBeGreaterThan(500);
  });

  it('is what the next call meets, for any history of calls', async () => {
    const step = fc.record({
      gap: fc.integer({ min: 0, max: 400 }),
      user: fc.constantFrom('ann', 'bob'),
      cost: fc.integer({ min: 1, max: 3 }),
    });
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 25 }), async (limit, steps) => {
      const send = tool(
        { name: 'any', rateLimited: { limit, per: '1s', burst: 3, key: (user: string) => user, cost: (_: string, cost: number) => cost } },
        async (user: string, _cost: number) => user,
      );
      for (const { gap, user, cost } of steps) {
        await clock.advance(gap);
        const { allowed, remaining, retryAfterMs } = rateLimit(send).peek(user);
        expect(allowed).toBe(remaining >= 1);
        const ended = await outcome(send(user, cost));
        expect(ended).toEqual(remaining >= cost ? user : expect.any(RateLimitError));
        if (cost === 1 && ended instanceof RateLimitError) expect(ended.retryAfterMs).toBe(retryAfterMs);
        expect(retryAfterMs > 0).toBe(!allowed);
      }
      seen.reset();
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

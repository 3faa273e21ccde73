import { RateLimitError } from '../../src/core/errors.js';
import { isOwnRefusal } from '../../src/core/refusals.js';
import { Gcra, type Rate } from '../../src/policies/rate-limit/gcra.js';
import { rateLimit } from '../../src/policies/rate-limit/rate-limit.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { fakeCall, laidAtOnce } from '../support/fake-call.js';
import { limitedTool, limiterOf, perSecond } from './limited-tool.js';

const used = (rate: Rate): Gcra => {
  const gcra = new Gcra(rate);
  while (gcra.earliest(0) === 0) gcra.take(0, 0);
  return gcra;
};

describe('a rate limited tool', () => {
  it('runs at once while its burst lasts, then is refused at once', async () => {
    const { call, refusal, runs } = limitedTool({ tool: perSecond(2) });
    expect(await call('a')).toBe('a');
    expect(await call('b')).toBe('b');
    expect(await refusal('c')).toBeInstanceOf(RateLimitError);
    expect(runs).toEqual(['a at 0', 'b at 0']);
  });

  it('says in the refusal whose limit it was, and exactly when to come back', async () => {
    const { refusal, call, clock, newCall, row, runs } = limitedTool({ tool: perSecond(4, 1) });
    await call('a');
    await clock.advance(100);
    expect(await refusal()).toMatchObject({ tool: 'search', namespace: 'web', reason: 'tool_limit', retryAfterMs: 150 });
    await clock.advance(149);
    expect(await refusal()).toMatchObject({ retryAfterMs: 1 });
    await clock.advance(1);
    expect(row(newCall('b'))).toBe('b');
    expect(runs).toEqual(['a at 0', 'b at 250']);
  });

  it("is refused by the call's own refusal", () => {
    const { row, newCall } = limitedTool({ tool: perSecond(1) });
    row(newCall('a'));
    const [mine, other] = [newCall('b'), newCall('c')];
    let error: unknown;
    try {
      row(mine);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RateLimitError);
    expect([isOwnRefusal(mine, error), isOwnRefusal(other, error)]).toEqual([true, false]);
  });

  it('stays synchronous where nothing waits', () => {
    const { row, newCall } = limitedTool({ global: new Gcra(perSecond(1)) });
    expect(row(newCall('a'))).toBe('a');
    expect(() => row(newCall('b'))).toThrow(RateLimitError);
  });

  it('does not pay back what a failed call took', async () => {
    const clock = createTestClock();
    const row = laidAtOnce(rateLimit({ clock, limiter: limiterOf(perSecond(1), clock), maxWait: 0 }))(() =>
      Promise.reject(new Error('down')),
    );
    await expect(row(fakeCall())).rejects.toThrow('down');
    expect(() => row(fakeCall())).toThrow(RateLimitError);
  });

  it('reports each decision', async () => {
    const { call, refusal, events } = limitedTool({ tool: perSecond(1) });
    await call();
    await refusal();
    expect(events).toEqual([
      { type: 'rate_limit.check', startedAt: 0, allowed: true, waitedMs: 0 },
      { type: 'rate_limit.check', startedAt: 0, allowed: false, reason: 'tool_limit', waitedMs: 0 },
    ]);
  });
});

describe('a tool under its own and the global limit', () => {
  it('passes only where both let it', async () => {
    const { call, refusal } = limitedTool({ tool: perSecond(2), global: new Gcra(perSecond(1)) });
    await call();
    expect(await refusal()).toMatchObject({ reason: 'global_limit', retryAfterMs: 1_000 });
  });

  it('refused by the global limit takes nothing from its own', async () => {
    const { refusal, gcra, call, clock } = limitedTool({ tool: perSecond(1), global: used(perSecond(1)) });
    expect(await refusal()).toMatchObject({ reason: 'global_limit' });
    expect(gcra!.earliest(0)).toBe(0);
    await clock.advance(1_000);
    expect(await call('a')).toBe('a');
  });

  it('refused by its own limit takes nothing from the global one', async () => {
    const global = new Gcra(perSecond(2));
    const { call, refusal } = limitedTool({ tool: perSecond(1), global });
    await call();
    expect(await refusal()).toMatchObject({ reason: 'tool_limit', retryAfterMs: 1_000 });
    expect(global.earliest(0)).toBe(0);
    global.take(0, 0);
    expect(global.earliest(0)).toBe(500);
  });

  it('refused by both names the global one, and when both let it pass', async () => {
    const { call, refusal, clock } = limitedTool({ tool: { limit: 1, per: 5_000 }, global: new Gcra(perSecond(1)) });
    await call();
    expect(await refusal()).toMatchObject({ reason: 'global_limit', retryAfterMs: 5_000 });
    await clock.advance(1_000);
    expect(await refusal()).toMatchObject({ reason: 'tool_limit', retryAfterMs: 4_000 });
    await clock.advance(4_000);
    expect(await call('a')).toBe('a');
  });

  it('shares the global limit with other tools', async () => {
    const global = new Gcra(perSecond(2));
    const tools = [limitedTool({ global, tool: perSecond(2) }), limitedTool({ global })];
    for (const { call } of tools) await call();
    for (const { refusal } of tools) expect(await refusal()).toMatchObject({ reason: 'global_limit' });
  });
});

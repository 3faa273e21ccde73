import * as fc from 'fast-check';
import { RateLimitError } from '../../src/core/errors.js';
import { Gcra } from '../../src/policies/rate-limit/gcra.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { expectConformance, limitedTool, perSecond } from './limited-tool.js';

describe('with maxWait', () => {
  it('calls over the limit wait in arrival order, the others are refused at once', async () => {
    const { call, refusal, clock, runs } = limitedTool({ tool: perSecond(10, 1), maxWait: 250 });
    for (const name of ['a', 'b', 'c']) void call(name);
    expect(await refusal('d')).toMatchObject({ reason: 'tool_limit', retryAfterMs: 300 });
    expect(runs).toEqual(['a at 0']);
    await clock.advance(1_000);
    expect(runs).toEqual(['a at 0', 'b at 100', 'c at 200']);
  });

  it('a call that can pass at exactly maxWait waits', async () => {
    const { call, refusal, clock } = limitedTool({ tool: perSecond(10, 1), maxWait: 100 });
    void call('a');
    const waiting = call('b');
    expect(await refusal('c')).toMatchObject({ retryAfterMs: 200 });
    await clock.advance(100);
    expect(await waiting).toBe('b');
  });

  it('a refused call does not hold up who comes later', async () => {
    const { call, refusal, clock, runs } = limitedTool({ tool: perSecond(10, 1), maxWait: 100 });
    void call('a');
    void call('b');
    await refusal('c');
    await clock.advance(100);
    void call('d');
    await clock.advance(100);
    expect(runs).toEqual(['a at 0', 'b at 100', 'd at 200']);
  });

  it('a call waits for the global limit too, and is refused by it where that takes longer', async () => {
    const { call, refusal, clock, runs } = limitedTool({ tool: perSecond(10), maxWait: 1_000, global: new Gcra(perSecond(1)) });
    void call('a');
    void call('b');
    expect(await refusal('c')).toMatchObject({ reason: 'global_limit', retryAfterMs: 2_000 });
    await clock.advance(1_000);
    expect(runs).toEqual(['a at 0', 'b at 1000']);
  });

  it('a waiting call holds its place in the global limit against tools that do not wait', async () => {
    const global = new Gcra(perSecond(1));
    const clock = createTestClock();
    const patient = limitedTool({ tool: perSecond(10), maxWait: 1_000, global, clock });
    const hasty = limitedTool({ global, clock });
    void patient.call('a');
    void patient.call('b');
    await clock.advance(999);
    expect(await hasty.refusal()).toMatchObject({ reason: 'global_limit', retryAfterMs: 1_001 });
    await clock.advance(1);
    expect(patient.runs).toEqual(['a at 0', 'b at 1000']);
  });

  it('reports the wait when it is over', async () => {
    const { call, clock, events } = limitedTool({ tool: perSecond(10, 1), maxWait: 100 });
    void call('a');
    await clock.advance(30);
    void call('b');
    expect(events).toHaveLength(1);
    await clock.advance(70);
    expect(events[1]).toEqual({ type: 'rate_limit.check', startedAt: 30, allowed: true, waitedMs: 70 });
  });

  it('a waiting call that its caller aborts ends at once with the reason, and never runs', async () => {
    const { call, clock, runs, events } = limitedTool({ tool: perSecond(10, 1), maxWait: 300 });
    const controller = new AbortController();
    const reason = new Error('user left');
    void call('a');
    const aborted = call('b', controller.signal);
    void call('c');
    await clock.advance(50);
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(clock.now()).toBe(50);
    expect(events.at(-1)).toEqual({ type: 'rate_limit.check', startedAt: 0, allowed: false, waitedMs: 50 });
    await clock.advance(1_000);
    expect(runs).toEqual(['a at 0', 'c at 200']);
  });

  it('a call whose caller has aborted already takes nothing from those that wait', async () => {
    const { call, clock, runs } = limitedTool({ tool: perSecond(10, 1), maxWait: 300 });
    void call('a');
    await expect(call('b', AbortSignal.abort(new Error('user left')))).rejects.toThrow('user left');
    void call('c');
    await clock.advance(1_000);
    expect(runs).toEqual(['a at 0', 'c at 100']);
  });

  it('a call does not overtake those that wait, though their timer is late', async () => {
    const { clock, fireTimers } = lateClock();
    const { call, runs } = limitedTool({ tool: perSecond(10, 1), maxWait: 300, clock });
    void call('a');
    void call('b');
    await clock.advance(250);
    void call('c');
    await fireTimers();
    expect(runs).toEqual(['a at 0', 'b at 250', 'c at 250']);
  });
});

/** The clock of a busy process: time passes, but timers have their turn only when the test says so. */
function lateClock() {
  const clock = createTestClock();
  const timers = new Set<() => void>();
  clock.setTimer = (callback) => {
    timers.add(callback);
    return () => timers.delete(callback);
  };
  const fireTimers = async (): Promise<void> => {
    await clock.advance(0);
    const pending = [...timers];
    timers.clear();
    for (const callback of pending) callback();
    await clock.advance(0);
  };
  return { clock, fireTimers };
}

describe('for any arrivals at two limits', () => {
  const rate = fc.record({
    limit: fc.integer({ min: 1, max: 5 }),
    per: fc.constantFrom(100, 210, 1_000),
    burst: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  });
  const arrivals = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 200 }), tool: fc.nat(1) }), { maxLength: 40 });

  /** When the calls of one tool ran, and that they did so in arrival order and in time. */
  function expectOrder(runs: readonly string[], maxWait: number): number[] {
    const parsed = runs.map((run) => run.split(' at ').map(Number) as [number, number]);
    const arrivedAt = parsed.map(([arrival]) => arrival);
    expect(arrivedAt).toEqual([...arrivedAt].sort((a, b) => a - b));
    for (const [arrival, ranAt] of parsed) expect(ranAt - arrival).toBeLessThanOrEqual(maxWait + 1e-6);
    return parsed.map(([, ranAt]) => ranAt);
  }

  it('neither rate is exceeded, nobody overtakes or waits too long, and who comes back as told is let in', async () => {
    const property = fc.asyncProperty(
      rate,
      fc.tuple(rate, rate),
      fc.constantFrom(0, 150, 900),
      arrivals,
      async (all, own, maxWait, calls) => {
        const clock = createTestClock();
        const global = new Gcra(all);
        const tools = own.map((tool) => limitedTool({ tool, maxWait, global, clock }));
        for (const { gap, tool } of calls) {
          await clock.advance(gap);
          void tools[tool]!.refusal(String(clock.now()));
        }
        const last = await Promise.race([tools[0]!.refusal(String(clock.now())), clock.advance(0)]);
        if (last instanceof RateLimitError) {
          await clock.advance(last.retryAfterMs!);
          expect(await tools[0]!.call(String(clock.now()))).toBe(String(clock.now()));
        }
        await clock.advance(10_000);
        const ranAt = tools.map(({ runs }) => expectOrder(runs, maxWait));
        for (const [index, tool] of own.entries()) expectConformance(tool, ranAt[index]!);
        expectConformance(
          all,
          ranAt.flat().sort((a, b) => a - b),
        );
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });
});

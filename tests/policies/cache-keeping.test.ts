import * as fc from 'fast-check';
import { CircuitOpenError, ConfigurationError, tool, type CachedOptions } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { observed, outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const at = observed();
const warnings = warningsOf();

const DEFAULT_TTL_MS = 300_000;
const passed = (ms: number): Promise<void> => at.clock.advance(ms);

/** A tool called `fetch` that gives, or throws, what it is called with, and writes down its runs. */
function fetching(cached: CachedOptions) {
  const runs: unknown[] = [];
  const call = tool({ name: 'fetch', cached }, async (answer: unknown) => {
    runs.push(answer);
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { call: async (answer: unknown) => outcome(call(answer)), runs };
}

const broken = (option: string) => at.seen.metric('tool_callback_errors_total', { tool: 'fetch', option: `cached.${option}` });
const sets = () => at.seen.metric('tool_cache_operations_total', { tool: 'fetch', operation: 'set' });

/** Milliseconds for which an answer is served: found by calling at each moment given. */
async function keptUntil(call: (answer: unknown) => Promise<unknown>, runs: unknown[], answer: unknown, moments: number[]) {
  await call(answer);
  const before = runs.length;
  let now = 0;
  for (const moment of moments) {
    await passed(moment - now);
    now = moment;
    await call(answer);
    if (runs.length > before) return moment;
  }
  return Infinity;
}

describe('cacheIf', () => {
  it('keeps the results that it says yes to, and no others', async () => {
    const { call, runs } = fetching({ cacheIf: (rows: unknown[]) => rows.length > 0 });
    for (const rows of [[1], [], [1], []]) await call(rows);
    expect(runs).toEqual([[1], [], []]);
    expect(sets()).toBe(1);
  });

  it('is not asked about errors', async () => {
    const cacheIf = jest.fn(() => true);
    const { call, runs } = fetching({ cacheIf, key: () => 'same' });
    await call(new Error('down'));
    expect(await call('up')).toBe('up');
    expect(runs).toHaveLength(2);
    expect(cacheIf.mock.calls).toEqual([['up']]);
  });

  it('counts as yes where it throws, which is said once', async () => {
    const { call, runs } = fetching({ cacheIf: (rows: { length: number }) => rows.length > 0 });
    expect([await call(null), await call(undefined), await call(null)]).toEqual([null, undefined, null]);
    expect(runs).toHaveLength(2);
    expect(warnings).toEqual([expect.stringMatching(/^tool "fetch": cached.cacheIf failed \(.*\); its calls go on without it$/)]);
    expect(broken('cacheIf')).toBe(2);
  });
});

describe('a ttl made from the result', () => {
  const ttl = ({ ttl: given }: { ttl: never }) => given;

  it.each([
    ['milliseconds', 100, 100],
    ['a duration', '2s', 2_000],
    ['undefined: nothing is kept', undefined, 1],
    ['0: nothing is kept', 0, 1],
    ['nonsense: the default', 'soon', DEFAULT_TTL_MS],
    ['null: the default', null, DEFAULT_TTL_MS],
    ['a negative number: the default', -5, DEFAULT_TTL_MS],
    ['no number: the default', NaN, DEFAULT_TTL_MS],
    ['for ever: the default', Infinity, DEFAULT_TTL_MS],
  ])('may be %s', async (_what, given, kept) => {
    const { call, runs } = fetching({ ttl, key: () => 'same' });
    const moments = [1, 99, 100, 1_999, 2_000, DEFAULT_TTL_MS - 1, DEFAULT_TTL_MS];
    expect(await keptUntil(call, runs, { ttl: given }, moments)).toBe(kept);
  });

  it('is complained about once where it makes no sense, and counted each time', async () => {
    const { call } = fetching({ ttl });
    for (const given of ['soon', -1, 'later', '5s', undefined]) await call({ ttl: given });
    expect(warnings).toEqual([
      'tool "fetch": cached.ttl failed (it must give a duration, or undefined to keep nothing, not "soon"); its calls go on without it',
    ]);
    expect(broken('ttl')).toBe(3);
    expect(sets()).toBe(4);
  });

  it('is the default where it throws', async () => {
    const { call, runs } = fetching({ ttl });
    expect(await keptUntil(call, runs, null, [1, DEFAULT_TTL_MS - 1, DEFAULT_TTL_MS])).toBe(DEFAULT_TTL_MS);
    expect(broken('ttl')).toBe(2);
  });

  it('is what the span of the write says', async () => {
    const { call } = fetching({ ttl });
    await call({ ttl: '2s' });
    expect(at.seen.spans.find(({ name }) => name === 'tool.cache.set')!.attributes).toMatchObject({ 'cache.ttl': 2 });
  });
});

describe('ttlJitter', () => {
  it('cuts off up to that share of the ttl, and never adds to it', async () => {
    const anyCase = fc.record({
      ttl: fc.integer({ min: 10, max: 1_000_000 }),
      ttlJitter: fc.double({ min: 0.001, max: 1, noNaN: true }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      isMade: fc.boolean(),
    });
    const check = async ({ ttl, ttlJitter, random, isMade }: typeof anyCase extends fc.Arbitrary<infer Case> ? Case : never) => {
      const clock = createTestClock();
      const seen = createTestObservability({ clock, random: () => random });
      try {
        await tool({ name: 'spread', cached: { ttl: isMade ? () => ttl : ttl, ttlJitter } }, async () => 1)();
        const kept = (seen.spans.find(({ name }) => name === 'tool.cache.set')!.attributes['cache.ttl'] as number) * 1_000;
        expect(kept).toBeLessThanOrEqual(ttl + 1e-6);
        expect(kept).toBeGreaterThanOrEqual(ttl * (1 - ttlJitter) - 1e-6);
        expect(kept).toBeCloseTo(ttl - ttl * ttlJitter * random, 3);
      } finally {
        seen.dispose();
      }
    };
    await fc.assert(fc.asyncProperty(anyCase, check), { numRuns: 100 });
  });

  it('is what a result is served by', async () => {
    const { call, runs } = fetching({ ttl: 1_000, ttlJitter: 0.2 }); // random() is 0.5
    expect(await keptUntil(call, runs, 'a', [899, 900, 1_000])).toBe(900);
  });
});

describe('errorTtl', () => {
  class NotFound extends Error {}
  const errorTtl = (error: unknown) => (error instanceof NotFound ? 50 : undefined);

  it('keeps the errors that it gives a time, and throws the very same again', async () => {
    const { call, runs } = fetching({ errorTtl, key: () => 'same' });
    const gone = new NotFound('gone');
    expect([await call(gone), await call('found')]).toEqual([gone, gone]);
    expect(await call('found')).toBe(gone);
    await passed(49);
    expect(await call('found')).toBe(gone);
    await passed(1);
    expect(await call('found')).toBe('found');
    expect(runs).toEqual([gone, 'found']);
  });

  it('keeps no others', async () => {
    const { call, runs } = fetching({ errorTtl, key: () => 'same' });
    const down = new Error('down');
    expect([await call(down), await call('up')]).toEqual([down, 'up']);
    expect(runs).toHaveLength(2);
  });

  it('says on the call that it was a hit, and failed', async () => {
    const { call } = fetching({ errorTtl, key: () => 'same' });
    for (let calls = 0; calls < 2; calls++) await call(new NotFound('gone'));
    const [miss, hit] = at.seen.spans.filter(({ name }) => name === 'tool.execute');
    expect(miss!.attributes).toMatchObject({ 'tool.cached': false, 'tool.success': false, 'tool.error': 'gone' });
    expect(hit!.attributes).toMatchObject({ 'tool.cached': true, 'tool.success': false, 'tool.error': 'gone' });
    expect(at.seen.metric('tool_executions_total', { tool: 'fetch', status: 'error' })).toBe(2);
  });

  it.each([
    ['an abort', Object.assign(new Error('never mind'), { name: 'AbortError' })],
    ['a mistake in the configuration', new ConfigurationError('written wrongly')],
  ])('is not asked about %s', async (_what, error) => {
    const asked = jest.fn(() => 1_000);
    const { call, runs } = fetching({ errorTtl: asked, key: () => 'same' });
    expect([await call(error), await call('up')]).toEqual([error, 'up']);
    expect(runs).toHaveLength(2);
    expect(asked).not.toHaveBeenCalled();
  });

  it('keeps nothing where it throws or makes no sense, which is said once', async () => {
    const strange = (error: unknown) => {
      if ((error as Error).message === 'odd') throw new Error('what is this?');
      return 'soon' as never;
    };
    const { call, runs } = fetching({ errorTtl: strange, key: () => 'same' });
    await call(new Error('down'));
    await call(new Error('odd'));
    expect([await call('up'), runs.length]).toEqual(['up', 3]);
    const complaint = 'it must give a duration, or undefined to keep nothing, not "soon"';
    expect(warnings).toEqual([`tool "fetch": cached.errorTtl failed (${complaint}); its calls go on without it`]);
    expect(broken('errorTtl')).toBe(2);
  });

  it('may keep refusals, which then cost nothing', async () => {
    const state = { runs: 0 };
    const call = tool(
      {
        name: 'guarded',
        cached: { errorTtl: (error) => (error instanceof CircuitOpenError ? '1m' : undefined) },
        circuitBreaker: { failureThreshold: 1, resetTimeout: '1s', successThreshold: 1 },
      },
      async () => {
        if (++state.runs === 1) throw new Error('down');
        return 'up';
      },
    );
    await outcome(call());
    const refusal = await outcome(call());
    await passed(30_000);
    expect(await outcome(call())).toBe(refusal);
    await passed(30_000);
    expect(await call()).toBe('up');
  });
});

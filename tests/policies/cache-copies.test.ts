import { tool, type CachedOptions } from 'toolspan';
import { observed } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const at = observed();
const warnings = warningsOf();

/** A tool called `list` whose result waits for the test. */
function listing(cached: CachedOptions, result: () => unknown = () => ({ items: ['own'] })) {
  let go!: (value?: unknown) => void;
  const state = { runs: 0, gate: new Promise((resolve) => (go = resolve)), go: () => go() };
  const list = tool({ name: 'list', cached }, async () => {
    state.runs += 1;
    await state.gate;
    return result() as { items: string[] };
  });
  return { list, state };
}

describe('clone', () => {
  it('gives the leader, its followers and every hit a copy of their own', async () => {
    const { list, state } = listing({ clone: true });
    const concurrent = [list(), list(), list()];
    state.go();
    const results = [...(await Promise.all(concurrent)), await list(), await list()];
    expect(new Set(results).size).toBe(5);
    expect(new Set(results.map(({ items }) => items)).size).toBe(5);
    for (const result of results) expect(result).toEqual({ items: ['own'] });
    expect(state.runs).toBe(1);
  });

  it('keeps what one of them does to theirs from all the others, whoever is first', async () => {
    const { list, state } = listing({ clone: true });
    const change = async (name: string) => {
      const { items } = await list();
      items.push(name);
      return items.join();
    };
    const concurrent = [change('leader'), change('follower'), change('other')];
    state.go();
    expect(await Promise.all(concurrent)).toEqual(['own,leader', 'own,follower', 'own,other']);
    expect([await change('hit'), await change('next hit')]).toEqual(['own,hit', 'own,next hit']);
    expect(state.runs).toBe(1);
  });

  it('keeps what the tool does to its own result from who is served', async () => {
    const shared = { items: ['own'] };
    const { list, state } = listing({ clone: true }, () => shared);
    state.go();
    await list();
    shared.items.push('changed');
    expect(await list()).toEqual({ items: ['own'] });
  });

  it('holds for followers also where nothing is kept', async () => {
    const { list, state } = listing({ clone: true, cacheIf: () => false });
    const concurrent = [list().then(({ items }) => items.push('leader')), list()];
    state.go();
    expect((await Promise.all(concurrent))[1]).toEqual({ items: ['own'] });
    expect(state.runs).toBe(1);
  });

  it('gives a copy of a stale result, too', async () => {
    const { list, state } = listing({ clone: true, ttl: 100, staleWhileRevalidate: 100 });
    state.go();
    await list();
    await at.clock.advance(100);
    const concurrent = [list(), list()];
    const [one, other] = await Promise.all(concurrent);
    one!.items.push('changed');
    expect(other).toEqual({ items: ['own'] });
  });

  it('copies Maps, Sets, Dates and what refers to itself', async () => {
    const made = { map: new Map([['a', new Set([1])]]), date: new Date(5), itself: undefined as unknown };
    made.itself = made;
    const { list, state } = listing({ clone: true }, () => made);
    state.go();
    await list();
    const copy = (await list()) as unknown as typeof made;
    expect(copy).not.toBe(made);
    expect(copy.itself).toBe(copy);
    expect([copy.map.get('a')!.has(1), copy.date.getTime()]).toEqual([true, 5]);
  });

  it.each([['text'], [5], [null], [undefined], [10n]])('leaves %p as it is', async (value) => {
    const { list, state } = listing({ clone: true }, () => value);
    state.go();
    expect([await list(), await list()]).toEqual([value, value]);
    expect(warnings).toEqual([]);
  });

  it('shares what cannot be copied, which is said once and counted', async () => {
    const handle = { close: () => undefined };
    const { list, state } = listing({ clone: true }, () => handle);
    state.go();
    for (let call = 0; call < 3; call++) expect(await list()).toBe(handle);
    expect(state.runs).toBe(1);
    expect(warnings).toEqual([
      expect.stringMatching(/^tool "list": cached.clone failed \(.*could not be cloned.*\); its calls go on without it$/),
    ]);
    expect(at.seen.metric('tool_callback_errors_total', { tool: 'list', option: 'cached.clone' })).toBe(3);
  });

  it('is off by default: all get the same object', async () => {
    const { list, state } = listing({});
    const concurrent = [list(), list()];
    state.go();
    expect(new Set([...(await Promise.all(concurrent)), await list()]).size).toBe(1);
  });
});

describe('maxWeight', () => {
  const heavy = (maxWeight: number, weigh: (result: string) => number, maxEntries = 100) => {
    const runs: unknown[] = [];
    const call = tool({ name: 'list', cached: { maxWeight, weigh, maxEntries } }, async (text: string) => {
      runs.push(text);
      return text;
    });
    return { call, runs };
  };
  const length = ({ length: weight }: string) => weight;

  it('drops the results used longest ago until the rest weighs no more', async () => {
    const { call, runs } = heavy(6, length);
    for (const text of ['aa', 'bbb', 'aa', 'cc', 'aa', 'bbb']) await call(text);
    expect(runs).toEqual(['aa', 'bbb', 'cc', 'bbb']);
    await call('dddd');
    await call('aa');
    expect(runs.slice(4)).toEqual(['dddd', 'aa']);
  });

  it('keeps what weighs just as much, and not what weighs more', async () => {
    const { call, runs } = heavy(3, length);
    for (const text of ['aaa', 'aaa', 'bbbb', 'bbbb']) await call(text);
    expect(runs).toEqual(['aaa', 'bbbb', 'bbbb']);
    expect(at.seen.metric('tool_cache_operations_total', { tool: 'list', operation: 'set' })).toBe(1);
  });

  it('goes together with maxEntries', async () => {
    const { call, runs } = heavy(100, length, 2);
    for (const text of ['a', 'b', 'c', 'a']) await call(text);
    expect(runs).toEqual(['a', 'b', 'c', 'a']);
  });

  it.each([[0], [-1], [1.5], [NaN], [Infinity], ['5']])('takes a weight of %p for 1, and says so once', async (weight) => {
    const { call, runs } = heavy(2, () => weight as number);
    for (const text of ['a', 'b', 'a', 'b', 'c', 'a']) await call(text);
    expect(runs).toEqual(['a', 'b', 'c', 'a']);
    const complaint = `it must give a whole number of at least 1, not ${typeof weight === 'string' ? `"${weight}"` : weight}`;
    expect(warnings).toEqual([`tool "list": cached.weigh failed (${complaint}); its calls go on without it`]);
    expect(at.seen.metric('tool_callback_errors_total', { tool: 'list', option: 'cached.weigh' })).toBe(4);
  });

  it('does not ask about errors', async () => {
    const weigh = jest.fn(() => 1);
    const fails = tool({ name: 'fails', cached: { maxWeight: 5, weigh, errorTtl: () => 1_000 } }, async () => {
      throw new Error('down');
    });
    await expect(fails()).rejects.toThrow('down');
    await expect(fails()).rejects.toThrow('down');
    expect(weigh).not.toHaveBeenCalled();
    expect(at.seen.metric('tool_cache_operations_total', { tool: 'fails', result: 'hit' })).toBe(1);
  });
});

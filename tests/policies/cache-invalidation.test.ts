import { Cached, ConfigurationError, invalidate, Retry, Tool, tool, type CachedOptions } from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const at = observed();
const warnings = warningsOf();

class Store {
  runs: unknown[] = [];

  @Cached({ tags: (id: number) => [`user-${id}`, 'users'] }) async user(id: number): Promise<string> {
    this.runs.push(id);
    return `user ${id}, run ${this.runs.length}`;
  }

  @Cached({ scope: 'instance', tags: ['mine'] }) async mine(id: number): Promise<number> {
    return this.runs.push(id);
  }

  @Retry() async uncached(): Promise<void> {}
}

class SubStore extends Store {}

describe('invalidate by arguments', () => {
  it('forgets the result of calls with equal arguments, and no other', async () => {
    const store = new Store();
    await store.user(1);
    await store.user(2);
    expect(invalidate(store, 'user', [1])).toBe(1);
    expect([await store.user(1), await store.user(2)]).toEqual(['user 1, run 3', 'user 2, run 2']);
  });

  it('returns how many were forgotten: none the second time, none that is not there', async () => {
    const store = new Store();
    await store.user(1);
    expect([1, 1, 3].map((id) => invalidate(store, 'user', [id]))).toEqual([1, 0, 0]);
    expect(invalidate(store, 'user', [() => 'no key'])).toBe(0);
  });

  it('works on the class as on each of its instances, and not on those of a subclass', async () => {
    const [one, other, sub] = [new Store(), new Store(), new SubStore()];
    await one.user(1);
    await sub.user(1);
    expect(invalidate(Store, 'user', [1])).toBe(1);
    await other.user(1);
    await sub.user(1);
    expect([other.runs, sub.runs]).toEqual([[1], [1]]);
    expect([invalidate(one, 'user', [1]), invalidate(sub, 'user', [1])]).toEqual([1, 1]);
  });

  it('works for each instance apart with scope instance', async () => {
    const [one, other] = [new Store(), new Store()];
    await one.mine(1);
    await other.mine(1);
    expect(invalidate(one, 'mine', [1])).toBe(1);
    await one.mine(1);
    await other.mine(1);
    expect([one.runs, other.runs]).toEqual([[1, 1], [1]]);
    expect(invalidate(Store, 'mine', [1])).toBe(0);
  });

  it('makes the key as a call does, with `this` bound', async () => {
    class Tenant {
      constructor(readonly name: string) {}
      @Cached({
        key(this: Tenant, id: number) {
          return `${this.name}/${id}`;
        },
      })
      async get(id: number): Promise<number> {
        return id;
      }
    }
    const [a, b] = [new Tenant('a'), new Tenant('b')];
    await a.get(1);
    expect([invalidate(b, [1]), invalidate(new Tenant('a'), [1])]).toEqual([0, 1]);
  });

  it.each<CachedOptions['scope']>(['class', 'instance'])('takes a function of tool(), and needs no method: scope %s', async (scope) => {
    let runs = 0;
    const count = tool({ name: 'count', cached: { scope } }, async (_id: number) => ++runs);
    await count(1);
    expect([invalidate(count, [2]), invalidate(count, [1])]).toEqual([0, 1]);
    expect(await count(1)).toBe(2);
  });

  it('takes a static method by its class', async () => {
    class Fixed {
      static runs = 0;
      @Cached() static async get(_id: number): Promise<number> {
        return ++this.runs;
      }
    }
    await Fixed.get(1);
    expect([invalidate(Fixed, 'get', [1]), await Fixed.get(1)]).toEqual([1, 2]);
  });

  it('works before the first call: there is nothing to forget', () => {
    expect(invalidate(new (class extends Store {})(), 'user', [1])).toBe(0);
  });
});

describe('invalidate by tag', () => {
  it('forgets all that bear it', async () => {
    const store = new Store();
    for (const id of [1, 2, 3]) await store.user(id);
    expect([invalidate(store, 'user', 'user-1'), invalidate(store, 'user', 'users'), invalidate(store, 'user', 'users')]).toEqual([
      1, 2, 0,
    ]);
    for (const id of [1, 2, 3]) await store.user(id);
    expect(store.runs).toHaveLength(6);
  });

  it('forgets those of all instances, whatever the scope', async () => {
    const [one, other] = [new Store(), new Store()];
    await one.mine(1);
    await other.mine(1);
    expect(invalidate(one, 'mine', 'mine')).toBe(2);
  });

  it('knows no tags where there are none', async () => {
    const plain = tool({ name: 'plain', cached: '1m' }, async () => 1);
    await plain();
    expect(invalidate(plain, 'users')).toBe(0);
  });

  it.each([
    ['throw', () => null!, 'cached.tags failed (it must give an array of strings, not null)'],
    ['give numbers', () => [5] as never, 'cached.tags failed (it must give an array of strings, not [5])'],
    [
      'throw by themselves',
      () => {
        throw new Error('no tags');
      },
      'cached.tags failed (no tags)',
    ],
  ])('keeps a result without tags where they %s, and says so once', async (_what, tags, complaint) => {
    let runs = 0;
    const tagged = tool({ name: 'tagged', cached: { tags } }, async (_id: number) => ++runs);
    expect([await tagged(1), await tagged(2), await tagged(1)]).toEqual([1, 2, 1]);
    expect(invalidate(tagged, 'any')).toBe(0);
    expect(warnings).toEqual([`tool "tagged": ${complaint}; its calls go on without it`]);
    expect(at.seen.metric('tool_callback_errors_total', { tool: 'tagged', option: 'cached.tags' })).toBe(2);
  });
});

describe('runs under way when their result is invalidated', () => {
  /** A tool whose runs are ended by the test. */
  function held(cached: CachedOptions = {}) {
    const runs: { end: (value: unknown) => void }[] = [];
    const get = tool(
      { name: 'held', cached: { tags: (id: number) => [`id-${id}`], ...cached } },
      (_id: number) => new Promise<unknown>((resolve) => void runs.push({ end: resolve })),
    );
    return { get, runs };
  }

  it.each([
    ['arguments', (get: object) => invalidate(get, [1])],
    ['tag', (get: object) => invalidate(get, 'id-1')],
  ])('by %s, are neither joined nor stored, and still answer who waits for them', async (_by, forget) => {
    const { get, runs } = held();
    const waiting = [get(1), get(1)];
    expect(forget(get)).toBe(0);
    const later = [get(1), get(1)];
    expect(runs).toHaveLength(2);
    runs[1]!.end('new');
    expect(await Promise.all(later)).toEqual(['new', 'new']);
    runs[0]!.end('old');
    expect(await Promise.all(waiting)).toEqual(['old', 'old']);
    expect([await get(1), runs.length]).toEqual(['new', 2]);
  });

  it('are not stored either where nobody came in between', async () => {
    const { get, runs } = held();
    const waiting = get(1);
    invalidate(get, [1]);
    runs[0]!.end('old');
    await waiting;
    void get(1);
    expect(runs).toHaveLength(2);
  });

  it('go on as they were where another key, or another tag, is meant', async () => {
    const { get, runs } = held();
    const waiting = [get(1), get(2)];
    expect([invalidate(get, [3]), invalidate(get, 'id-3'), invalidate(get, [2])]).toEqual([0, 0, 0]);
    for (const run of runs) run.end('kept');
    await Promise.all(waiting);
    expect([await get(1), runs.length]).toEqual(['kept', 2]);
    void get(2);
    expect(runs).toHaveLength(3);
  });

  it('keep no error either', async () => {
    const { get, runs } = held({ errorTtl: () => 1_000 });
    const waiting = outcome(get(1));
    invalidate(get, [1]);
    runs[0]!.end(Promise.reject(new Error('old')));
    expect(await waiting).toEqual(new Error('old'));
    void get(1);
    expect(runs).toHaveLength(2);
  });

  it('in the background are no exception', async () => {
    const { get, runs } = held({ ttl: 100, staleWhileRevalidate: 100 });
    const first = get(1);
    runs[0]!.end('first');
    await first;
    await at.clock.advance(100);
    expect(await get(1)).toBe('first');
    expect(invalidate(get, [1])).toBe(1);
    runs[1]!.end('old');
    await at.clock.advance(0);
    const later = get(1);
    runs[2]!.end('new');
    expect([await later, runs.length]).toEqual(['new', 3]);
  });

  it('do not bring back, in place of an error, what was invalidated meanwhile', async () => {
    const { get, runs } = held({ ttl: 100, staleIfError: 1_000 });
    const first = get(1);
    runs[0]!.end('first');
    await first;
    await at.clock.advance(100);
    const waiting = outcome(get(1));
    invalidate(get, [1]);
    runs[1]!.end(Promise.reject(new Error('down')));
    expect(await waiting).toEqual(new Error('down'));
  });
});

describe('what cannot be invalidated', () => {
  it.each<[string, () => unknown, string]>([
    [
      'a tool without a cache',
      () => invalidate(Store, 'uncached', [1]),
      'invalidate: tool "uncached" of Store has no cache; write @Cached()',
    ],
    ['a method that is none', () => invalidate(new Store(), 'nothing', [1]), 'invalidate: Store has no tool nothing'],
    ['one of several', () => invalidate(Store, [1]), 'say which: Store.user, Store.mine, Store.uncached'],
    ['an object without tools', () => invalidate({}, [1]), 'has no tool'],
    [
      'something else than arguments or a tag',
      () => invalidate(Store, 'user', 5 as never),
      'invalidate: give the arguments of the call as an array, or a tag, not 5',
    ],
  ])('is refused with the cure: %s', (_what, forget, complaint) => {
    expect(forget).toThrow(ConfigurationError);
    expect(forget).toThrow(complaint);
  });

  it('is told at once where its policies cannot be', () => {
    class Unknown {
      @Tool() @Cached({ maxWeight: 5 }) async get(): Promise<void> {}
    }
    expect(() => invalidate(Unknown, 'get', [])).toThrow('weigh must be given together with maxWeight');
  });
});

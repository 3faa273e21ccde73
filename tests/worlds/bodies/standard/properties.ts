import { Cached, CircuitBreaker, ConfigurationError, describeTool, RateLimited, Retry, Tool } from 'toolspan';
import { unchecked } from '../../foreign.js';
import { observed, outcome } from '../../../support/observed.js';

const it = observed();

const tools = (): unknown[] => it.seen.spans.filter(({ parentSpanId }) => !parentSpanId).map(({ attributes }) => attributes['tool.name']);

test('a property that holds a function is a tool: one tree, one set of counts', async () => {
  class Api {
    factor = 2;
    @CircuitBreaker()
    @Retry(1)
    @RateLimited({ limit: 5, per: '1s' })
    @Cached('1m')
    @Tool({ name: 'api.add', namespace: 'math' })
    add = async (a: number, b: number): Promise<number> => (a + b) * this.factor;
  }
  const api = new Api();
  expect([await api.add(1, 2), await api.add(1, 2)]).toEqual([6, 6]);
  expect(it.seen.tree()).toBe(
    [
      'tool.execute math.api.add ✓',
      '├── tool.cache.lookup miss',
      '├── tool.rate_limit.check allowed',
      '├── tool.circuit_breaker.check CLOSED',
      '├── tool.retry.attempt #0 ✓',
      '│   └── tool.execute ✓',
      '└── tool.cache.set',
      'tool.execute math.api.add ✓ cached',
      '└── tool.cache.lookup hit',
    ].join('\n'),
  );
  expect(it.seen.metric('tool_executions_total', { tool: 'api.add', namespace: 'math' })).toBe(2);
  expect([api.add.length, Object.keys(api)]).toEqual([2, ['factor', 'add']]);
});

test('the policies keep their order whatever order they are written in', async () => {
  class Api {
    @Tool() @Cached('1m') @Retry(0) one = async (): Promise<number> => 1;
    @Retry(0) @Tool() @Cached('1m') other = async (): Promise<number> => 1;
  }
  const api = new Api();
  await api.one();
  const tree = it.seen.tree();
  it.seen.reset();
  await api.other();
  expect(it.seen.tree()).toBe(tree.replace('one', 'other'));
});

test('instances of a class share the state, subclasses have their own, and this is right in each', async () => {
  let runs = 0;
  class Base {
    constructor(readonly id: string) {}
    @Cached('1m') get = async (): Promise<string> => {
      runs += 1;
      return `${this.id} ${runs}`;
    };
    @Cached({ ttl: '1m', scope: 'instance' }) own = async (): Promise<string> => this.id;
  }
  class Derived extends Base {}
  const [a, b, derived] = [new Base('a'), new Base('b'), new Derived('d')];
  expect([await a.get(), await b.get(), await derived.get(), await new Derived('e').get()]).toEqual(['a 1', 'a 1', 'd 2', 'd 2']);
  expect([await a.own(), await b.own(), await derived.own(), await a.own()]).toEqual(['a', 'b', 'd', 'a']);
  expect(it.seen.metric('tool_executions_total', { tool: 'get' })).toBe(4);
});

test('one wrapper for each instance, also after another look', () => {
  class Api {
    @Tool() get = (): number => 1;
  }
  const api = new Api();
  expect(api.get).toBe(api.get);
  expect(api.get).not.toBe(new Api().get);
});

test('detached and given away, the function still belongs to its instance', async () => {
  class Api {
    constructor(readonly id: string) {}
    @RateLimited({ limit: 2, per: '1h' }) get = async (): Promise<string> => this.id;
    @Cached({ ttl: '1m', scope: 'instance' }) own = async (): Promise<string> => this.id;
  }
  const [a, b] = [new Api('a'), new Api('b')];
  const { get } = a;
  expect([await get(), await b.get.call(undefined as never)]).toEqual(['a', 'b']);
  expect(await outcome(a.get())).toMatchObject({ code: 'RATE_LIMITED' });
  const emitter = { first: a.own, second: b.own }; // whoever calls them is not their instance
  expect([await emitter.first(), await emitter.second(), await a.own()]).toEqual(['a', 'b', 'a']);
  expect(it.seen.metric('tool_cache_operations_total', { tool: 'own', result: 'hit' })).toBe(1);
});

test('a function that is no arrow has the receiver that it is called with', async () => {
  class Api {
    readonly id = 'api';
    @Tool() who = async function (this: { id: string }): Promise<string> {
      return this.id;
    };
  }
  const api = new Api();
  expect([await api.who(), await api.who.call({ id: 'other' })]).toEqual(['api', 'other']);
});

test('static, private and oddly named properties', async () => {
  const symbol = Symbol('symbol');
  class Api {
    @Tool() static fixed = async (): Promise<boolean> => this === Api;
    @Tool() #hidden = async (): Promise<string> => 'hidden';
    @Tool() static #both = async (): Promise<string> => 'both';
    @Tool() [symbol] = (): string => 'symbol';
    // TypeScript hands numbers over as `never`.
    @unchecked(Tool()) 42 = (): string => '42';
    @Tool() 'with blanks' = (): string => 'blanks';
    async all(): Promise<unknown[]> {
      return [await this.#hidden(), await Api.#both(), this[symbol](), this[42](), this['with blanks']()];
    }
  }
  const api = new Api();
  expect(await Api.fixed()).toBe(true);
  expect(await api.all()).toEqual(['hidden', 'both', 'symbol', '42', 'blanks']);
  const names = ['fixed', '#hidden', '#both', 'symbol', '42', 'with blanks'];
  expect(tools()).toEqual(names);
  expect(['fixed', '#hidden', '#both', symbol, 42, 'with blanks'].map((key) => describeTool(Api, key).name)).toEqual(names);
  expect(describeTool(Api, '42').name).toBe('42');
});

test('defaults of the class apply, inherited ones too', async () => {
  @Tool({ namespace: 'base' })
  @Retry({ maxRetries: 1 })
  class Base {
    @Tool() get = async (): Promise<string> => 'got';
    @Retry({ factor: 3 }) static make = async (): Promise<string> => 'made';
  }
  @Tool({ namespace: 'derived' })
  class Derived extends Base {
    @Cached('1m') more = async (): Promise<string> => 'more';
  }
  await Promise.all([new Base().get(), Base.make(), new Derived().get(), new Derived().more()]);
  const roots = it.seen.spans
    .filter(({ parentSpanId }) => !parentSpanId)
    .map(({ attributes: a }) => [a['tool.namespace'], a['tool.name']].join('.'));
  expect(roots).toEqual(['base.get', 'base.make', 'derived.get', 'derived.more']);
  expect(describeTool(Derived, 'get').policies).toMatchObject([{ name: 'retry', options: { maxRetries: 1, factor: 2 } }]);
  expect(describeTool(Base, 'make').policies).toMatchObject([{ name: 'retry', options: { maxRetries: 1, factor: 3 } }]);
});

test('synchronous functions and generators in a property', async () => {
  class Api {
    @Tool() double = (n: number): number => n * 2;
    @Tool() count = function* (): Generator<number> {
      yield* [1, 2];
    };
    @Retry(0) lines = async function* (): AsyncGenerator<number> {
      yield 1;
    };
    // @ts-expect-error -- it does not compile either
    @Retry() sync = (): number => 1;
  }
  const api = new Api();
  expect([api.double(2), [...api.count()]]).toEqual([4, [1, 2]]);
  const chunks: number[] = [];
  for await (const chunk of api.lines()) chunks.push(chunk);
  expect(chunks).toEqual([1]);
  const error = await outcome(api.sync() as unknown as Promise<number>);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect((error as Error).message).toContain('tool "sync" (Api.sync) has a policy but returned no promise');
});

test('a property that holds a class is refused: nobody could call it', () => {
  class Api {
    @Tool() inner = class Inner {} as never;
  }
  expect(() => new Api()).toThrow('@Tool on Api.inner: the property must be a function, got class Inner');
});

test('an arrow function is named after its property, as the language does it', () => {
  const key = Symbol('secret');
  class Api {
    @Tool() arrow = async (): Promise<void> => undefined;
    @Tool('other') @Retry(1) static fixed = async (): Promise<void> => undefined;
    @Tool() named = async function given(): Promise<void> {};
    @Tool('symbol') [key] = async (): Promise<void> => undefined;
    @Tool('private') #hidden = async (): Promise<void> => undefined;
    get hidden(): { name: string } {
      return this.#hidden;
    }
  }
  const api = new Api();
  expect([api.arrow.name, Api.fixed.name, api.named.name, api[key].name, api.hidden.name]).toEqual([
    'arrow',
    'fixed',
    'given',
    '[secret]',
    '#hidden',
  ]);
});

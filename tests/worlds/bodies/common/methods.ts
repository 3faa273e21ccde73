import { Cached, CircuitBreaker, ConfigurationError, describeTool, RateLimited, Retry, Tool, type ToolMetadata } from 'toolspan';
import { marking } from '../../foreign.js';
import { observed, outcome } from '../../../support/observed.js';

const it = observed();

test('a method behind all policies: one tree, one set of counts', async () => {
  let runs = 0;
  class Api {
    @CircuitBreaker({ failureThreshold: 5 })
    @Retry({ maxRetries: 2, baseDelay: '1s' })
    @RateLimited({ limit: 10, per: '1s' })
    @Cached('5m')
    @Tool({ name: 'fetch', namespace: 'web', description: 'fetches' })
    async fetch(path: string): Promise<string> {
      runs += 1;
      if (runs === 1) throw new TypeError('not yet');
      return `${path} ${runs}`;
    }
  }
  const api = new Api();
  expect([await api.fetch('/a'), await api.fetch('/a')]).toEqual(['/a 2', '/a 2']);
  expect(it.seen.tree()).toBe(
    [
      'tool.execute web.fetch ✓',
      '├── tool.cache.lookup miss',
      '├── tool.rate_limit.check allowed',
      '├── tool.circuit_breaker.check CLOSED',
      '├── tool.retry.attempt #0 ✗ not yet',
      '│   └── tool.execute ✗ not yet',
      '├── tool.circuit_breaker.check CLOSED',
      '├── tool.retry.attempt #1 ✓',
      '│   └── tool.execute ✓',
      '└── tool.cache.set',
      'tool.execute web.fetch ✓ cached',
      '└── tool.cache.lookup hit',
    ].join('\n'),
  );
  expect(it.seen.spans[0]?.attributes).toMatchObject({ 'tool.name': 'fetch', 'gen_ai.tool.description': 'fetches', 'tool.success': true });
  const counted = (metric: string, labels: object) => it.seen.metric(metric, { tool: 'fetch', ...labels });
  expect(counted('tool_executions_total', { namespace: 'web', status: 'success' })).toBe(2);
  expect(counted('tool_execution_duration_seconds_count', { namespace: 'web' })).toBe(2);
  expect(counted('tool_cache_operations_total', { operation: 'lookup', result: 'hit' })).toBe(1);
  expect(counted('tool_cache_operations_total', { operation: 'set', result: 'set' })).toBe(1);
  expect(counted('tool_retry_attempts_total', { attempt: 0, success: false })).toBe(1);
  expect(counted('tool_retry_attempts_total', { attempt: 1, success: true })).toBe(1);
  expect(counted('tool_circuit_breaker_failures_total', {})).toBe(1);
  expect(counted('tool_circuit_breaker_state', {})).toBe(0);
  expect(counted('tool_rate_limit_checks_total', { allowed: true })).toBe(1);
});

test('this, arguments, result, name, length and descriptor stay as they were', async () => {
  class Calculator {
    factor = 2;
    @Tool() @Retry() async add(a: number, b: number): Promise<number> {
      return (a + b) * this.factor;
    }
    @Tool() static async make(this: typeof Calculator): Promise<Calculator> {
      return new this();
    }
  }
  const { add } = Calculator.prototype;
  expect([add.name, add.length, Calculator.make.name, Calculator.make.length]).toEqual(['add', 2, 'make', 0]);
  const shape = { writable: true, configurable: true, enumerable: false };
  expect(Object.getOwnPropertyDescriptor(Calculator.prototype, 'add')).toMatchObject(shape);
  expect(Object.getOwnPropertyDescriptor(Calculator, 'make')).toMatchObject(shape);
  expect(Object.getOwnPropertyNames(Calculator.prototype)).toEqual(['constructor', 'add']);
  expect(Object.keys(new Calculator())).toEqual(['factor']);
  expect(await (await Calculator.make()).add(1, 2)).toBe(6);
});

test('private fields of the class are within reach', async () => {
  class Counter {
    #count = 0;
    static #made = 0;
    constructor() {
      Counter.#made += 1;
    }
    @Tool() @Cached('1m') async next(): Promise<number> {
      this.#count += 1;
      return this.#count;
    }
    @Tool() static made(): number {
      return this.#made;
    }
  }
  expect([await new Counter().next(), Counter.made()]).toEqual([1, 1]);
});

test('names may be symbols, numbers, quoted or computed', async () => {
  const secret = Symbol('secret');
  const nameless = Symbol();
  const computed = ['com', 'puted'].join('');
  class Api {
    @Tool() async [secret](): Promise<string> {
      return 'symbol';
    }
    @Tool() async [nameless](): Promise<string> {
      return 'nameless';
    }
    @Tool() async 42(): Promise<string> {
      return 'number';
    }
    @Tool() async 'with blanks'(): Promise<string> {
      return 'quoted';
    }
    @Tool() async [computed](): Promise<string> {
      return 'computed';
    }
    @Tool() static async [secret](): Promise<string> {
      return 'static';
    }
  }
  const api = new Api();
  const computing = api as unknown as Record<string, () => Promise<string>>;
  expect([await api[secret](), await api[nameless](), await api[42](), await api['with blanks'](), await computing[computed]!()]).toEqual([
    'symbol',
    'nameless',
    'number',
    'quoted',
    'computed',
  ]);
  expect(await Api[secret]()).toBe('static');
  const names = ['secret', 'symbol', '42', 'with blanks', 'computed', 'secret'];
  expect(it.seen.spans.map(({ attributes }) => attributes['tool.name'])).toEqual(names);
  expect([secret, nameless, 42, 'with blanks', computed].map((key) => describeTool(api, key).name)).toEqual(names.slice(0, 5));
  expect(describeTool(api, '42').name).toBe('42');
  expect((Reflect.getMetadata('toolspan:card', api[42]) as ToolMetadata).member?.key).toBe('42'); // as the language has it
});

test('a synchronous method stays synchronous, what it throws as well', () => {
  class Sync {
    @Tool() double(n: number): number {
      return n * 2;
    }
    @Tool() fail(): never {
      throw new RangeError('no');
    }
    @Tool() static half(n: number): number {
      return n / 2;
    }
  }
  const sync = new Sync();
  expect([sync.double(2), Sync.half(4)]).toEqual([4, 2]);
  expect(() => sync.fail()).toThrow(RangeError);
  expect(it.seen.tree()).toBe('tool.execute double ✓\ntool.execute half ✓\ntool.execute fail ✗ no');
});

test('a policy on a synchronous method is a ConfigurationError at the first call', async () => {
  let runs = 0;
  class Sync {
    // @ts-expect-error -- it does not compile either
    @Retry() double(n: number): number {
      runs += 1;
      return n * 2;
    }
    // @ts-expect-error -- the same
    @Cached('1m') @Tool('sync.half') static half(n: number): number {
      return n / 2;
    }
  }
  const cure = 'has a policy but returned no promise: make the method async, or take the policy away (@Tool alone leaves it synchronous)';
  for (const [call, tool] of [
    [() => new Sync().double(2), 'tool "double" (Sync.double)'],
    [() => Sync.half(2), 'tool "sync.half" (Sync.half)'],
  ] as const) {
    const error = await outcome(call() as unknown as Promise<number>);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toBe(`${tool} ${cure}`);
  }
  expect(runs).toBe(1); // not retried
});

test('a policy on a synchronous method is no failure of what it calls: its circuit stays closed', async () => {
  class Sync {
    // @ts-expect-error -- it does not compile either
    @CircuitBreaker({ failureThreshold: 1 }) double(n: number): number {
      return n * 2;
    }
  }
  const call = () => outcome(new Sync().double(2) as unknown as Promise<number>);
  expect([await call(), await call()]).toEqual([expect.any(ConfigurationError), expect.any(ConfigurationError)]);
  expect(it.seen.metric('tool_circuit_breaker_failures_total')).toBe(0);
});

test('a policy of the class on a synchronous method is one, too', async () => {
  @Retry(1)
  class Sync {
    @Tool() double(n: number): number {
      return n * 2;
    }
  }
  const error = await outcome(new Sync().double(2) as unknown as Promise<number>);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect((error as Error).message).toContain('tool "double" (Sync.double) has a policy but returned no promise');
});

test('overloads, generics and default arguments are called as they are', async () => {
  class Api {
    parse(value: string): Promise<string>;
    parse(value: number): Promise<number>;
    @Tool() async parse(value: string | number): Promise<string | number> {
      return value;
    }
    @Tool() async first<T>(...values: T[]): Promise<T | undefined> {
      return values[0];
    }
    @Tool() async page(size = 10, ...rest: number[]): Promise<number[]> {
      return [size, ...rest];
    }
  }
  const api = new Api();
  expect([await api.parse('a'), await api.parse(1), await api.first(true, false), await api.first()]).toEqual(['a', 1, true, undefined]);
  expect([await api.page(), await api.page(1, 2, 3)]).toEqual([[10], [1, 2, 3]]);
  expect([Api.prototype.page.length, Api.prototype.first.length]).toEqual([0, 0]);
});

test('what other decorators wrote on the function stays readable, whoever came first', () => {
  class Api {
    @Tool() @marking('role', 'below') async below(): Promise<void> {}
    @marking('role', 'above') @Tool() async above(): Promise<void> {}
  }
  expect(Reflect.getMetadata('role', Api.prototype.below)).toBe('below');
  expect(Reflect.getMetadata('role', Api.prototype.above)).toBe('above');
});

import 'reflect-metadata';
import { Cached, CircuitBreaker, ConfigurationError, describeTool, RateLimited, resetTools, Retry, Tool, tool } from 'toolspan';
import { observed, outcome } from '../support/observed.js';

const it = observed();

test('this, arguments, return type, name and length stay as they were', async () => {
  class Calculator {
    factor = 2;
    @Tool()
    @Retry()
    async add(a: number, b: number): Promise<number> {
      return (a + b) * this.factor;
    }
  }
  const { add } = Calculator.prototype;
  expect([add.name, add.length]).toEqual(['add', 2]);
  expect(await new Calculator().add(1, 2)).toBe(6);
  expect(await add.call({ factor: 10 } as Calculator, 1, 2)).toBe(30);
  expect(Object.keys(new Calculator())).toEqual(['factor']);
  expect(Object.getOwnPropertyDescriptor(Calculator.prototype, 'add')).toMatchObject({
    writable: true,
    configurable: true,
    enumerable: false,
  });
});

test('a synchronous tool stays synchronous with @Tool alone', () => {
  class Sync {
    @Tool() double(n: number): number {
      return n * 2;
    }
    @Tool() fail(): never {
      throw new RangeError('no');
    }
  }
  expect(new Sync().double(2)).toBe(4);
  expect(() => new Sync().fail()).toThrow(RangeError);
  expect(it.seen.tree()).toBe('tool.execute double ✓\ntool.execute fail ✗ no');
});

test('a policy on a method that returns no promise is a ConfigurationError at the first such call', async () => {
  class Sync {
    // @ts-expect-error -- it does not compile either
    @Retry() double(n: number): number {
      return n * 2;
    }
  }
  const error = await outcome(new Sync().double(2) as unknown as Promise<number>);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect((error as Error).message).toBe(
    'tool "double" (Sync.double) has a policy but returned no promise: make the method async, or take the policy away (@Tool alone leaves it synchronous)',
  );
  expect(it.seen.metric('tool_retry_attempts_total', { tool: 'double', attempt: 1 })).toBe(0); // not retried
});

test.each([new Error('plain'), undefined, 'a string', Object.freeze(new TypeError('frozen')), null, 42, Symbol('odd'), { weird: true }])(
  'what a tool throws is rethrown untouched, traced and counted: %p',
  async (thrown) => {
    const fail = tool({ name: 'fail', retry: { maxRetries: 1 }, circuitBreaker: {} }, async () => {
      throw thrown;
    });
    const plain = tool({ name: 'plain' }, async () => {
      throw thrown;
    });
    expect(await outcome(fail())).toBe(thrown);
    expect(await outcome(plain())).toBe(thrown);
    expect(it.seen.metric('tool_executions_total', { tool: 'fail', status: 'error' })).toBe(1);
    const [span] = it.seen.spans;
    expect(span?.status.code).toBe('ERROR');
    expect(span?.attributes['error.type']).toBe(thrown instanceof Error ? thrown.name : '_OTHER');
    expect(span?.attributes['tool.error']).toBe(thrown instanceof Error ? thrown.message : String(thrown));
    expect(span?.events.map(({ name }) => name)).toEqual(['tool.retry.wait', 'exception']);
  },
);

test('a foreign decorator between two of ours does not intercept twice, and sees every attempt from outside', async () => {
  let foreign = 0;
  const Foreign: MethodDecorator = (_target, _key, descriptor) => {
    const inner = descriptor.value as unknown as (...args: unknown[]) => Promise<unknown>;
    async function replaced(this: unknown, ...args: unknown[]): Promise<unknown> {
      foreign += 1;
      return inner.apply(this, args);
    }
    return { ...descriptor, value: replaced } as unknown as typeof descriptor;
  };
  let runs = 0;
  class Api {
    @Retry({ maxRetries: 2, baseDelay: 0 })
    @Foreign
    @Tool('get')
    async get(): Promise<number> {
      runs += 1;
      if (runs < 2) throw new Error('once');
      return runs;
    }
  }
  expect(await new Api().get()).toBe(2);
  expect(foreign).toBe(1);
  expect(it.seen.spans.filter(({ name, parentSpanId }) => name === 'tool.execute' && parentSpanId === undefined)).toHaveLength(1);
  expect(it.seen.metric('tool_retry_attempts_total', { tool: 'get' })).toBe(2);
  expect(describeTool(Api, 'get').policies.map(({ name }) => name)).toEqual(['retry']);
});

test('metadata of others on the method stays readable', () => {
  const Role: MethodDecorator = (_target, _key, descriptor) => Reflect.defineMetadata('role', 'admin', descriptor.value as object);
  class Api {
    @Tool() @Role async inner(): Promise<void> {}
    @Role @Tool() async outer(): Promise<void> {}
  }
  expect(Reflect.getMetadata('role', Api.prototype.inner)).toBe('admin');
  expect(Reflect.getMetadata('role', Api.prototype.outer)).toBe('admin');
});

test('state belongs to the function and the receiver’s class, never to the name', async () => {
  class Base {
    constructor(readonly id: string) {}
    @Cached('1m') async get(): Promise<string> {
      return this.id;
    }
    @Cached({ scope: 'instance' }) async mine(): Promise<string> {
      return this.id;
    }
  }
  class Derived extends Base {}
  class Stranger {
    @Cached('1m') async get(): Promise<string> {
      return 'stranger';
    }
  }
  const [a, b, derived] = [new Base('a'), new Base('b'), new Derived('derived')];
  expect([await a.get(), await b.get(), await derived.get(), await new Stranger().get()]).toEqual(['a', 'a', 'derived', 'stranger']);
  expect([await a.mine(), await b.mine(), await a.mine()]).toEqual(['a', 'b', 'a']);
});

test('static tools have the class as their receiver', async () => {
  class Base {
    static id = 'base';
    @Cached('1m') static async get(): Promise<string> {
      return this.id;
    }
  }
  class Derived extends Base {
    static override id = 'derived';
  }
  expect([await Base.get(), await Derived.get(), await Base.get()]).toEqual(['base', 'derived', 'base']);
});

test('a detached method is a tool still', async () => {
  class Api {
    @Tool() @RateLimited({ limit: 1, per: '1h' }) async ping(): Promise<string> {
      return 'pong';
    }
  }
  const { ping } = Api.prototype;
  expect(await ping()).toBe('pong');
  expect(describeTool(Api).name).toBe('ping');
});

test('symbols, numbers and private state work', async () => {
  const key = Symbol('secret');
  class Api {
    #state = 'private';
    @Tool() async [key](): Promise<string> {
      return this.#state;
    }
    @Tool() async 42(): Promise<number> {
      return 42;
    }
  }
  expect(await new Api()[key]()).toBe('private');
  expect(await new Api()[42]()).toBe(42);
  expect(it.seen.spans.map(({ attributes }) => attributes['tool.name'])).toEqual(['secret', '42']);
});

test('resetTools forgets caches, circuits, limiters and counts', async () => {
  let runs = 0;
  const call = tool(
    { name: 'reset', cached: '1h', circuitBreaker: { failureThreshold: 1 }, rateLimited: { limit: 1, per: '1h' } },
    async () => (runs += 1),
  );
  expect([await call(), await call()]).toEqual([1, 1]);
  resetTools();
  expect(it.seen.metric('tool_executions_total', { tool: 'reset' })).toBe(0);
  expect(await call()).toBe(2);
});

test('a class made anew each time keeps its state apart', async () => {
  const create = () => {
    class Made {
      @Cached('1m') @CircuitBreaker() async get(value: number): Promise<number> {
        return value * this.factor;
      }
      constructor(readonly factor: number) {}
    }
    return Made;
  };
  const [One, Two] = [create(), create()];
  expect([await new One(1).get(5), await new Two(2).get(5)]).toEqual([5, 10]);
});

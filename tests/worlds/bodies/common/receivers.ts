import { Cached, CircuitBreaker, describeTool, RateLimited, Retry, Tool, tool } from 'toolspan';
import { observed, outcome } from '../../../support/observed.js';

const it = observed();

class Counting {
  runs = 0;
  constructor(readonly name = 'counting') {}
  @Cached('1h') async count(): Promise<string> {
    this.runs += 1;
    return `${this.name} ${this.runs}`;
  }
}

const executions = (): number | undefined => it.seen.metric('tool_executions_total', { tool: 'count' });

test('bound, called and applied, a method serves the receiver that it is given', async () => {
  class Api {
    constructor(readonly id: string) {}
    @Tool() @Retry() async who(suffix: string): Promise<string> {
      return this.id + suffix;
    }
  }
  const api = new Api('a');
  const { who } = api;
  expect(await who.call(new Api('b'), '!')).toBe('b!');
  expect(await who.apply({ id: 'plain' }, ['?'])).toBe('plain?');
  expect(await who.bind(api, '.')()).toBe('a.');
  expect(await who.call(Object.assign(Object.create(null) as Api, { id: 'bare' }), '')).toBe('bare');
  expect(it.seen.metric('tool_executions_total', { tool: 'who', status: 'success' })).toBe(4);
});

test('a detached method is a tool still: undefined is its receiver, its limit is its own', async () => {
  class Api {
    @Tool() @RateLimited({ limit: 1, per: '1h' }) async ping(this: unknown): Promise<unknown> {
      return this;
    }
  }
  const { ping } = Api.prototype;
  expect(await ping()).toBeUndefined();
  expect(await outcome(ping())).toMatchObject({ code: 'RATE_LIMITED', tool: 'ping' });
  const api = new Api();
  expect(await api.ping()).toBe(api);
});

test('a constructor may bind its methods', async () => {
  class Api {
    readonly id = 7;
    constructor() {
      this.get = this.get.bind(this);
    }
    @Tool('bound.get') async get(): Promise<number> {
      return this.id;
    }
  }
  const api = new Api();
  const { get } = api;
  expect(await get()).toBe(7);
  expect(describeTool(api, 'get').name).toBe('bound.get');
});

test('through a Proxy a tool runs once, with the state of its class', async () => {
  const direct = new Counting();
  expect(await direct.count()).toBe('counting 1');
  expect(await new Proxy(direct, {}).count()).toBe('counting 1');
  expect(describeTool(new Proxy(direct, {}), 'count').name).toBe('count');
  expect(executions()).toBe(2);
});

test('a Proxy that puts a function around every function does not take the state away', async () => {
  const wrapping = new Proxy(new Counting(), {
    get(target, key, receiver): unknown {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof value !== 'function') return value;
      return function (this: unknown, ...args: unknown[]): unknown {
        return Reflect.apply(value, this, args);
      };
    },
  });
  expect([await wrapping.count(), await wrapping.count(), await new Counting().count()]).toEqual([
    'counting 1',
    'counting 1',
    'counting 1',
  ]);
});

test('a Proxy that shows nothing but what it is asked for does not break a call', async () => {
  const strict = new Proxy(new Counting(), {
    get(target, key, receiver): unknown {
      if (!['count', 'name', 'runs'].includes(String(key))) throw new TypeError(`${String(key)} is not for you`);
      return Reflect.get(target, key, receiver);
    },
  });
  expect(await strict.count()).toBe('counting 1');
});

test('a method lent to another prototype works there, with state of its own', async () => {
  class Other {
    runs = 10;
    name = 'other';
    declare count: Counting['count'];
  }
  Other.prototype.count = Counting.prototype.count;
  expect([await new Counting().count(), await new Other().count(), await new Other().count()]).toEqual([
    'counting 1',
    'other 11',
    'other 11',
  ]);
  expect(describeTool(Other, 'count')).toEqual(describeTool(Counting, 'count'));
});

test('detached or lent, a method has the defaults of its class, also where that was never asked for', async () => {
  @Tool({ namespace: 'home' })
  @Retry(1)
  class Api {
    @Tool('detached') async first(): Promise<string> {
      return 'first';
    }
    @Tool('lent') async second(): Promise<string> {
      return 'second';
    }
  }
  class Other {
    declare second: Api['second'];
  }
  Other.prototype.second = Api.prototype.second;
  const { first } = Api.prototype;
  expect([await first(), await new Other().second()]).toEqual(['first', 'second']);
  expect(it.seen.tree()).toBe(
    ['detached', 'lent'].map((name) => `tool.execute home.${name} ✓\n└── tool.retry.attempt #0 ✓\n    └── tool.execute ✓`).join('\n'),
  );
});

test('an object made from an instance, or one that says of itself what its constructor is, has the state of its class', async () => {
  const counting = new Counting();
  const derived = Object.create(counting) as Counting;
  const odd = Object.assign(new Counting('odd'), { constructor: () => undefined });
  expect([await counting.count(), await derived.count(), await odd.count()]).toEqual(['counting 1', 'counting 1', 'counting 1']);
});

test('a subclass with other options goes by its own, its base by those it had', async () => {
  let runs = 0;
  class Base {
    @Tool('flaky') @Retry({ maxRetries: 0 }) async call(): Promise<never> {
      runs += 1;
      throw new Error(`run ${runs}`);
    }
  }
  @Retry({ baseDelay: 0 })
  @CircuitBreaker({ failureThreshold: 1 })
  class Guarded extends Base {}
  class Persistent extends Base {
    @Tool('persistent') @Retry({ maxRetries: 2, baseDelay: 0 }) override async call(): Promise<never> {
      return super.call();
    }
  }
  const [base, guarded] = [new Base(), new Guarded()];
  expect(await outcome(base.call())).toMatchObject({ message: 'run 1' });
  expect(await outcome(guarded.call())).toMatchObject({ message: 'run 2' });
  expect(await outcome(guarded.call())).toMatchObject({ code: 'CIRCUIT_OPEN' });
  expect(await outcome(base.call())).toMatchObject({ message: 'run 3' });
  expect(await outcome(new Persistent().call())).toMatchObject({ message: 'run 6' });
  expect(describeTool(Base, 'call').policies.map(({ name }) => name)).toEqual(['retry']);
});

test('instances of one class share a cache, unless it is said that they do not', async () => {
  class Api {
    constructor(readonly id: string) {}
    @Cached('1h') async shared(): Promise<string> {
      return this.id;
    }
    @Cached({ scope: 'instance' }) async own(): Promise<string> {
      return this.id;
    }
  }
  const [a, b] = [new Api('a'), new Api('b')];
  expect([await a.shared(), await b.shared()]).toEqual(['a', 'a']);
  expect([await a.own(), await b.own(), await a.own()]).toEqual(['a', 'b', 'a']);
});

test('tool() in a property: one tool for each instance, this where it is written', async () => {
  let runs = 0;
  class Api {
    constructor(readonly id: string) {}
    get = tool({ name: 'prop.get', cached: '1h' }, async (n: number) => {
      runs += 1;
      return `${this.id} ${n}`;
    });
  }
  const [a, b] = [new Api('a'), new Api('b')];
  const { get } = a;
  expect([await get(1), await a.get(1), await b.get(1)]).toEqual(['a 1', 'a 1', 'b 1']);
  expect(runs).toBe(2);
});

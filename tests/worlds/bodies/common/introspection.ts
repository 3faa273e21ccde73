import {
  Cached,
  CircuitBreaker,
  describeTool,
  listTools,
  RateLimited,
  Retry,
  Tool,
  tool,
  type ToolClassMetadata,
  type ToolMetadata,
} from 'toolspan';
import { passing } from '../../foreign.js';
import { world } from '../../world.js';

const RETRY = { name: 'retry', options: { maxRetries: 2, baseDelay: 200, maxDelay: 10_000, factor: 2, jitter: true } };
const CACHED = { name: 'cached', options: { ttl: 60_000, maxEntries: 1_000, scope: 'class' } };

/** What `listTools` says of the tools of this test. */
function listed(prefix: string): unknown[] {
  return listTools()
    .filter(({ name }) => String(name).startsWith(prefix))
    .sort((one, other) => (one.name + one.namespace < other.name + other.namespace ? -1 : 1));
}

test('tools are listed before anybody made an instance, with the defaults of their classes', () => {
  const prefix = `listed in ${world.name}: `;
  @Tool({ namespace: 'files' })
  @Retry(2)
  class Files {
    @Tool({ name: `${prefix}read`, description: 'reads' }) @Cached('1m') async read(): Promise<void> {}
    @Tool({ name: `${prefix}write`, namespace: 'own' }) async write(): Promise<void> {}
    @Tool(`${prefix}static`) static async make(): Promise<void> {}
  }
  @Tool({ namespace: 'derived' })
  class Derived extends Files {}
  class Quiet extends Files {}
  const expected = [
    { name: `${prefix}read`, namespace: 'derived', description: 'reads', policies: [CACHED, RETRY] },
    { name: `${prefix}read`, namespace: 'files', description: 'reads', policies: [CACHED, RETRY] },
    { name: `${prefix}static`, namespace: 'derived', policies: [RETRY] },
    { name: `${prefix}static`, namespace: 'files', policies: [RETRY] },
    { name: `${prefix}write`, namespace: 'own', policies: [RETRY] },
    { name: `${prefix}write`, namespace: 'own', policies: [RETRY] }, // once for Files, once for Derived
  ];
  expect(listed(prefix)).toEqual(expected);
  new Quiet();
  describeTool(Derived, 'read');
  expect(listed(prefix)).toEqual(expected);
});

test('a class that is a tool is listed by its name', () => {
  const name = `class in ${world.name}`;
  @CircuitBreaker()
  @Tool({ name, namespace: 'classes' })
  class Tooling {
    async execute(): Promise<void> {}
  }
  const { policies } = describeTool(Tooling);
  expect(policies).toEqual([
    { name: 'circuitBreaker', options: { failureThreshold: 5, resetTimeout: 60_000, halfOpenMax: 1, successThreshold: 2 } },
  ]);
  expect(listed(name)).toEqual([{ name, namespace: 'classes', policies }]);
});

test('a class, an instance, the method itself: all describe the same, and a subclass what is different for it', () => {
  @Retry(2)
  class Api {
    @Cached('1m') @passing([], 'between') @Tool({ namespace: 'web' }) async get(): Promise<void> {}
    @RateLimited({ limit: 3, per: '1s' }) static async ping(): Promise<void> {}
  }
  class Quiet extends Api {}
  @Retry({ factor: 4 })
  class Derived extends Api {}
  const expected = { name: 'get', namespace: 'web', policies: [CACHED, RETRY] };
  for (const target of [Api, new Api(), Api.prototype, Quiet, new Quiet()]) expect(describeTool(target, 'get')).toEqual(expected);
  expect(describeTool(Derived, 'get').policies[1]?.options).toEqual({ ...RETRY.options, factor: 4 });
  expect(describeTool(Api, 'ping')).toEqual(describeTool(Api.ping));
  expect(describeTool(Api.ping).policies).toEqual([{ name: 'rateLimited', options: { limit: 3, per: 1_000, burst: 3 } }, RETRY]);
});

test('the method itself describes the same where nobody asked for its class before', () => {
  @Retry(2)
  @Tool({ namespace: 'alone' })
  class Api {
    @Tool() async get(): Promise<void> {}
  }
  const { get } = Api.prototype;
  expect(describeTool(get)).toEqual({ name: 'get', namespace: 'alone', policies: [RETRY] });
});

test('where there is more than one tool, or none, the error says so', () => {
  class Two {
    @Tool() async one(): Promise<void> {}
    @Tool() static async other(): Promise<void> {}
    async none(): Promise<void> {}
  }
  expect(() => describeTool(Two)).toThrow('describeTool: Two has more than one tool; say which: Two.one, Two.other');
  expect(() => describeTool(new Two(), 'none')).toThrow('describeTool: Two has no tool none');
  expect(() => describeTool(new Two().none)).toThrow('describeTool: function none has no tool');
});

test('the card is found with reflect-metadata on the function, and on class and member', () => {
  @Retry(2)
  class Api {
    @Tool('card') @Cached('1m') async get(): Promise<void> {}
    @Tool() static async make(): Promise<void> {}
  }
  const card = Reflect.getMetadata('toolspan:card', Api.prototype.get) as ToolMetadata;
  expect(card).toMatchObject({ form: 'method', parts: { tool: { name: 'card' }, cached: { ttl: 60_000 } }, defaultName: 'get' });
  expect(card.member).toEqual({ key: 'get', isStatic: false, isPrivate: false });
  expect(Reflect.getMetadata('toolspan:card', Api.prototype, 'get')).toBe(card);
  expect(Reflect.getMetadata('toolspan:card', Api, 'make')).toBe(Reflect.getMetadata('toolspan:card', Api.make));
  expect((Reflect.getMetadata('toolspan:class', Api) as ToolClassMetadata).parts).toEqual({ retry: { maxRetries: 2 } });
});

test('without anything on the class the card is found on the function at once, on class and member as soon as one was described or called', () => {
  class Api {
    @Tool('plain') async get(): Promise<void> {}
  }
  const card = Reflect.getMetadata('toolspan:card', Api.prototype.get) as ToolMetadata;
  expect(card.parts).toEqual({ tool: { name: 'plain' } });
  describeTool(Api);
  expect(Reflect.getMetadata('toolspan:card', Api.prototype, 'get')).toBe(card);
  expect(card.home).toBe(Api);
});

test('functions of tool(), alone or in a property of a class', () => {
  class Api {
    search = tool({ name: 'search', namespace: 'web', retry: 2 }, async (query: string) => [query, this.constructor.name]);
    static find = tool({ name: 'find' }, (query: string) => query);
  }
  const api = new Api();
  expect(describeTool(api.search)).toEqual({ name: 'search', namespace: 'web', policies: [RETRY] });
  expect(describeTool(api, 'search')).toEqual(describeTool(api.search));
  expect(describeTool(Api, 'find')).toEqual({ name: 'find', namespace: 'default', policies: [] });
});

test('an override is described with the defaults of the class that its own extends, before anybody made an instance', () => {
  @Tool({ namespace: 'inherited' })
  @Retry(2)
  class Base {
    @Tool() async get(): Promise<void> {}
  }
  class Derived extends Base {
    @Tool('derived') override async get(): Promise<void> {}
  }
  expect(describeTool(Derived, 'get')).toEqual({ name: 'derived', namespace: 'inherited', policies: [RETRY] });
});

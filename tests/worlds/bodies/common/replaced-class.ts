import { Cached, describeTool, listTools, Retry, Tool, type AnyClass } from 'toolspan';
import { passing, replacingClass } from '../../foreign.js';
import { world } from '../../world.js';
import { observed } from '../../../support/observed.js';

const it = observed();

/** As dependency injection and mocking libraries do it. */
const Wrapped = replacingClass((found) => {
  const base = found as new (...args: unknown[]) => object;
  const wrapper = class extends base {
    readonly isWrapped = true;
  };
  Object.defineProperty(wrapper, 'name', { value: base.name });
  return wrapper;
});

/** As libraries do it that count or intercept what a class makes. */
const Proxied = replacingClass((found) => new Proxy(found, {}));

/** The constructor function of TypeScript's old handbook: it lends its prototype to what it replaces. */
const Refunctioned = replacingClass((found) => {
  function make(...args: never[]): unknown {
    return Reflect.construct(found as new (...args: never[]) => object, args);
  }
  make.prototype = found.prototype as object;
  return make as unknown as AnyClass;
});

interface Api {
  get(): Promise<string>;
}

function belowOurs(Replace: typeof Wrapped): new () => Api {
  @Tool({ namespace: 'replaced' })
  @Retry({ maxRetries: 1 })
  @Replace
  class Below {
    #state = 'below';
    @Tool() @Cached('1m') async get(): Promise<string> {
      return this.#state;
    }
  }
  return Below;
}

function aboveOurs(Replace: typeof Wrapped): new () => Api {
  @Replace
  @Tool({ namespace: 'replaced' })
  @Retry({ maxRetries: 1 })
  class Above {
    #state = 'above';
    @Tool() @Cached('1m') async get(): Promise<string> {
      return this.#state;
    }
  }
  return Above;
}

const TREE = [
  'tool.execute replaced.get ✓',
  '├── tool.cache.lookup miss',
  '├── tool.retry.attempt #0 ✓',
  '│   └── tool.execute ✓',
  '└── tool.cache.set',
].join('\n');

const REPLACEMENTS = [
  ['a subclass', Wrapped],
  ['a Proxy', Proxied],
  ['a function with the same prototype', Refunctioned],
] as const;

test.each(REPLACEMENTS)('a class decorator of others above ours puts %s in its place: tools and defaults stay', async (_, Replace) => {
  const Class = aboveOurs(Replace);
  expect(await new Class().get()).toBe('above');
  expect(it.seen.tree()).toBe(TREE);
  expect(describeTool(Class, 'get').policies.map(({ name }) => name)).toEqual(['cached', 'retry']);
  expect(describeTool(new Class())).toMatchObject({ name: 'get', namespace: 'replaced' });
});

test.each(REPLACEMENTS)('a class decorator of others below ours puts %s in its place: tools and defaults stay', async (_, Replace) => {
  const Class = belowOurs(Replace);
  expect(await new Class().get()).toBe('below');
  expect(it.seen.tree()).toBe(TREE);
  expect(describeTool(Class, 'get').policies.map(({ name }) => name)).toEqual(['cached', 'retry']);
  expect(describeTool(new Class())).toMatchObject({ name: 'get', namespace: 'replaced' });
});

test.each(REPLACEMENTS)('a class that is a tool, with %s in its place, above ours and below', async (_, Replace) => {
  @Replace
  @Tool('above')
  class Above {
    async execute(): Promise<string> {
      return 'above';
    }
  }
  @Tool('below')
  @Replace
  class Below {
    async execute(): Promise<string> {
      return 'below';
    }
  }
  expect([await new Above().execute(), await new Below().execute()]).toEqual(['above', 'below']);
  expect(it.seen.tree()).toBe('tool.execute above ✓\ntool.execute below ✓');
  expect([describeTool(Above).name, describeTool(new Above()).name]).toEqual(['above', 'above']);
  expect([describeTool(Below).name, describeTool(new Below()).name]).toEqual(['below', 'below']);
});

test('a subclass of a replaced class has its own defaults and the inherited ones', async () => {
  @Tool({ namespace: 'derived' })
  class Derived extends aboveOurs(Wrapped) {
    @Tool() async more(): Promise<string> {
      return 'more';
    }
  }
  expect([await new Derived().get(), await new Derived().more()]).toEqual(['above', 'more']);
  expect(describeTool(Derived, 'more')).toMatchObject({ namespace: 'derived', policies: [{ name: 'retry', options: { maxRetries: 1 } }] });
  expect(describeTool(Derived, 'get').namespace).toBe('derived');
});

test('a class that a Proxy stands for is listed once', () => {
  const name = `proxied in ${world.name}`;
  @Tool({ namespace: 'replaced' })
  @Proxied
  class Below {
    @Tool(name) async get(): Promise<void> {}
  }
  expect(describeTool(Below)).toMatchObject({ name });
  expect(listTools().filter((listed) => listed.name === name)).toEqual([{ name, namespace: 'replaced', policies: [] }]);
});

test('a foreign decorator over the method, and one over the class: the method is a tool still', async () => {
  const notes: string[] = [];
  @Tool({ namespace: 'outer' })
  @Wrapped
  class Api {
    @passing(notes, 'outermost') @Tool() async get(): Promise<string> {
      return 'got';
    }
  }
  expect(await new Api().get()).toBe('got');
  expect(notes).toEqual(['outermost']);
  expect(it.seen.tree()).toBe('tool.execute outer.get ✓');
  expect(describeTool(Api, 'get').namespace).toBe('outer');
});

test('two class decorators of ours with a replacing one between them', async () => {
  @Tool({ namespace: 'outer' })
  @Wrapped
  @Retry({ maxRetries: 1 })
  class Api {
    @Tool() async get(): Promise<string> {
      return 'got';
    }
  }
  expect(await new Api().get()).toBe('got');
  expect(describeTool(Api)).toMatchObject({ namespace: 'outer', policies: [{ name: 'retry' }] });
  expect(it.seen.spans[0]?.attributes['tool.namespace']).toBe('outer');
});

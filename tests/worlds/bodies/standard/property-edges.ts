import { Cached, ConfigurationError, describeTool, listTools, Retry, Tool, tool, type ToolMetadata } from 'toolspan';
import { replacingClass, unchecked } from '../../foreign.js';
import { observed, outcome } from '../../../support/observed.js';
import { world } from '../../world.js';

const it = observed();

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

test.each([
  ['a number', 5, '5'],
  ['nothing', undefined, 'undefined'],
  ['a text', 'text', '"text"'],
])('a property that holds %s is a ConfigurationError that says where, as soon as there is an instance', (_, value, shown) => {
  class Api {
    // @ts-expect-error -- it does not compile either
    @Tool() property: unknown = value;
  }
  expect(thrownBy(() => new Api()).message).toBe(
    `@Tool on Api.property: the property must be a function, got ${shown}; only methods, functions and classes are tools`,
  );
});

test('a static property that holds no function is a ConfigurationError where the class is', () => {
  const decorate = () => {
    class Api {
      // @ts-expect-error -- it does not compile either
      @Tool() static size = 5;
    }
    return Api;
  };
  expect(thrownBy(decorate).message).toContain('the property must be a function, got 5');
});

test('a stream in a cached property is a ConfigurationError', () => {
  class Api {
    // @ts-expect-error -- it does not compile either
    @Cached('1m') lines = async function* (): AsyncGenerator<number> {
      yield 1;
    };
  }
  expect(thrownBy(() => new Api()).message).toContain('gives a stream, and a stream cannot be cached');
});

test('an accessor is a ConfigurationError that says what to write instead', () => {
  const decorate = () => {
    class Api {
      // @ts-expect-error -- it does not compile either
      @Tool() accessor get = async (): Promise<void> => undefined;
    }
    return Api;
  };
  expect(thrownBy(decorate).message).toBe(
    '@Tool on accessor get: this is an accessor, and only methods, functions and classes are tools; write it as a method, or without the word accessor',
  );
});

test('a decorator written twice on a property is refused', () => {
  const decorate = () => {
    class Api {
      @Retry(1) @Tool() @Retry(2) get = async (): Promise<void> => undefined;
    }
    return Api;
  };
  expect(thrownBy(decorate).message).toContain('@Retry is written twice');
});

test('a decorator that is not called says how to write it, as soon as there is an instance', () => {
  class Api {
    @unchecked(Tool) get = async (): Promise<void> => undefined;
  }
  expect(thrownBy(() => new Api()).message).toContain('@Tool()');
});

test('properties are described and listed before anybody made an instance, with the defaults of their class', () => {
  const name = `property in ${world.name}`;
  @Tool({ namespace: 'props' })
  @Retry(2)
  class Api {
    @Tool({ name }) get = async (): Promise<void> => undefined;
  }
  const expected = {
    name,
    namespace: 'props',
    policies: [{ name: 'retry', options: expect.objectContaining({ maxRetries: 2 }) as unknown }],
  };
  expect(listTools().filter((listed) => listed.name === name)).toEqual([expected]);
  expect(describeTool(Api, 'get')).toEqual(expected);
  expect(describeTool(Api)).toEqual(expected);
  const api = new Api();
  for (const description of [describeTool(api), describeTool(api, 'get'), describeTool(api.get)]) expect(description).toEqual(expected);
  const card = Reflect.getMetadata('toolspan:card', api.get) as ToolMetadata;
  expect(card).toMatchObject({ form: 'property', member: { key: 'get', isStatic: false, isPrivate: false } });
  expect(Reflect.getMetadata('toolspan:card', Api.prototype, 'get')).toBe(card);
});

test('a property that a subclass decorates anew: the subclass has one tool, not two', async () => {
  class Base {
    @Tool('base') get = async (): Promise<string> => 'base';
  }
  class Derived extends Base {
    @Tool('derived') override get = async (): Promise<string> => 'derived';
  }
  expect(await new Derived().get()).toBe('derived');
  expect(it.seen.tree()).toBe('tool.execute derived ✓');
  expect(describeTool(Derived, 'get').name).toBe('derived');
  expect(describeTool(Derived).name).toBe('derived');
  expect(describeTool(new Base()).name).toBe('base');
});

test('a property that a subclass writes over without a decorator is no tool of its instances', async () => {
  class Base {
    @Tool('base') get = async (): Promise<string> => 'base';
  }
  class Derived extends Base {
    override get = async (): Promise<string> => 'plain';
  }
  expect(await new Derived().get()).toBe('plain');
  expect(it.seen.tree()).toBe('');
  expect(() => describeTool(new Derived(), 'get')).toThrow('Derived has no tool get');
});

test('a class that another class decorator replaced has its property once', async () => {
  const Wrapped = replacingClass((found) => class extends (found as new () => object) {});
  @Wrapped
  @Tool({ namespace: 'replaced' })
  class Above {
    @Tool() get = async (): Promise<string> => 'above';
  }
  @Tool({ namespace: 'replaced' })
  @Wrapped
  class Below {
    @Tool() get = async (): Promise<string> => 'below';
  }
  expect([await new Above().get(), await new Below().get()]).toEqual(['above', 'below']);
  expect(it.seen.tree()).toBe('tool.execute replaced.get ✓\ntool.execute replaced.get ✓');
  expect([describeTool(Above).namespace, describeTool(Below).namespace]).toEqual(['replaced', 'replaced']);
});

test('another library’s decorator between two of ours does not have the function wrapped twice', async () => {
  const notes: string[] = [];
  const Noting = <This, Fn extends (...args: never[]) => unknown>(_: undefined, _context: ClassFieldDecoratorContext<This, Fn>) =>
    function (this: This, initial: Fn): Fn {
      return function (this: unknown, ...args: never[]) {
        notes.push('called');
        return initial.apply(this, args);
      } as Fn;
    };
  class Api {
    readonly id = 'api';
    @Retry(1) @Noting @Tool('noted') get = async (n: number): Promise<string> => `${this.id} ${n}`;
  }
  const api = new Api();
  expect(await api.get(1)).toBe('api 1');
  expect(it.seen.tree()).toBe('tool.execute noted ✓\n└── tool.retry.attempt #0 ✓\n    └── tool.execute ✓');
  expect(notes).toEqual(['called']);
  expect(describeTool(api, 'get').name).toBe('noted');
});

test('a function of tool() that is decorated as well: both are told of, each call once by each', async () => {
  class Api {
    @Tool('outer') get = tool({ name: 'inner' }, async (): Promise<string> => 'got');
  }
  expect(await new Api().get()).toBe('got');
  expect(it.seen.tree()).toBe('tool.execute outer ✓\n└── tool.execute inner ✓');
});

test('a property that the constructor assigns again is no tool any more', async () => {
  class Api {
    @Tool() get: () => Promise<string> = async () => 'first';
    constructor() {
      this.get = async () => 'second';
    }
  }
  expect(await outcome(new Api().get())).toBe('second');
  expect(it.seen.spans).toHaveLength(0);
});

test('a static property over an inherited static method makes no tool of the method', () => {
  class Base {
    static get(): string {
      return 'base';
    }
  }
  class Derived extends Base {
    @Tool() static override get = (): string => 'derived';
  }
  expect(() => describeTool(Base, 'get')).toThrow(ConfigurationError);
  expect(describeTool(Derived, 'get').name).toBe('get');
});

test('each instance may be given a function of another shape', async () => {
  const given: ((() => AsyncGenerator<number>) | (() => Promise<number>))[] = [
    async function* () {
      yield 1;
    },
    async () => 5,
  ];
  class Api {
    @Tool() run = given.shift() as () => unknown;
  }
  const stream = new Api().run() as AsyncGenerator<number>;
  expect((await stream.next()).value).toBe(1);
  expect(await new Api().run()).toBe(5);
});

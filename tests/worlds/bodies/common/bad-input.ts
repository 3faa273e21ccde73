import { Cached, CircuitBreaker, ConfigurationError, RateLimited, Retry, Tool, tool } from 'toolspan';
import { passing, unchecked } from '../../foreign.js';
import { observed } from '../../../support/observed.js';
import { world } from '../../world.js';

const it = observed();

/** The message of the ConfigurationError that decorating ends with. */
function complaint(decorate: () => unknown): string {
  try {
    decorate();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** Where a decorator stands: standard ones do not know their class yet. */
const place = (owner: string, member: string): string => (world.isStandard ? `member ${member}` : `${owner}.${member}`);

const AS_METHOD = 'this is a getter or setter, and only methods, functions and classes are tools; write it as a method';

test('a getter or a setter is no tool', () => {
  const getter = complaint(() => {
    class Api {
      // @ts-expect-error -- it does not compile either
      @Tool() get size(): number {
        return 1;
      }
    }
    return Api;
  });
  const setter = complaint(() => {
    class Api {
      // @ts-expect-error -- the same
      @Retry() static set size(_value: number) {
        throw new Error('never set');
      }
    }
    return Api;
  });
  expect(getter).toBe(`@Tool on ${world.isStandard ? 'getter size' : 'Api.size'}: ${AS_METHOD}`);
  expect(setter).toBe(`@Retry on ${world.isStandard ? 'setter size' : 'Api.size'}: ${AS_METHOD}`);
});

test('a getter that gives a function is no tool, and does not run', () => {
  const ran: string[] = [];
  const message = complaint(() => {
    class Api {
      @unchecked(Tool()) get call(): () => Promise<void> {
        ran.push('call');
        return async () => undefined;
      }
    }
    return Api;
  });
  expect(message).toContain(AS_METHOD);
  expect(ran).toEqual([]);
});

test('wrong options are refused where they are written', () => {
  const options = complaint(() => {
    class Api {
      @Retry({ maxRetries: -1 }) async get(): Promise<void> {}
    }
    return Api;
  });
  const named = complaint(() => {
    class Api {
      @RateLimited({ limit: 0, per: '1s' }) @Tool('api.get') async get(): Promise<void> {}
    }
    return Api;
  });
  const ofStatic = complaint(() => {
    class Api {
      @Cached('soon' as never) static async get(): Promise<void> {}
    }
    return Api;
  });
  const ofClass = complaint(() => {
    @CircuitBreaker({ failureThreshold: 0.5 })
    class Api {
      async execute(): Promise<void> {}
    }
    return Api;
  });
  expect(options).toBe(`@Retry on ${place('Api', 'get')}: maxRetries must be a whole number of at least 0, got -1`);
  expect(named).toBe(`@RateLimited on tool "api.get" (${place('Api', 'get')}): limit must be a whole number of at least 1, got 0`);
  expect(ofStatic).toContain(`@Cached on ${place('Api', 'get')}: ttl must be a duration above 0`);
  expect(ofClass).toBe('@CircuitBreaker on Api: failureThreshold must be a whole number of at least 1, got 0.5');
});

test('a decorator written twice is refused, on a method as well as on a class, a foreign one between them or not', () => {
  const messages = [
    complaint(() => {
      class Api {
        @Retry(1) @passing([], 'between') @Retry(2) async get(): Promise<void> {}
      }
      return Api;
    }),
    complaint(() => {
      class Api {
        @Tool('one') @Cached('1m') @Tool('other') async get(): Promise<void> {}
      }
      return Api;
    }),
    complaint(() => {
      @CircuitBreaker()
      @CircuitBreaker()
      class Api {
        async execute(): Promise<void> {}
      }
      return Api;
    }),
  ];
  expect(messages).toEqual([
    `@Retry on ${place('Api', 'get')}: @Retry is written twice; write it once, with all options`,
    `@Tool on tool "other" (${place('Api', 'get')}): @Tool is written twice; write it once, with all options`,
    '@CircuitBreaker on Api: @CircuitBreaker is written twice; write it once, with all options',
  ]);
});

test('the same decorator on a class and on its subclass, or on a method and its override, is not written twice', () => {
  const decorate = () => {
    @Retry(1)
    class Base {
      @Cached('1m') async get(): Promise<void> {}
    }
    @Retry(2)
    class Derived extends Base {
      @Cached('2m') override async get(): Promise<void> {}
    }
    return Derived;
  };
  expect(decorate).not.toThrow();
});

test('a class needs decorated methods or an execute, and a name only in the second case', () => {
  const empty = complaint(() => {
    @Tool()
    class Empty {}
    return Empty;
  });
  const named = complaint(() => {
    @Tool({ name: 'calculator' })
    class Calculator {
      @Tool() async add(): Promise<void> {}
      @Tool() static async sub(): Promise<void> {}
    }
    return Calculator;
  });
  const property = complaint(() => {
    @Tool()
    class Arrow {
      execute = async (): Promise<void> => undefined;
    }
    return Arrow;
  });
  const need = 'the class has no decorated method and no method execute; decorate its methods, or write one called execute';
  expect(empty).toBe(`@Tool on Empty: ${need}`);
  expect(property).toBe(`@Tool on Arrow: ${need}`);
  expect(named).toBe(
    '@Tool on Calculator: name must be left out (got "calculator"), for the class has decorated methods, each with a name of its own: Calculator.add, Calculator.sub',
  );
});

test('two tools of one name in a namespace: one warning that names both places, state apart, metrics merged', async () => {
  const name = `twin in ${world.name}`;
  class One {
    @Tool({ name }) @Cached('1m') async get(): Promise<string> {
      return 'one';
    }
  }
  class Other {
    @Cached('1m') @Tool({ name }) static async find(): Promise<string> {
      return 'other';
    }
  }
  const third = tool({ name, namespace: 'elsewhere' }, async () => 'third');
  const one = new One();
  expect([await one.get(), await Other.find(), await one.get(), await Other.find(), await third()]).toEqual([
    'one',
    'other',
    'one',
    'other',
    'third',
  ]);
  expect(it.seen.metric('tool_executions_total', { tool: name, namespace: 'default' })).toBe(4);
  expect(world.warnings().filter((warning) => warning.includes(name))).toEqual([
    `[toolspan] two tools are called "${name}" in namespace "default": One.get and Other.find. Their state is apart, their metrics are merged; give one of them another name or namespace\n`,
  ]);
});

test('a function is no class: what wraps functions is tool()', () => {
  expect(complaint(() => unchecked(Retry(3))(async () => 1))).toMatch(/^@Retry on .*tool\(/);
});

test('a decorator that is not called says how to write it', () => {
  const onMethod = complaint(() => {
    class Api {
      @unchecked(Tool) async get(): Promise<void> {}
    }
    return Api;
  });
  const onClass = complaint(() => {
    @unchecked(Retry)
    class Api {
      async execute(): Promise<void> {}
    }
    return Api;
  });
  expect(onMethod).toContain('@Tool()');
  expect(onClass).toContain('@Retry()');
});

import { ConfigurationError, Fallback, Tool } from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const warnings = warningsOf();
const it = observed();
const down = new Error('down');

const noMethod = (where: string): unknown =>
  expect.objectContaining({
    code: 'CONFIGURATION',
    message: expect.stringContaining(
      `fallback: ${where} has no method "remembered"; write one that takes (error, ...args), or give the text itself by () => 'remembered'`,
    ) as string,
  });

class Service {
  runs = 0;

  @Tool('search')
  @Fallback('remembered')
  async search(fails: boolean, ..._more: unknown[]): Promise<unknown> {
    this.runs += 1;
    if (fails) throw down;
    return 'found';
  }
}

class Remembering extends Service {
  memory = 'memory';

  remembered(error: unknown, ...args: unknown[]): unknown {
    return [this.memory, error, ...args];
  }
}

describe('a fallback that is the name of a method', () => {
  test('calls that method with the error and the arguments, with `this` bound; an inherited one too', async () => {
    class Heir extends Remembering {}
    expect(await new Remembering().search(true, 2)).toEqual(['memory', down, true, 2]);
    expect(await new Heir().search(true)).toEqual(['memory', down, true]);
  });

  test('that is missing is a ConfigurationError at the first call, whatever that would have come to', async () => {
    const service = new Service();
    expect(await outcome(service.search(false))).toEqual(noMethod('Service'));
    expect(await outcome(service.search(true))).toBeInstanceOf(ConfigurationError);
    expect(await outcome(service.search(false))).toMatchObject({ tool: 'search', namespace: 'default' });
    expect(service.runs).toBe(0);
    expect(it.seen.metric('tool_fallbacks_total', { tool: 'search' })).toBe(0);
  });

  test('is looked for in each class of receivers', async () => {
    class Forgetful extends Service {
      readonly remembered = 'no function';
    }
    expect(await outcome(new Forgetful().search(false))).toEqual(noMethod('Forgetful'));
    expect(await new Remembering().search(false)).toBe('found');
  });

  test('may be a function of the instance’s own, or come from a getter, which is not asked before it is needed', async () => {
    class Field extends Service {
      remembered = (): string => 'by the field';
    }
    let looks = 0;
    class Getter extends Service {
      get remembered(): () => string {
        looks += 1;
        return () => 'by the getter';
      }
    }
    expect(await new Field().search(true)).toBe('by the field');
    expect([await new Getter().search(false), looks]).toEqual(['found', 0]);
    expect([await new Getter().search(true), looks]).toEqual(['by the getter', 1]);
  });

  test('may be made up by a proxy', async () => {
    const service = new Proxy(new Service(), {
      get: (target, key): unknown => (key === 'remembered' ? () => 'made up' : Reflect.get(target, key)),
    });
    expect(await service.search(true)).toBe('made up');
  });

  test('is looked for on the class itself where the tool is static', async () => {
    class Static {
      @Fallback('remembered')
      static async search(): Promise<unknown> {
        throw down;
      }

      static remembered(): string {
        return 'by the class';
      }
    }
    class Lacking {
      @Fallback('remembered')
      static async search(): Promise<unknown> {
        throw down;
      }

      remembered(): string {
        return 'by an instance';
      }
    }
    expect(await Static.search()).toBe('by the class');
    expect(await outcome(Lacking.search())).toEqual(noMethod('Lacking'));
  });

  test('that leads back to the tool is refused, however long the way is; one that ends is not', async () => {
    class Circle {
      @Fallback('self') async self(): Promise<unknown> {
        throw down;
      }
      @Fallback('b') async a(): Promise<unknown> {
        throw down;
      }
      @Fallback('a') async b(): Promise<unknown> {
        throw down;
      }
      @Fallback('a') async c(): Promise<unknown> {
        throw down;
      }
      @Fallback('last') async good(): Promise<unknown> {
        throw down;
      }
      @Fallback(() => 'at last') async last(): Promise<unknown> {
        throw down;
      }
    }
    const circle = new Circle();
    const refused = async (call: Promise<unknown>) => ((await outcome(call)) as ConfigurationError).message;
    expect(await refused(circle.self())).toContain('tool "self" (Circle.self) fallback: self leads to self, so it would never end');
    expect(await refused(circle.a())).toContain('fallback: a leads to b leads to a, so it would never end');
    expect(await refused(circle.c())).toContain('fallback: c leads to a leads to b leads to a, so it would never end');
    expect(await circle.good()).toBe('at last');
  });

  test('of a generator is missed in the same moment: when it is called', () => {
    class Streaming {
      @Fallback('remembered')
      async *stream(): AsyncGenerator<number> {
        yield 1;
      }
    }
    expect(() => new Streaming().stream()).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }) as Error);
  });

  test('cannot be looked for where the method was detached: then the error is the tool’s own, and that is said', async () => {
    const { search } = Detached.prototype;
    expect(await outcome(search())).toBe(down);
    expect(warnings).toEqual([expect.stringContaining('fallback failed (there is no method remembered)')]);
  });
});

class Detached {
  @Tool('detached')
  @Fallback('remembered')
  async search(): Promise<unknown> {
    throw down;
  }
}

import { ConfigurationError, describeTool, Retry, Tool, tool } from 'toolspan';
import { world } from '../../world.js';
import { observed } from '../../../support/observed.js';

const it = observed();

function complaint(decorate: () => unknown): string {
  try {
    decorate();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

const INSTEAD =
  'this is a property, which legacy decorators ("experimentalDecorators") cannot wrap; write it as a method: async get() { ... }, or compile with standard decorators';

test('a property is refused where it is written, and the error says what to write instead', () => {
  const ofInstance = complaint(() => {
    class Api {
      // @ts-expect-error -- it does not compile either
      @Tool() get = async (): Promise<void> => undefined;
    }
    return Api;
  });
  const ofClass = complaint(() => {
    class Api {
      // @ts-expect-error -- the same
      @Retry() static get = async (): Promise<void> => undefined;
    }
    return Api;
  });
  const withoutValue = complaint(() => {
    class Api {
      // @ts-expect-error -- the same
      @Tool() get!: () => Promise<void>;
    }
    return Api;
  });
  expect(ofInstance).toBe(`@Tool on Api.get: ${INSTEAD}`);
  expect(ofClass).toBe(`@Retry on Api.get: ${INSTEAD}`);
  expect(withoutValue).toBe(`@Tool on Api.get: ${INSTEAD}`);
});

test('a function of tool() in a property works, with state of its own in each instance', async () => {
  class Api {
    readonly id = 'api';
    get = tool({ name: 'get', retry: 1 }, async () => this.id);
  }
  const api = new Api();
  expect(await api.get()).toBe('api');
  expect(it.seen.metric('tool_executions_total', { tool: 'get' })).toBe(1);
  expect(describeTool(api, 'get').policies.map(({ name }) => name)).toEqual(['retry']);
});

test('what the compiler wrote about the types of a method stays readable', () => {
  class Api {
    @Tool() @Retry() async get(_id: string): Promise<void> {}
  }
  const isWritten = world.name.includes('metadata');
  expect(Reflect.getMetadata('design:returntype', Api.prototype, 'get')).toBe(isWritten ? Promise : undefined);
  expect(Reflect.getMetadata('design:paramtypes', Api.prototype, 'get')).toEqual(isWritten ? [String] : undefined);
});

test('a parameter is refused, with the cure', () => {
  const ofMethod = complaint(() => {
    class Api {
      // @ts-expect-error -- it does not compile either
      get(@Tool() id: string): string {
        return id;
      }
    }
    return Api;
  });
  const ofStatic = complaint(() => {
    class Api {
      // @ts-expect-error -- the same
      static get(@Retry() id: string): string {
        return id;
      }
    }
    return Api;
  });
  const cure = 'this is a parameter, and only methods and classes are tools; put it on the method';
  expect([ofMethod, ofStatic]).toEqual([`@Tool on Api.get: ${cure}`, `@Retry on Api.get: ${cure}`]);
});

test('a parameter of a constructor is refused, with the cure', () => {
  const message = complaint(() => {
    class Api {
      // @ts-expect-error -- it does not compile either
      constructor(@Tool() readonly id: string) {}
      async execute(): Promise<string> {
        return this.id;
      }
    }
    return Api;
  });
  expect(message).toContain('Api');
  expect(message).not.toContain('undefined');
  expect(message).toContain('this is a parameter of the constructor, and only methods and classes are tools; put it on the class');
});

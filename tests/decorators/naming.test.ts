import { Cached, describeTool, listTools, Retry, Tool, tool } from 'toolspan';
import { observed } from '../support/observed.js';

const it = observed();

function names(target: object, key?: PropertyKey): string {
  const { namespace, name } = describeTool(target, key);
  return `${namespace}/${name}`;
}

test('a tool is called like its method, in the namespace default', () => {
  class Calculator {
    @Tool() async add(): Promise<void> {}
    @Tool('minus') async subtract(): Promise<void> {}
    @Tool({ name: 'times', namespace: 'math', description: 'multiplies' }) async multiply(): Promise<void> {}
    @Retry() async divide(): Promise<void> {}
    @Tool() static async version(): Promise<void> {}
  }
  expect(names(Calculator, 'add')).toBe('default/add');
  expect(names(new Calculator(), 'subtract')).toBe('default/minus');
  expect(describeTool(Calculator, 'multiply')).toEqual({ name: 'times', namespace: 'math', description: 'multiplies', policies: [] });
  expect(names(Calculator, 'divide')).toBe('default/divide');
  expect(names(Calculator, 'version')).toBe('default/version');
  expect(names(tool({ namespace: 'web' }, async function search() {}))).toBe('web/search');
});

test('the class gives its tools a namespace, which the method may override', () => {
  @Tool({ namespace: 'math' })
  class Calculator {
    @Tool() async add(): Promise<void> {}
    @Tool({ namespace: 'other' }) async odd(): Promise<void> {}
  }
  class Scientific extends Calculator {
    @Tool() async root(): Promise<void> {}
  }
  @Tool({ namespace: 'sub' })
  class Sub extends Calculator {}
  expect(names(Calculator, 'add')).toBe('math/add');
  expect(names(Calculator, 'odd')).toBe('other/odd');
  expect(names(Scientific, 'root')).toBe('math/root');
  expect(names(Sub, 'add')).toBe('sub/add');
});

test('a class without decorated methods is a tool itself: its execute', async () => {
  @Tool({ name: 'calculator', description: 'adds' })
  class CalculatorTool {
    async execute({ a, b }: { a: number; b: number }): Promise<number> {
      return a + b;
    }
  }
  @Tool()
  class Plain {
    async execute(): Promise<string> {
      return 'plain';
    }
  }
  @Cached('1m')
  class OnlyPolicy {
    async execute(): Promise<string> {
      return 'policy';
    }
  }
  expect(await new CalculatorTool().execute({ a: 1, b: 2 })).toBe(3);
  expect(await new Plain().execute()).toBe('plain');
  expect(await new OnlyPolicy().execute()).toBe('policy');
  expect(describeTool(CalculatorTool)).toEqual({ name: 'calculator', namespace: 'default', description: 'adds', policies: [] });
  expect(names(new Plain())).toBe('default/Plain');
  expect(describeTool(OnlyPolicy).policies.map(({ name }) => name)).toEqual(['cached']);
  expect(it.seen.spans.filter(({ attributes }) => attributes['gen_ai.tool.name']).map(({ attributes }) => attributes['tool.name'])).toEqual(
    ['calculator', 'Plain', 'OnlyPolicy'],
  );
});

test('a subclass of a class that is a tool names it anew, or overrides it', () => {
  @Tool('base')
  class Base {
    async execute(): Promise<void> {}
  }
  class Quiet extends Base {}
  @Tool('named')
  class Named extends Base {}
  @Tool('own')
  class Own extends Base {
    override async execute(): Promise<void> {}
  }
  class Undecorated extends Base {
    override async execute(): Promise<void> {}
  }
  expect([Base, Quiet, Named, Own].map((target) => names(target))).toEqual([
    'default/base',
    'default/base',
    'default/named',
    'default/own',
  ]);
  expect(() => describeTool(Undecorated)).toThrow('has no tool');
});

test('policies of the class are defaults, option by option, for inherited tools too', () => {
  @Retry({ maxRetries: 1, baseDelay: '1s' })
  @Cached({ maxEntries: 5 })
  class Base {
    @Tool() async plain(): Promise<void> {}
    @Retry({ maxRetries: 7 }) async own(): Promise<void> {}
    @Cached('10s') async cached(): Promise<void> {}
  }
  @Retry({ factor: 3, baseDelay: '2s' })
  class Derived extends Base {}

  const options = (target: object, key: string, policy: string) =>
    describeTool(target, key).policies.find(({ name }) => name === policy)?.options;
  expect(options(Base, 'plain', 'retry')).toEqual({ maxRetries: 1, baseDelay: 1_000, maxDelay: 10_000, factor: 2, jitter: true });
  expect(options(Base, 'own', 'retry')).toMatchObject({ maxRetries: 7, baseDelay: 1_000 });
  expect(options(Base, 'cached', 'cached')).toEqual({ ttl: 10_000, maxEntries: 5, scope: 'class' });
  expect(options(Derived, 'own', 'retry')).toMatchObject({ maxRetries: 7, baseDelay: 2_000, factor: 3 });
  expect(options(Base, 'own', 'retry')).toMatchObject({ factor: 2 });
});

test('policies are described outermost first, as plain JSON', () => {
  const busy = tool(
    {
      name: 'busy',
      circuitBreaker: {},
      retry: {
        maxRetries: 1,
        retryIf: function transient() {
          return true;
        },
      },
      rateLimited: { limit: 3, per: '1s' },
      cached: '5m',
    },
    async () => 1,
  );
  const description = describeTool(busy);
  expect(description.policies).toEqual([
    { name: 'cached', options: { ttl: 300_000, maxEntries: 1_000, scope: 'class' } },
    { name: 'rateLimited', options: { limit: 3, per: 1_000, burst: 3 } },
    { name: 'retry', options: { maxRetries: 1, baseDelay: 200, maxDelay: 10_000, factor: 2, jitter: true, retryIf: 'function transient' } },
    { name: 'circuitBreaker', options: { failureThreshold: 5, resetTimeout: 60_000, halfOpenMax: 1, successThreshold: 2 } },
  ]);
  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  expect(listTools()).toContainEqual(description);
});

test('an undecorated override is not a tool, but what it calls by super is', async () => {
  class Base {
    @Tool('base.get') async get(): Promise<string> {
      return 'base';
    }
  }
  class Derived extends Base {
    override async get(): Promise<string> {
      return `derived of ${await super.get()}`;
    }
  }
  expect(await new Derived().get()).toBe('derived of base');
  expect(it.seen.spans.map(({ attributes }) => attributes['tool.name'])).toEqual(['base.get']);
  expect(() => describeTool(Derived, 'get')).toThrow('Derived has no tool get');
});

test('two functions of one name get one warning, and their state is apart', async () => {
  const { logger, warnings } = collecting();
  const one = tool({ name: 'twin', cached: '1m' }, async () => 'one');
  const other = tool({ name: 'twin', cached: '1m' }, async () => 'other');
  logger();
  expect([await one(), await other(), await one(), await other()]).toEqual(['one', 'other', 'one', 'other']);
  const said = warnings().filter((warning) => warning.includes('"twin"'));
  expect(said).toHaveLength(1);
  const places = [...said[0]!.matchAll(/function \(anonymous\) \((\S+naming\.test\.[jt]s):(\d+):\d+\)/g)];
  expect(places.map(([, file]) => file)).toEqual([expect.any(String), expect.any(String)]);
  expect(Number(places[1]![2])).toBe(Number(places[0]![2]) + 1);
  expect(it.seen.metric('tool_executions_total', { tool: 'twin' })).toBe(4);
});

function collecting(): { logger: () => void; warnings: () => string[] } {
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  return {
    logger: () => undefined,
    warnings: () => {
      const lines = written.mock.calls.map(([line]) => String(line));
      written.mockRestore();
      return lines;
    },
  };
}

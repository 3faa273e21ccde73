import { Cached, CircuitBreaker, describeTool, Retry, Tool, type ToolDescription } from 'toolspan';
import { observed } from '../../../support/observed.js';

const it = observed();

function options(description: ToolDescription, policy: string): object | undefined {
  return description.policies.find(({ name }) => name === policy)?.options;
}

test('a class without decorated methods is a tool: its execute', async () => {
  @Tool({ name: 'calculator', namespace: 'math', description: 'adds' })
  @Retry({ maxRetries: 1 })
  class CalculatorTool {
    constructor(readonly factor: number) {}
    async execute({ a, b }: { a: number; b: number }): Promise<number> {
      return (a + b) * this.factor;
    }
    async helper(): Promise<void> {}
  }
  @Tool()
  class Plain {
    execute(n: number): number {
      return n;
    }
  }
  expect(await new CalculatorTool(2).execute({ a: 1, b: 2 })).toBe(6);
  await new CalculatorTool(1).helper();
  expect(new Plain().execute(5)).toBe(5);
  expect(new CalculatorTool(1)).toBeInstanceOf(CalculatorTool);
  expect([CalculatorTool.name, CalculatorTool.prototype.execute.name, CalculatorTool.prototype.execute.length]).toEqual([
    'CalculatorTool',
    'execute',
    1,
  ]);
  expect(it.seen.tree()).toBe(
    ['tool.execute math.calculator ✓', '└── tool.retry.attempt #0 ✓', '    └── tool.execute ✓', 'tool.execute Plain ✓'].join('\n'),
  );
  expect(describeTool(new Plain())).toEqual({ name: 'Plain', namespace: 'default', policies: [] });
});

test('defaults of the class hold for its methods, option by option, static and inherited ones too', async () => {
  @Tool({ namespace: 'base', attributes: { team: 'core', level: 1 } })
  @Retry({ maxRetries: 1, baseDelay: '1s' })
  @Cached({ maxEntries: 5 })
  class Base {
    @Tool() async plain(): Promise<string> {
      return 'plain';
    }
    @Tool({ namespace: 'own', attributes: { level: 2 } })
    @Retry({ maxRetries: 7 })
    async own(): Promise<string> {
      return 'own';
    }
    @Cached('10s') static async fixed(): Promise<string> {
      return 'fixed';
    }
  }
  class Quiet extends Base {}
  @Tool({ namespace: 'derived' })
  @Retry({ factor: 3 })
  @CircuitBreaker()
  class Derived extends Base {
    @Tool() async more(): Promise<string> {
      return 'more';
    }
  }
  const derived = new Derived();
  await Promise.all([new Base().plain(), new Quiet().own(), Base.fixed(), derived.plain(), derived.more(), Derived.fixed()]);
  expect(
    it.seen.spans
      .filter(({ parentSpanId }) => !parentSpanId)
      .map(({ attributes: a }) => [a['tool.namespace'], a['tool.name'], a['team'], a['level']]),
  ).toEqual([
    ['base', 'plain', 'core', 1],
    ['own', 'own', 'core', 2],
    ['base', 'fixed', 'core', 1],
    ['derived', 'plain', 'core', 1],
    ['derived', 'more', 'core', 1],
    ['derived', 'fixed', 'core', 1],
  ]);
  expect(options(describeTool(Base, 'plain'), 'retry')).toMatchObject({ maxRetries: 1, baseDelay: 1_000, factor: 2 });
  expect(options(describeTool(Quiet, 'own'), 'retry')).toMatchObject({ maxRetries: 7, baseDelay: 1_000, factor: 2 });
  expect(options(describeTool(Base, 'fixed'), 'cached')).toMatchObject({ ttl: 10_000, maxEntries: 5 });
  expect(options(describeTool(derived, 'plain'), 'retry')).toMatchObject({ maxRetries: 1, baseDelay: 1_000, factor: 3 });
  expect(describeTool(derived, 'more').policies.map(({ name }) => name)).toEqual(['cached', 'retry', 'circuitBreaker']);
  expect(describeTool(Base, 'plain').policies.map(({ name }) => name)).toEqual(['cached', 'retry']);
});

test('overridden, decorated anew, called by super', async () => {
  class Base {
    @Tool('base.get') async get(): Promise<string> {
      return 'base';
    }
    @Tool('base.set') async set(): Promise<string> {
      return 'set';
    }
    @Tool() static async make(): Promise<string> {
      return 'made';
    }
  }
  class Derived extends Base {
    @Tool('derived.get') @Retry(0) override async get(): Promise<string> {
      return `derived of ${await super.get()}`;
    }
    override async set(): Promise<string> {
      return `undecorated of ${await super.set()}`;
    }
    @Tool('derived.make') static override async make(): Promise<string> {
      return `derived of ${await super.make()}`;
    }
  }
  const derived = new Derived();
  expect([await derived.get(), await derived.set(), await Derived.make()]).toEqual([
    'derived of base',
    'undecorated of set',
    'derived of made',
  ]);
  expect(it.seen.tree()).toBe(
    [
      'tool.execute derived.get ✓',
      '└── tool.retry.attempt #0 ✓',
      '    └── tool.execute ✓',
      '        └── tool.execute base.get ✓',
      'tool.execute base.set ✓',
      'tool.execute derived.make ✓',
      '└── tool.execute make ✓',
    ].join('\n'),
  );
  expect(describeTool(Derived, 'get').name).toBe('derived.get');
  expect(() => describeTool(Derived, 'set')).toThrow('Derived has no tool set');
  expect(() => describeTool(derived, 'set')).toThrow('Derived has no tool set');
});

test('abstract classes give their tools, and take part in the call, through what extends them', async () => {
  @Tool({ namespace: 'store' })
  abstract class Store {
    protected abstract read(key: string): string;
    @Tool() @Cached('1m') async get(key: string): Promise<string> {
      return this.read(key);
    }
  }
  class Memory extends Store {
    protected read(key: string): string {
      return `memory ${key}`;
    }
  }
  class Disk extends Store {
    protected read(key: string): string {
      return `disk ${key}`;
    }
  }
  const [memory, disk] = [new Memory(), new Disk()];
  expect([await memory.get('a'), await disk.get('a'), await new Memory().get('a')]).toEqual(['memory a', 'disk a', 'memory a']);
  expect(it.seen.metric('tool_cache_operations_total', { tool: 'get', result: 'hit' })).toBe(1); // state is the class's
  expect(describeTool(Store, 'get')).toEqual(describeTool(Memory, 'get'));
});

test('a class that extends one of the language’s own', async () => {
  class Bag extends Map<string, number> {
    @Tool() async total(): Promise<number> {
      return [...this.values()].reduce((sum, n) => sum + n, 0);
    }
  }
  @Tool('failing')
  class Failing extends Error {
    async execute(): Promise<string> {
      return this.message;
    }
  }
  expect(
    await new Bag([
      ['a', 1],
      ['b', 2],
    ]).total(),
  ).toBe(3);
  expect(await new Failing('text').execute()).toBe('text');
  expect(describeTool(Bag).name).toBe('total');
});

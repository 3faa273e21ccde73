import { Cached, describeTool, listTools, Retry, Tool, type ToolMetadata } from 'toolspan';
import { passing } from '../../foreign.js';
import { observed, outcome } from '../../../support/observed.js';
import { world } from '../../world.js';

const it = observed();

const tools = (): unknown[] => it.seen.spans.filter(({ parentSpanId }) => !parentSpanId).map(({ attributes }) => attributes['tool.name']);

test('a private method is a tool, called from a public one', async () => {
  class Api {
    #state = 'private';
    async get(n: number): Promise<string> {
      return this.#fetch(n);
    }
    @Tool({ name: 'api.fetch', namespace: 'web' }) @Cached('1m') @Retry(1) async #fetch(n: number): Promise<string> {
      return `${this.#state} ${n}`;
    }
  }
  const api = new Api();
  expect([await api.get(1), await api.get(1)]).toEqual(['private 1', 'private 1']);
  expect(it.seen.tree()).toBe(
    [
      'tool.execute web.api.fetch ✓',
      '├── tool.cache.lookup miss',
      '├── tool.retry.attempt #0 ✓',
      '│   └── tool.execute ✓',
      '└── tool.cache.set',
      'tool.execute web.api.fetch ✓ cached',
      '└── tool.cache.lookup hit',
    ].join('\n'),
  );
  expect(it.seen.metric('tool_executions_total', { tool: 'api.fetch', namespace: 'web', status: 'success' })).toBe(2);
});

test('without a name a private method is called as it is written, the number sign included', async () => {
  class Api {
    @Tool() #plain(): string {
      return 'plain';
    }
    @Tool() static async #fixed(): Promise<string> {
      return 'fixed';
    }
    static async both(): Promise<string[]> {
      return [new Api().#plain(), await Api.#fixed()];
    }
  }
  expect(await Api.both()).toEqual(['plain', 'fixed']);
  expect(tools()).toEqual(['#plain', '#fixed']);
});

test('a private method belongs to the class that has it, its defaults included; a subclass has one of its own', async () => {
  @Retry(1)
  @Tool({ namespace: 'base' })
  class Base {
    base(): Promise<string> {
      return this.#work();
    }
    @Tool() async #work(): Promise<string> {
      return 'base';
    }
  }
  class Derived extends Base {
    derived(): Promise<string> {
      return this.#work();
    }
    @Tool('derived work') async #work(): Promise<string> {
      return 'derived';
    }
  }
  const derived = new Derived();
  expect([await derived.base(), await derived.derived()]).toEqual(['base', 'derived']);
  expect(it.seen.tree()).toBe(
    [
      'tool.execute base.#work ✓',
      '└── tool.retry.attempt #0 ✓',
      '    └── tool.execute ✓',
      'tool.execute base.derived work ✓',
      '└── tool.retry.attempt #0 ✓',
      '    └── tool.execute ✓',
    ].join('\n'),
  );
});

test('a private method is described by what it is called, and listed, before anybody made an instance', () => {
  const name = `private in ${world.name}`;
  @Tool({ namespace: 'hidden' })
  class Api {
    @Tool({ name }) @Retry(2) async #work(): Promise<void> {}
    work(): Promise<void> {
      return this.#work();
    }
  }
  const expected = {
    name,
    namespace: 'hidden',
    policies: [{ name: 'retry', options: expect.objectContaining({ maxRetries: 2 }) as unknown }],
  };
  expect(listTools().filter((tool) => tool.name === name)).toEqual([expected]);
  expect(describeTool(Api, '#work')).toEqual(expected);
  expect(describeTool(new Api(), '#work')).toEqual(expected);
  expect(describeTool(Api)).toEqual(expected);
});

test('the card of a private method says so', () => {
  let found: unknown;
  class Api {
    @Tool() async #work(): Promise<void> {}
    static {
      found = Reflect.getMetadata('toolspan:card', new this().#work);
    }
  }
  expect(Api.name).toContain('Api');
  expect((found as ToolMetadata).member).toEqual({ key: '#work', isStatic: false, isPrivate: true });
});

test('a private generator, and one between foreign decorators', async () => {
  const notes: string[] = [];
  class Api {
    @Tool() async *#lines(): AsyncGenerator<number> {
      yield 1;
    }
    @Retry(0) @passing(notes, 'between') @Tool() async #call(): Promise<string> {
      return 'called';
    }
    async all(): Promise<unknown[]> {
      const chunks: unknown[] = [];
      for await (const chunk of this.#lines()) chunks.push(chunk);
      return [...chunks, await this.#call()];
    }
  }
  expect(await new Api().all()).toEqual([1, 'called']);
  expect(tools()).toEqual(['#lines', '#call']);
  expect(notes).toEqual(['between']);
});

test('a policy on a private method that is synchronous: the error says where', async () => {
  class Api {
    // @ts-expect-error -- it does not compile either
    @Retry() #sync(): number {
      return 1;
    }
    call(): unknown {
      return this.#sync();
    }
  }
  expect(await outcome(new Api().call() as Promise<unknown>)).toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringContaining('tool "#sync" (Api.#sync) has a policy but returned no promise') as unknown,
  });
});

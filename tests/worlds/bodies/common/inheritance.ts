import { Cached, describeTool, Retry, Tool } from 'toolspan';
import { observed } from '../../../support/observed.js';

const it = observed();

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeScript wants it for mixins
type Class = new (...args: any[]) => object;

const tools = (): unknown[] => it.seen.spans.filter(({ parentSpanId }) => !parentSpanId).map(({ attributes }) => attributes['tool.name']);

test('a mixin makes a tool in each class that it makes, each with state of its own', async () => {
  let runs = 0;
  function Searching<Base extends Class>(base: Base) {
    class Mixed extends base {
      @Tool() @Cached('1m') async search(): Promise<number> {
        runs += 1;
        return runs;
      }
    }
    return Mixed;
  }
  class Files {}
  class Mails {}
  const [SearchingFiles, SearchingMails] = [Searching(Files), Searching(Mails)];
  class Inbox extends Searching(Mails) {}
  expect([await new SearchingFiles().search(), await new SearchingFiles().search()]).toEqual([1, 1]);
  expect([await new SearchingMails().search(), await new Inbox().search(), await new Inbox().search()]).toEqual([2, 3, 3]);
  expect(tools()).toEqual(['search', 'search', 'search', 'search', 'search']);
  expect(describeTool(Inbox, 'search').name).toBe('search');
});

test('a mixin over a decorated class: defaults of the classes above and below are merged, the nearest first', () => {
  @Retry({ maxRetries: 1, baseDelay: '1s' })
  class Base {
    @Tool() async below(): Promise<void> {}
  }
  function Named<Base extends Class>(base: Base) {
    @Tool({ namespace: 'mixed' })
    @Retry({ maxRetries: 2 })
    class Mixed extends base {
      @Tool() async above(): Promise<void> {}
    }
    return Mixed;
  }
  const Both = Named(Base);
  const retry = { name: 'retry', options: { maxRetries: 2, baseDelay: 1_000, maxDelay: 10_000, factor: 2, jitter: true } };
  expect(describeTool(Both, 'below')).toEqual({ name: 'below', namespace: 'mixed', policies: [retry] });
  expect(describeTool(Both, 'above')).toEqual({ name: 'above', namespace: 'mixed', policies: [retry] });
  expect(describeTool(Base, 'below').policies).toEqual([{ ...retry, options: { ...retry.options, maxRetries: 1 } }]);
});

test('a class without a name, decorated by a call: the tool is called execute', async () => {
  const [anonymous] = [
    class {
      async execute(): Promise<string> {
        return 'done';
      }
    },
  ] as const;
  Tool()(anonymous);
  expect(await new anonymous().execute()).toBe('done');
  expect(describeTool(anonymous).name).toBe('execute');
  expect(tools()).toEqual(['execute']);
});

test('a class whose static members hide what classes are called', async () => {
  @Tool({ namespace: 'odd' })
  class Method {
    static name(): string {
      return 'hidden';
    }
    async execute(): Promise<string> {
      return 'done';
    }
  }
  expect(await new Method().execute()).toBe('done');
  expect(typeof describeTool(Method).name).toBe('string');
  expect(it.seen.metric('tool_executions_total', { namespace: 'odd', tool: describeTool(Method).name })).toBe(1);
});

test('getters and setters are left alone: none runs when a class is decorated, called, described or listed', async () => {
  const ran: string[] = [];
  @Tool({ namespace: 'quiet' })
  class Api {
    get size(): number {
      ran.push('get size');
      return 1;
    }
    set size(_value: number) {
      ran.push('set size');
    }
    static get shared(): object {
      ran.push('get shared');
      return {};
    }
    @Tool() async get(): Promise<void> {}
  }
  @Tool()
  class Derived extends Api {
    override get size(): number {
      ran.push('get derived size');
      return 2;
    }
  }
  await new Derived().get();
  describeTool(Api, 'get');
  describeTool(new Derived());
  expect(() => describeTool(new Derived(), 'size')).toThrow('Derived has no tool size');
  expect(() => describeTool(Api, 'shared')).toThrow('Api has no tool shared');
  expect(it.seen.metric('tool_executions_total', { tool: 'get', namespace: 'quiet' })).toBe(1);
  expect(ran).toEqual([]);
});

test('a getter called execute is no tool, and does not run either', () => {
  const ran: string[] = [];
  class Lazy {
    get execute(): () => Promise<void> {
      ran.push('execute');
      return async () => undefined;
    }
  }
  expect(() => Tool()(Lazy)).toThrow('@Tool on Lazy: the class has no decorated method and no method execute');
  expect(ran).toEqual([]);
});

test('a class that is a tool, inherited: named anew, overridden, or left as it is', async () => {
  @Tool('base')
  class Base {
    async execute(): Promise<string> {
      return this.constructor.name;
    }
  }
  class Quiet extends Base {}
  @Tool('named')
  class Named extends Base {}
  @Retry(1)
  class Retried extends Base {}
  @Tool('own')
  class Own extends Base {
    override async execute(): Promise<string> {
      return `own of ${await super.execute()}`;
    }
  }
  class Undecorated extends Base {
    override async execute(): Promise<string> {
      return 'nobody sees this';
    }
  }
  const results = [];
  for (const Each of [Base, Quiet, Named, Retried, Own, Undecorated]) results.push(await new Each().execute());
  expect(results).toEqual(['Base', 'Quiet', 'Named', 'Retried', 'own of Own', 'nobody sees this']);
  const named = [Base, Quiet, Named, Retried, Own].map((target) => describeTool(target).name);
  expect(named).toEqual(['base', 'base', 'named', 'base', 'own']);
  expect(describeTool(Retried).policies.map(({ name }) => name)).toEqual(['retry']);
  expect(() => describeTool(Undecorated)).toThrow('has no tool');
});

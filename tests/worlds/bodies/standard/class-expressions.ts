import { Cached, describeTool, Retry, Tool } from 'toolspan';
import { observed } from '../../../support/observed.js';

const it = observed();

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeScript wants it for mixins
type Class = new (...args: any[]) => object;

test('a class expression, with its members and itself decorated', async () => {
  const Api =
    @Tool({ namespace: 'expression' })
    @Retry(1)
    class {
      @Tool() @Cached('1m') async get(): Promise<string> {
        return 'got';
      }
    };
  expect(await new Api().get()).toBe('got');
  expect(describeTool(Api)).toMatchObject({ name: 'get', namespace: 'expression', policies: [{ name: 'cached' }, { name: 'retry' }] });
});

test('a class without a name that is a tool is called execute', async () => {
  const make = () =>
    [
      @Tool()
      class {
        async execute(): Promise<string> {
          return 'done';
        }
      },
    ][0]!;
  const Anonymous = make();
  expect(await new Anonymous().execute()).toBe('done');
  expect(describeTool(Anonymous).name).toBe('execute');
});

test('a mixin that returns a class expression: a tool in each class, with state of its own', async () => {
  let runs = 0;
  const Searching = <Base extends Class>(base: Base) =>
    class extends base {
      @Tool() @Cached('1m') async search(): Promise<number> {
        runs += 1;
        return runs;
      }
    };
  class Files {}
  class Mails extends Searching(Files) {}
  const SearchingFiles = Searching(Files);
  const results = [await new SearchingFiles().search(), await new Mails().search(), await new SearchingFiles().search()];
  expect(results).toEqual([1, 2, 1]);
  expect(it.seen.metric('tool_executions_total', { tool: 'search' })).toBe(3);
  expect(describeTool(Mails).name).toBe('search');
});

test('two mixins, one over the other, with defaults of their own', async () => {
  const One = <Base extends Class>(base: Base) => {
    return @Retry({ maxRetries: 1, factor: 5 })
    class extends base {
      @Tool() async one(): Promise<string> {
        return 'one';
      }
    };
  };
  const Two = <Base extends Class>(base: Base) => {
    return @Tool({ namespace: 'two' })
    @Retry({ maxRetries: 2 })
    class extends base {
      @Tool() async two(): Promise<string> {
        return 'two';
      }
    };
  };
  const Both = Two(One(class {}));
  const both = new Both();
  expect([await both.one(), await both.two()]).toEqual(['one', 'two']);
  for (const key of ['one', 'two']) {
    expect(describeTool(Both, key)).toMatchObject({
      namespace: 'two',
      policies: [{ name: 'retry', options: { maxRetries: 2, factor: 5 } }],
    });
  }
});

test('a tool called in a static block has the defaults of its class', async () => {
  const results: Promise<string>[] = [];
  @Tool({ namespace: 'static' })
  class Api {
    @Tool() static async make(): Promise<string> {
      return 'made';
    }
    static {
      results.push(Api.make());
    }
  }
  results.push(Api.make());
  expect(await Promise.all(results)).toEqual(['made', 'made']);
  expect(it.seen.tree()).toBe('tool.execute static.make ✓\ntool.execute static.make ✓');
});

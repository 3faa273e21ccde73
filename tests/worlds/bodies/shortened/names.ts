import { Cached, CircuitBreaker, ConfigurationError, describeTool, RateLimited, Retry, Tool, tool } from 'toolspan';
import { observed, outcome } from '../../../support/observed.js';

const it = observed();

const tools = (): unknown[] => it.seen.spans.filter(({ parentSpanId }) => !parentSpanId).map(({ attributes }) => attributes['tool.name']);

@Tool({ namespace: 'shop' })
@Retry({ maxRetries: 1 })
class Catalogue {
  #items = ['a', 'b'];
  @Tool('catalogue.find') @Cached('1m') async findItem(prefix: string): Promise<string[]> {
    return this.#items.filter((item) => item.startsWith(prefix));
  }
  @Tool() async countItems(): Promise<number> {
    return this.#items.length;
  }
}

@Tool({ name: 'checkout', namespace: 'shop' })
@CircuitBreaker()
class CheckoutTool {
  async execute(total: number): Promise<number> {
    return total;
  }
}

@Tool()
class NamelessTool {
  async execute(): Promise<string> {
    return 'nameless';
  }
}

test('tools with names have them, methods keep theirs, everything works', async () => {
  const catalogue = new Catalogue();
  const search = tool({ name: 'search', rateLimited: { limit: 5, per: '1s' } }, async (query: string) => query);
  expect([await catalogue.findItem('a'), await catalogue.findItem('a'), await catalogue.countItems()]).toEqual([['a'], ['a'], 2]);
  expect([await new CheckoutTool().execute(3), await search('x')]).toEqual([3, 'x']);
  expect(tools()).toEqual(['catalogue.find', 'catalogue.find', 'countItems', 'checkout', 'search']);
  expect(it.seen.metric('tool_executions_total', { tool: 'catalogue.find', namespace: 'shop', status: 'success' })).toBe(2);
  expect(describeTool(CheckoutTool)).toMatchObject({ name: 'checkout', namespace: 'shop', policies: [{ name: 'circuitBreaker' }] });
});

test('a class that is a tool without a name is called as the build calls it', async () => {
  expect(await new NamelessTool().execute()).toBe('nameless');
  expect(describeTool(NamelessTool).name).toBe(NamelessTool.name);
  expect(tools()).toEqual([NamelessTool.name]);
});

test('state is the function’s, not the name’s: classes that were shortened to the same one do not meet', async () => {
  const make = (value: string) => {
    class Shortened {
      @Cached('1m') async get(): Promise<string> {
        return value;
      }
    }
    return new Shortened();
  };
  const [one, other] = [make('one'), make('other')];
  expect([await one.get(), await other.get(), await one.get()]).toEqual(['one', 'other', 'one']);
});

test('errors are told apart by their names and codes, which no build shortens', async () => {
  class Sync {
    // @ts-expect-error -- it does not compile either
    @Retry() @Tool('sync') twice(n: number): number {
      return n * 2;
    }
    @Tool('limited') @RateLimited({ limit: 1, per: '1h' }) async limited(): Promise<void> {}
  }
  const sync = new Sync();
  await sync.limited();
  expect(await outcome(sync.limited())).toMatchObject({ name: 'RateLimitError', code: 'RATE_LIMITED', tool: 'limited' });
  expect(await outcome(sync.twice(1) as unknown as Promise<number>)).toBeInstanceOf(ConfigurationError);
});

test('a function without a name needs one', () => {
  expect(() => tool({}, [async () => undefined][0]!)).toThrow('tool(): name must be given, for the function has none');
});

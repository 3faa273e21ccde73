import { Cached, ConfigurationError, currentCall, describeTool, RateLimited, Retry, Tool } from 'toolspan';
import { observed, outcome } from '../../../support/observed.js';

const it = observed();

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

test('an async generator: the span lasts to the last chunk, this and arguments are as they were', async () => {
  class Log {
    #prefix = 'line';
    @Tool({ namespace: 'log' }) async *lines(count: number): AsyncGenerator<string, number, string | undefined> {
      for (let n = 0; n < count; n += 1) yield `${this.#prefix} ${n} of ${currentCall()?.tool}`;
      return count;
    }
    @Tool() static async *none(): AsyncGenerator<never> {}
  }
  const lines = new Log().lines(2);
  expect(it.seen.spans).toHaveLength(0);
  expect(await all(lines)).toEqual(['line 0 of lines', 'line 1 of lines']);
  expect(await all(Log.none())).toEqual([]);
  expect(it.seen.tree()).toBe('tool.execute log.lines ✓ 2 chunks\ntool.execute none ✓ 0 chunks');
  expect(it.seen.metric('tool_executions_total', { tool: 'lines', status: 'success' })).toBe(1);
  expect([Log.prototype.lines.name, Log.prototype.lines.length]).toEqual(['lines', 1]);
});

test('an async generator behind policies: they apply up to the first chunk', async () => {
  let runs = 0;
  class Log {
    @Retry({ maxRetries: 1, baseDelay: 0 }) @RateLimited({ limit: 5, per: '1s' }) async *lines(): AsyncGenerator<number> {
      runs += 1;
      if (runs === 1) throw new Error('not yet');
      yield 1;
      yield 2;
      throw new Error('broken');
    }
  }
  await expect(all(new Log().lines())).rejects.toThrow('broken');
  expect(runs).toBe(2);
  expect(it.seen.tree()).toBe(
    [
      'tool.execute lines ✗ broken',
      '├── tool.rate_limit.check allowed',
      '├── tool.retry.attempt #0 ✗ not yet',
      '│   └── tool.execute ✗ not yet',
      '└── tool.retry.attempt #1 ✓',
      '    └── tool.execute ✓',
    ].join('\n'),
  );
});

test('a stream that is left early is a success; one that nobody reads is no call', async () => {
  const closed: string[] = [];
  class Log {
    @Tool() async *lines(): AsyncGenerator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        closed.push('lines');
      }
    }
  }
  const log = new Log();
  log.lines();
  for await (const line of log.lines()) if (line === 1) break;
  expect(closed).toEqual(['lines']);
  expect(it.seen.tree()).toBe('tool.execute lines ✓ 1 chunk, cancelled');
});

test('a generator stays synchronous', () => {
  class Range {
    constructor(readonly from: number) {}
    @Tool() *upTo(last: number): Generator<number, string> {
      for (let n = this.from; n <= last; n += 1) yield n;
      return 'end';
    }
    @Tool() static *fail(): Generator<number> {
      yield 1;
      throw new RangeError('no');
    }
  }
  const range = new Range(1).upTo(2);
  expect([range.next(), range.next(), range.next()]).toEqual([
    { done: false, value: 1 },
    { done: false, value: 2 },
    { done: true, value: 'end' },
  ]);
  expect(() => [...Range.fail()]).toThrow('no');
  expect(it.seen.tree()).toBe('tool.execute upTo ✓ 2 chunks\ntool.execute fail ✗ no');
});

test('a class whose execute is a stream', async () => {
  @Tool('lines')
  @Retry(1)
  class Lines {
    async *execute(last: number): AsyncGenerator<number> {
      for (let n = 1; n <= last; n += 1) yield n;
    }
  }
  expect(await all(new Lines().execute(2))).toEqual([1, 2]);
  expect(it.seen.tree()).toBe('tool.execute lines ✓ 2 chunks\n└── tool.retry.attempt #0 ✓\n    └── tool.execute ✓');
});

test('a policy on a generator is a ConfigurationError at the call', () => {
  class Range {
    // @ts-expect-error -- it does not compile either
    @Retry() *upTo(last: number): Generator<number> {
      yield last;
    }
  }
  const call = () => new Range().upTo(2).next();
  expect(call).toThrow(ConfigurationError);
  expect(call).toThrow('tool "upTo" (Range.upTo) has a policy but returned no promise');
});

test('a policy on a method that hands on a generator of others: a ConfigurationError, with a cure that works', async () => {
  async function* numbers(): AsyncGenerator<number> {
    yield* [1, 2];
  }
  class Log {
    @Retry() plain(): AsyncGenerator<number> {
      return numbers();
    }
    @Retry() async cured(): Promise<AsyncGenerator<number>> {
      return numbers();
    }
    @Tool() traced(): AsyncGenerator<number> {
      return numbers();
    }
  }
  const log = new Log();
  const error = await outcome(log.plain() as unknown as Promise<unknown>);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(await outcome(all(log.plain()))).toBeInstanceOf(ConfigurationError);
  expect((error as Error).message).toContain('tool "plain" (Log.plain) has a policy but returned no promise: make the method async');
  expect([await all(await log.cured()), await all(log.traced())]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

test('a stream cannot be cached: that is a ConfigurationError where it is written', () => {
  const decorate = () => {
    class Log {
      // @ts-expect-error -- it does not compile either
      @Cached('1m') async *lines(): AsyncGenerator<number> {
        yield 1;
      }
    }
    return Log;
  };
  expect(decorate).toThrow(ConfigurationError);
  expect(decorate).toThrow('gives a stream, and a stream cannot be cached: it can be read once only');
});

test('a stream of a class with a cache by default says so at the call', async () => {
  @Cached('1m')
  class Log {
    @Tool() async *lines(): AsyncGenerator<number> {
      yield 1;
    }
    @Tool() async text(): Promise<string> {
      return 'text';
    }
  }
  const log = new Log();
  expect(await log.text()).toBe('text');
  expect(() => log.lines()).toThrow('tool "lines" (Log.lines) gives a stream, and a stream cannot be cached');
  expect(describeTool(Log, 'lines').policies.map(({ name }) => name)).toEqual(['cached']);
});

import { ConfigurationError, Fallback, Retry, Tool, tool, type FunctionToolOptions } from 'toolspan';
import { callsIn, collect, counted, endingOf } from '../streams/streaming.js';
import { observed, outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const warnings = warningsOf();
const it = observed();

const down = new Error('down');
let made = 0;

/** A tool that fails with whatever it is given. */
function failing(options: Partial<FunctionToolOptions>) {
  const all = { name: 'failing', namespace: `fallbacks ${(made += 1)}`, ...options } as FunctionToolOptions & { cached?: undefined };
  return tool(all, async (error: unknown, ..._more: unknown[]): Promise<unknown> => {
    throw error;
  });
}

const given = { items: [] };

describe('a fallback', () => {
  test.each<[string, unknown]>([
    ['a number', 0],
    ['null', null],
    ['a text', 'nothing found'],
    ['an object', given],
    ['an array', given.items],
    ['false', false],
  ])('of tool() that is %s is the result itself', async (_what, value) => {
    expect(await failing({ fallback: value })(down)).toBe(value);
  });

  test('that is a value is given as it is by @Fallback too, `undefined` included', async () => {
    class Service {
      @Fallback(undefined)
      async nothing(): Promise<unknown> {
        throw down;
      }

      @Fallback(given)
      async something(): Promise<unknown> {
        throw down;
      }
    }
    expect([await new Service().nothing(), await new Service().something()]).toEqual([undefined, given]);
    expect(await new Service().something()).toBe(given);
  });

  test('that is a function is given the error and the arguments, with `this` bound, and may take its time', async () => {
    class Service {
      place = 'here';

      @Fallback(async function (this: Service, error: unknown, query: string, limit: number) {
        await Promise.resolve();
        return [this.place, error, query, limit];
      })
      async search(_query: string, _limit: number): Promise<unknown> {
        throw down;
      }
    }
    expect(await new Service().search('q', 3)).toEqual(['here', down, 'q', 3]);
  });

  test('is not asked where the tool has an answer', async () => {
    const fallback = jest.fn();
    const well = tool({ name: 'well', fallback }, async () => 'well');
    expect(await well()).toBe('well');
    expect(fallback).not.toHaveBeenCalled();
    expect(it.seen.metric('tool_fallbacks_total', { tool: 'well' })).toBe(0);
    expect(callsIn(it.seen)[0]!.attributes).not.toHaveProperty('tool.fallback');
  });

  test('has the call succeed, is counted by itself, and keeps the error on the span', async () => {
    await failing({ fallback: 'nothing found' })(down);
    expect(counted(it.seen, 'failing')).toEqual({ success: 1, error: 0 });
    expect(it.seen.metric('tool_fallbacks_total', { tool: 'failing' })).toBe(1);
    const [span] = callsIn(it.seen);
    expect(span!.attributes).toMatchObject({ 'tool.fallback': true, 'tool.success': true });
    expect(span!.status.code).not.toBe('ERROR');
    expect(span!.events.map(({ name, attributes }) => [name, attributes['exception.message']])).toEqual([
      ['tool.fallback', undefined],
      ['exception', 'down'],
    ]);
  });

  test('stands in for refusals and time limits, once all attempts have failed', async () => {
    let runs = 0;
    const call = tool(
      { name: 'all', retry: { maxRetries: 2, baseDelay: 0 }, rateLimited: { limit: 1, per: '1h' }, fallback: (error: Error) => error.name },
      async () => {
        runs += 1;
        throw down;
      },
    );
    expect([await call(), runs, await call(), runs]).toEqual(['Error', 3, 'RateLimitError', 3]);
    const late = tool({ name: 'late', timeout: '1s', fallback: (error: Error) => error.name }, async () => new Promise(() => undefined));
    const answer = late();
    await it.clock.advance('1s');
    expect(await answer).toBe('ToolTimeoutError');
  });

  test('is not cached', async () => {
    let runs = 0;
    const call = tool({ name: 'cached', cached: '1h', fallback: 'instead' }, async () => {
      runs += 1;
      if (runs === 1) throw down;
      return 'well';
    });
    expect([await call(), await call(), await call(), runs]).toEqual(['instead', 'well', 'well', 2]);
  });

  test('of a class is for all its tools, and a method’s own wins', async () => {
    @Fallback('shared')
    class Service {
      shared = (error: Error): string => `shared ${error.message}`;

      @Tool()
      async one(): Promise<unknown> {
        throw down;
      }

      @Tool()
      @Retry(0)
      @Fallback(null)
      async other(): Promise<unknown> {
        throw down;
      }
    }
    expect([await new Service().one(), await new Service().other()]).toEqual(['shared down', null]);
  });
});

describe('no fallback', () => {
  const fallback = jest.fn(() => 'instead');
  beforeEach(() => fallback.mockClear());

  test('is asked for an abort by the caller', async () => {
    const abort = new AbortController();
    abort.abort(down);
    expect(await outcome(failing({ fallback })(down, abort.signal))).toBe(down);
    const gone = new DOMException('gone', 'AbortError');
    expect(await outcome(failing({ fallback })(gone))).toBe(gone);
    expect(await failing({ fallback })(gone, new AbortController().signal)).toBe('instead');
    expect(fallback).toHaveBeenCalledTimes(1);
    expect(it.seen.metric('tool_fallbacks_total', { tool: 'failing' })).toBe(1);
  });

  test('is asked for a ConfigurationError', async () => {
    const wrong = new ConfigurationError('wrong');
    expect(await outcome(failing({ fallback })(wrong))).toBe(wrong);
    expect(fallback).not.toHaveBeenCalled();
  });

  test('is asked where fallbackIf says so; one that throws is reported once and counted, and the fallback is given', async () => {
    class Service {
      @Fallback('instead', { fallbackIf: (error) => (error as Error).message === 'down' })
      async picky(error: unknown): Promise<unknown> {
        throw error;
      }

      @Tool('broken')
      @Fallback(() => 'instead', { fallbackIf: () => JSON.parse('{') as boolean })
      async broken(): Promise<unknown> {
        throw down;
      }

      instead(): string {
        return 'instead';
      }
    }
    const up = new Error('up');
    expect([await new Service().picky(down), await outcome(new Service().picky(up))]).toEqual(['instead', up]);
    expect([await new Service().broken(), await new Service().broken()]).toEqual(['instead', 'instead']);
    expect(warnings).toEqual([expect.stringMatching(/^tool "broken": fallbackIf failed \(/)]);
    expect(it.seen.metric('tool_callback_errors_total', { tool: 'broken', option: 'fallbackIf' })).toBe(2);
  });
});

describe('a fallback that throws', () => {
  test.each<[string, () => unknown]>([
    ['at once', () => JSON.parse('{')],
    ['later', async () => Promise.reject(new Error('broken'))],
  ])('%s leaves the original error, is reported once and counted each time', async (_when, fallback) => {
    const call = failing({ fallback });
    expect([await outcome(call(down)), await outcome(call(down))]).toEqual([down, down]);
    expect(warnings).toEqual([expect.stringMatching(/^tool "failing": fallback failed \(.+\); its calls go on without it$/)]);
    expect(it.seen.metric('tool_callback_errors_total', { tool: 'failing', option: 'fallback' })).toBe(2);
    expect(it.seen.metric('tool_fallbacks_total', { tool: 'failing' })).toBe(0);
    expect(counted(it.seen, 'failing')).toEqual({ success: 0, error: 2 });
    expect(callsIn(it.seen)[0]!.attributes).not.toHaveProperty('tool.fallback');
  });
});

describe('a fallback of a stream', () => {
  async function* chunks(): AsyncGenerator<number> {
    yield 7;
    yield 8;
  }

  test.each<[string, unknown, unknown[]]>([
    ['an async generator function', chunks, [7, 8]],
    ['an array', [7, 8], [7, 8]],
    ['an empty array', [], []],
    ['a text', 'none', ['none']],
    ['anything else', null, [null]],
  ])('that is %s gives its chunks in place of one that failed before its first', async (what, fallback, expected) => {
    const name = `stream of ${what}`;
    const stream = tool({ name, fallback, bulkhead: 1 }, async function* (fails: boolean): AsyncGenerator {
      if (fails) throw down;
      yield 1;
    });
    expect(await collect(stream(true))).toEqual(expected);
    expect(endingOf(it.seen, name)).toEqual({ outcome: 'completed', chunks: expected.length, success: true });
    expect(it.seen.metric('tool_fallbacks_total', { tool: name })).toBe(1);
    expect(await collect(stream(false))).toEqual([1]);
  });

  test('does not help a stream that fails after its first chunk', async () => {
    const stream = tool({ name: 'torn', fallback: [7, 8] }, async function* () {
      yield 1;
      throw down;
    });
    const reading = stream();
    await reading.next();
    expect(await outcome(reading.next())).toBe(down);
    expect(it.seen.metric('tool_fallbacks_total', { tool: 'torn' })).toBe(0);
  });
});

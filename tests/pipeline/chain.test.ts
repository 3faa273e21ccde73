import { Cached, describeTool, Fallback, listTools, Tool, tool, type FunctionToolOptions } from 'toolspan';

const work = async (): Promise<string> => 'done';
const chainOf = (options: FunctionToolOptions) => describeTool(tool({ name: 'work', ...options }, work)).policies;
const namesOf = (options: FunctionToolOptions) => chainOf(options).map(({ name }) => name);

const everything: FunctionToolOptions = {
  bulkhead: 5,
  hedge: { after: 'p95' },
  circuitBreaker: {},
  retry: {},
  rateLimited: { limit: 10, per: '1s' },
  cached: '1m',
  timeout: { attempt: '1s', total: '9s' },
  fallback: null,
};

test('the chain is what a call meets, outermost first, whatever order it was written in', () => {
  const order = ['fallback', 'timeout', 'cached', 'rateLimited', 'retry', 'hedge', 'circuitBreaker', 'bulkhead', 'timeout'];
  expect(namesOf(everything)).toEqual(order);
  const turned = Object.fromEntries(Object.entries(everything).reverse());
  expect(namesOf(turned)).toEqual(order);
});

test('a rate limit per attempt stands inside of the retries, and beside no other', () => {
  const perAttempt = { ...everything, rateLimited: { limit: 10, per: '1s', scope: 'attempt' } } as const;
  expect(namesOf(perAttempt)).toEqual([
    'fallback',
    'timeout',
    'cached',
    'retry',
    'hedge',
    'rateLimited',
    'circuitBreaker',
    'bulkhead',
    'timeout',
  ]);
  expect(chainOf(perAttempt)[5]!.options).toEqual({ limit: 10, per: 1_000, burst: 10, scope: 'attempt' });
});

test('a time limit stands where it acts: that of the call outside, that of an attempt inside', () => {
  const both = chainOf({ timeout: { attempt: '1s', total: '9s' }, retry: 1 });
  expect(both.map(({ name, options }) => [name, options['attempt'], options['total']])).toEqual([
    ['timeout', undefined, 9_000],
    ['retry', undefined, undefined],
    ['timeout', 1_000, undefined],
  ]);
  expect(chainOf({ timeout: '1s' })).toEqual([{ name: 'timeout', options: { attempt: 1_000 } }]);
  expect(chainOf({ timeout: { total: '1s' } })).toEqual([{ name: 'timeout', options: { total: 1_000 } }]);
});

test('options are complete, durations in milliseconds', () => {
  expect(
    chainOf({ cached: {}, retry: {}, hedge: { after: '1s' }, circuitBreaker: {}, bulkhead: 5, rateLimited: { limit: 5, per: '1m' } }),
  ).toEqual([
    { name: 'cached', options: { ttl: 300_000, maxEntries: 1_000, scope: 'class' } },
    { name: 'rateLimited', options: { limit: 5, per: 60_000, burst: 5 } },
    { name: 'retry', options: { maxRetries: 3, baseDelay: 200, maxDelay: 10_000, factor: 2, jitter: true } },
    { name: 'hedge', options: { after: 1_000, max: 1 } },
    { name: 'circuitBreaker', options: { failureThreshold: 5, resetTimeout: 60_000, halfOpenMax: 1, successThreshold: 2 } },
    { name: 'bulkhead', options: { maxConcurrent: 5, maxQueue: 0 } },
  ]);
  expect(chainOf({ hedge: { after: 'p95' }, retry: { budget: { ratio: 0.5 } }, cached: { staleIfError: '1h', tags: ['a', 'b'] } })).toEqual(
    [
      { name: 'cached', options: expect.objectContaining({ staleIfError: 3_600_000, tags: ['a', 'b'] }) },
      { name: 'retry', options: expect.objectContaining({ budget: { ratio: 0.5, min: 3 } }) },
      { name: 'hedge', options: { after: 'p95', max: 1 } },
    ],
  );
});

test('functions go by their names', () => {
  function keyOf(): string {
    return 'key';
  }
  const chain = chainOf({
    cached: { key: keyOf, ttl: () => 5, cacheIf: () => true },
    retry: { retryIf: class Odd {} as never },
    fallback: keyOf,
  });
  expect(chain.map(({ options }) => options)).toEqual([
    { handler: 'function keyOf' },
    expect.objectContaining({ key: 'function keyOf', ttl: 'function ttl', cacheIf: 'function cacheIf' }),
    expect.objectContaining({ retryIf: 'class Odd' }),
  ]);
});

const circular: Record<string, unknown> = {};
circular['itself'] = circular;

test.each<[string, unknown, unknown]>([
  ['null', null, { result: null }],
  ['text', 'none', { result: 'none' }],
  ['an object', { items: [], total: 0 }, { result: { items: [], total: 0 } }],
  ['an object with a function', { items: [], close: work }, { result: { items: [], close: 'function work' } }],
  ['a Date', new Date(0), { result: '1970-01-01T00:00:00.000Z' }],
  ['what JSON cannot say', 10n, '[object Object]'],
  ['what refers to itself', circular, '[object Object]'],
])('a fallback that is %s is shown as JSON has it', (_what, fallback, shown) => {
  const chain = chainOf({ fallback });
  expect(chain).toEqual([{ name: 'fallback', options: { value: shown } }]);
  expect(JSON.parse(JSON.stringify(chain))).toEqual(chain);
});

test('a fallback of a decorator is a method, a function or a value', () => {
  const only = () => true;
  class Web {
    @Fallback('cachedPage') async page(): Promise<string> {
      return 'page';
    }
    @Fallback(work, { fallbackIf: only }) async text(): Promise<string> {
      return 'text';
    }
    @Fallback([]) async list(): Promise<string[]> {
      return ['item'];
    }
    async cachedPage(): Promise<string> {
      return 'cached';
    }
  }
  expect(['page', 'text', 'list'].map((key) => describeTool(Web, key).policies)).toEqual([
    [{ name: 'fallback', options: { method: 'cachedPage' } }],
    [{ name: 'fallback', options: { handler: 'function work', fallbackIf: 'function only' } }],
    [{ name: 'fallback', options: { value: { result: [] } } }],
  ]);
});

test('a circuit that is switched off is in the chain, and says so', () => {
  expect(chainOf({ circuitBreaker: { mode: 'disabled', name: 'github' } })[0]!.options).toMatchObject({ mode: 'disabled', name: 'github' });
});

test('the whole list of tools is plain JSON', () => {
  const isFull = () => true;
  class Listed {
    @Tool({ name: 'listed', namespace: 'chain', description: 'What it does.' }) @Cached({ cacheIf: isFull }) async get(): Promise<void> {}
  }
  const listed = listTools().find(({ name }) => name === 'listed')!;
  expect(listed).toEqual(describeTool(Listed));
  expect(JSON.parse(JSON.stringify(listed))).toEqual({
    name: 'listed',
    namespace: 'chain',
    description: 'What it does.',
    policies: [{ name: 'cached', options: { ttl: 300_000, maxEntries: 1_000, scope: 'class', cacheIf: 'function isFull' } }],
  });
});

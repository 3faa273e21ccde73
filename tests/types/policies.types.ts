// Compiled, not run, twice (legacy and standard decorators): the policies, their options, and what looks at their state.
import {
  Bulkhead,
  BulkheadFullError,
  Cached,
  circuit,
  CircuitBreaker,
  CircuitOpenError,
  configureTools,
  describeTool,
  Fallback,
  Hedge,
  invalidate,
  RateLimited,
  rateLimit,
  Retry,
  Timeout,
  Tool,
  tool,
  RateLimitError,
  ToolRefusedError,
  ToolTimeoutError,
  Use,
  type BulkheadOptions,
  type CachedOptions,
  type CircuitBreakerOptions,
  type CircuitHandle,
  type CircuitOpenData,
  type CircuitOpenReason,
  type CircuitState,
  type HedgeOptions,
  type JsonValue,
  type NamedPolicies,
  type RateLimitData,
  type RateLimitHandle,
  type RateLimitPeek,
  type TimeoutOptions,
  type ToolErrorCause,
  type ToolRefusalData,
  type ToolsConfiguration,
  type ToolTimeoutData,
  type WaitedFor,
} from 'toolspan';

interface Page {
  readonly url: string;
  readonly maxAge: number | undefined;
}

@Use('upstream')
@Timeout('30s')
@Bulkhead(10)
@Hedge('p95')
@Fallback(null)
class Policies {
  readonly user = 'user';
  @Timeout('5s') async bare(): Promise<void> {}
  @Timeout(5_000, { total: '1m' }) async beside(): Promise<void> {}
  @Timeout({ attempt: '5s', total: 60_000 }) async written(): Promise<void> {}
  @Timeout({ total: '1m' }) async total(): Promise<void> {}
  @Bulkhead(5) @Bulkhead({ maxConcurrent: 5, maxQueue: 10, maxWait: '1s', name: 'shared' }) async crowded(): Promise<void> {}
  @Hedge('200ms') @Hedge(200) @Hedge('p99.9') @Hedge({ after: 'p95', max: 2 }) async hedged(): Promise<void> {}
  @Use('upstream') @Use('a', 'b', 'c') async named(): Promise<void> {}
  @Fallback([]) @Fallback('bare') @Fallback(undefined) async value(): Promise<string[]> {
    return [];
  }
  @Fallback((error: unknown, id: number) => [String(error), id]) async made(_id: number): Promise<unknown> {
    return undefined;
  }
  @Fallback(0, { fallbackIf: (error) => error instanceof ToolTimeoutError }) async some(): Promise<number> {
    return 1;
  }
  @Timeout('5s') @Bulkhead(5) @Hedge('p95') @Use('upstream') @Fallback(null) async *stream(): AsyncGenerator<string> {}
  @Timeout('5s') static async fixed(): Promise<void> {}
  @Cached({
    ttl: ({ maxAge }: Page) => maxAge,
    ttlJitter: 0.1,
    key(this: Policies, url: string) {
      return `${this.user}/${url}`;
    },
    cacheIf: (page: Page) => page.url !== '',
    errorTtl: (error) => (error instanceof ToolTimeoutError ? '1s' : undefined),
    staleWhileRevalidate: '1m',
    staleIfError: '10m',
    tags: (url: string) => [url, 'pages'],
    maxWeight: 1_000_000,
    weigh: ({ url }: Page) => url.length,
    clone: true,
  })
  async page(url: string): Promise<Page> {
    return { url, maxAge: 5 };
  }
  @Cached({ ttl: () => '5m', tags: ['all'], errorTtl: () => 500 }) async simple(): Promise<void> {}
  @Retry({
    jitter: 'decorrelated',
    maxElapsed: '1m',
    retryIf: (error, attempt) => error instanceof Error && attempt < 2,
    retryResult: (result, attempt) => result === null && attempt < 2,
    budget: { ratio: 0.2, min: 3 },
  })
  @CircuitBreaker({
    failureRate: 0.5,
    window: '30s',
    minimumCalls: 10,
    slowCall: '2s',
    slowCallRate: 0.9,
    maxResetTimeout: '10m',
    countIf: (errorOrResult) => errorOrResult instanceof Error,
    mode: 'observe',
    name: 'github',
  })
  @RateLimited({ limit: 5, per: '1s', key: (id: string) => id, cost: (_id: string, rows: number) => rows, maxKeys: 10, scope: 'attempt' })
  async all(_id: string, _rows: number): Promise<void> {}
}

class WrongMethods {
  // @ts-expect-error -- a time limit on a method that returns no promise
  @Timeout('5s') timed(): number {
    return 1;
  }
  // @ts-expect-error -- the same
  @Bulkhead(5) crowded(): number {
    return 1;
  }
  // @ts-expect-error -- the same
  @Hedge('1s') hedged(): void {}
  // @ts-expect-error -- the same
  @Fallback(0) fallen(): number {
    return 1;
  }
  // @ts-expect-error -- the same
  @Use('upstream') used(): void {}
  // @ts-expect-error -- a generator cannot wait
  @Timeout('5s') *range(): Generator<number> {}
}

class WrongOptions {
  // @ts-expect-error -- not a duration
  @Timeout('5 seconds') async duration(): Promise<void> {}
  // @ts-expect-error -- there is no such option
  @Timeout({ attempts: '5s' }) async attempts(): Promise<void> {}
  // @ts-expect-error -- something must be said
  @Timeout() async nothing(): Promise<void> {}
  // @ts-expect-error -- how many must be said
  @Bulkhead({ maxQueue: 5 }) async noPlaces(): Promise<void> {}
  // @ts-expect-error -- the same
  @Bulkhead() async noPlacesEither(): Promise<void> {}
  // @ts-expect-error -- after must be said
  @Hedge({ max: 2 }) async never(): Promise<void> {}
  // @ts-expect-error -- neither a duration nor a quantile
  @Hedge('95%') async percent(): Promise<void> {}
  // @ts-expect-error -- which one?
  @Use() async noName(): Promise<void> {}
  // @ts-expect-error -- names are text
  @Use(5) async wrongName(): Promise<void> {}
  // @ts-expect-error -- a list is written out
  @Use(['a', 'b']) async list(): Promise<void> {}
  // @ts-expect-error -- what is written beside a fallback is options
  @Fallback(0, true) async noOptions(): Promise<number> {
    return 1;
  }
  // @ts-expect-error -- an answer is yes or no
  @Fallback(0, { fallbackIf: () => 'yes' }) async wrongAnswer(): Promise<number> {
    return 1;
  }
  // @ts-expect-error -- a mode of no circuit
  @CircuitBreaker({ mode: 'off' }) async mode(): Promise<void> {}
  // @ts-expect-error -- a window of time is written with its unit
  @CircuitBreaker({ failureRate: 0.5, window: '30' }) async window(): Promise<void> {}
  // @ts-expect-error -- no jitter of that name
  @Retry({ jitter: 'half' }) async jitter(): Promise<void> {}
  // @ts-expect-error -- a share of what?
  @Retry({ budget: 0.2 }) async budget(): Promise<void> {}
  // @ts-expect-error -- tags are text
  @Cached({ tags: [5] }) async tags(): Promise<void> {}
  // @ts-expect-error -- a tag function gives a list
  @Cached({ tags: () => 'all' }) async oneTag(): Promise<void> {}
  // @ts-expect-error -- a ttl is a duration
  @Cached({ ttl: () => 'soon' }) async ttl(): Promise<void> {}
  // @ts-expect-error -- it is asked at once: no promise
  @Cached({ cacheIf: async () => true }) async late(): Promise<void> {}
  // @ts-expect-error -- a weight is a number
  @Cached({ maxWeight: 5, weigh: () => '5' }) async weight(): Promise<void> {}
  // @ts-expect-error -- a stream cannot be cached
  @Cached({ staleIfError: '1m' }) async *stream(): AsyncGenerator<string> {}
  // @ts-expect-error -- a decorator must be called
  @Timeout async timeoutNotCalled(): Promise<void> {}
  // @ts-expect-error -- the same
  @Bulkhead async bulkheadNotCalled(): Promise<void> {}
  // @ts-expect-error -- the same
  @Hedge async hedgeNotCalled(): Promise<void> {}
  // @ts-expect-error -- the same
  @Use async useNotCalled(): Promise<void> {}
  // @ts-expect-error -- the same
  @Fallback async fallbackNotCalled(): Promise<void> {}
  // @ts-expect-error -- total stands beside a duration, or all in one
  @Timeout({ attempt: '5s' }, { total: '6s' }) async twice(): Promise<void> {}
  // @ts-expect-error -- attempt is given twice
  @Timeout('5s', { attempt: '6s' }) async attemptTwice(): Promise<void> {}
  // @ts-expect-error -- there must be something to give
  @Fallback() async nothingInstead(): Promise<void> {}
}

// Keys of tool().
const search: (query: string) => Promise<string[]> = tool(
  {
    name: 'search',
    timeout: { attempt: '5s', total: '1m' },
    bulkhead: { maxConcurrent: 5 },
    hedge: { after: 'p95' },
    fallback: (_error: unknown, query: string) => [query],
    use: ['upstream', 'other'],
    cached: { ttl: (rows: string[]) => (rows.length > 0 ? '5m' : undefined) },
  },
  async (query: string) => [query],
);
const short = tool({ timeout: '5s', bulkhead: 5, hedge: '200ms', fallback: 0, use: 'upstream' }, async (n: number) => n);
const streamed: () => AsyncGenerator<number> = tool({ timeout: '5s', use: 'upstream', name: 'streamed' }, async function* () {
  yield 1;
});
// @ts-expect-error -- a policy on a synchronous function
tool({ name: 'sync', timeout: '5s' }, () => 1);
// @ts-expect-error -- the same
tool({ name: 'sync', use: 'upstream' }, () => 1);
// @ts-expect-error -- the same
tool({ name: 'sync', fallback: 0 }, () => 1);
// @ts-expect-error -- not a duration
tool({ name: 'wrong', timeout: 'soon' }, async () => 1);
// @ts-expect-error -- after must be said
tool({ name: 'wrong', hedge: {} }, async () => 1);
// @ts-expect-error -- names are text
tool({ name: 'wrong', use: [5] }, async () => 1);
// @ts-expect-error -- there is no such option
tool({ name: 'wrong', bulkhead: { places: 5 } }, async () => 1);

// Options, written apart.
const timeoutOptions: TimeoutOptions = { total: '1m' };
const bulkheadOptions: BulkheadOptions = { maxConcurrent: 1 };
const hedgeOptions: HedgeOptions = { after: '1s', max: 3 };
const circuitOptions: CircuitBreakerOptions = { window: 20, failureRate: 0.5 };
const cachedOptions: CachedOptions = { ttl: '5m', cacheIf: (result: string) => result !== '' };
// @ts-expect-error -- what is not said to be anything has no members
const untyped: CachedOptions = { cacheIf: (result) => result.length > 0 };
const policies: NamedPolicies = {
  retry: 3,
  cached: cachedOptions,
  circuitBreaker: circuitOptions,
  timeout: timeoutOptions,
  fallback: null,
};
const configuration: ToolsConfiguration = {
  policies: { upstream: policies, other: { bulkhead: bulkheadOptions, hedge: hedgeOptions } },
  defaults: { retry: { jitter: 'equal' }, cached: '10m', bulkhead: { maxQueue: 5 }, rateLimited: { maxWait: '1s' } },
};
configureTools(configuration);
// @ts-expect-error -- a named policy names no others
configureTools({ policies: { upstream: { use: 'other' } } });
// @ts-expect-error -- there is no such policy
configureTools({ defaults: { retries: 3 } });

// What looks at state.
const breaker: CircuitHandle = circuit(Policies, 'all');
const handles: CircuitHandle[] = [circuit('github'), circuit(search), circuit(new Policies(), 'all')];
const state: CircuitState = breaker.state;
const failures: number = breaker.failureCount;
const forget: () => void = breaker.onTransition((from, to) => {
  const both: readonly CircuitState[] = [from, to];
  return both;
});
breaker.open();
breaker.close();
breaker.reset();
// @ts-expect-error -- it is moved by its methods
breaker.state = 'OPEN';
// @ts-expect-error -- a listener of two states
breaker.onTransition((from: number) => from);
const limit: RateLimitHandle = rateLimit(Policies, 'all');
const looks: RateLimitPeek[] = [limit.peek(), limit.peek('user'), limit.peek(5)];
const free: [boolean, number, number] = [looks[0]!.allowed, looks[0]!.remaining, looks[0]!.retryAfterMs];
// @ts-expect-error -- an object is no key
limit.peek({});
const forgotten: number[] = [
  invalidate(search, ['query']),
  invalidate(search, 'pages'),
  invalidate(new Policies(), 'page', ['url']),
  invalidate(Policies, 'page', 'pages'),
];
// @ts-expect-error -- what is meant must be said
invalidate(search);
// @ts-expect-error -- neither arguments nor a tag
invalidate(search, 5);
const chain: readonly { readonly name: string; readonly options: Readonly<Record<string, JsonValue>> }[] = describeTool(search).policies;

function about(error: unknown): ToolRefusalData | ToolTimeoutData | undefined {
  if (error instanceof BulkheadFullError) return { ...error.toJSON(), retryNowHelps: error.code === 'BULKHEAD_FULL' };
  if (error instanceof ToolRefusedError) return error.toJSON();
  if (error instanceof ToolTimeoutError) return { ...error.toJSON(), timeoutMs: error.timeoutMs, scope: error.scope };
  return undefined;
}

function told(error: RateLimitError | CircuitOpenError | ToolTimeoutError): readonly (ToolErrorCause | null | number | boolean)[] {
  const { cause, retryNowHelps, retryable, attempts } = error.toJSON();
  return [cause, retryNowHelps, retryable, attempts];
}

function why(error: unknown): CircuitOpenReason | WaitedFor | 'running' | null | undefined {
  if (error instanceof RateLimitError) ({ ...error.toJSON(), mayWaitAfterMs: null }) satisfies RateLimitData;
  if (error instanceof CircuitOpenError) return (error.toJSON() satisfies CircuitOpenData).reason ?? error.reason;
  return error instanceof ToolTimeoutError ? error.during : undefined;
}

import { Cached, CircuitBreaker, configureTools, ConfigurationError, RateLimited, Retry, Tool, tool, traceToolExecution } from 'toolspan';

function thrownBy(action: () => unknown): ConfigurationError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('nothing was thrown');
}

/** Applies a decorator to a method `search` of a class `Web`, as TypeScript's legacy decorators do. */
function decorate(...decorators: ((target: object, key: string, descriptor: PropertyDescriptor) => unknown)[]): void {
  class Web {
    async search(): Promise<void> {}
  }
  const target = Web.prototype;
  for (const decorator of decorators) {
    const descriptor = Object.getOwnPropertyDescriptor(target, 'search')!;
    Object.defineProperty(target, 'search', (decorator(target, 'search', descriptor) as PropertyDescriptor | undefined) ?? descriptor);
  }
}

const DURATION = "a duration above 0: milliseconds, or a string such as '250ms', '30s', '5m', '1h', '1d'";
const DURATION_OR_ZERO = DURATION.replace('above 0', 'of 0 or more');
const CACHED =
  'ttl, ttlJitter, key, maxEntries, maxWeight, weigh, scope, cacheIf, errorTtl, staleWhileRevalidate, staleIfError, tags, clone';
const CIRCUIT =
  'failureThreshold, resetTimeout, maxResetTimeout, halfOpenMax, successThreshold, failureRate, window, minimumCalls, slowCall, slowCallRate, countIf, countResultIf, mode, name';

test.each<[string, unknown, string]>([
  ['@Cached', Cached('soon' as never), `ttl must be ${DURATION}, or a function, got "soon"`],
  ['@Cached', Cached(0), `ttl must be ${DURATION}, or a function, got 0`],
  ['@Cached', Cached({ ttl: Infinity }), `ttl must be ${DURATION}, or a function, got Infinity`],
  ['@Cached', Cached({ ttl: -1 }), `ttl must be ${DURATION}, or a function, got -1`],
  ['@Cached', Cached({ maxEntries: 1.5 }), 'maxEntries must be a whole number of at least 1, got 1.5'],
  ['@Cached', Cached({ key: 'id' as never }), 'key must be a function, got "id"'],
  ['@Cached', Cached({ scope: 'global' as never }), "scope must be one of 'class', 'instance', got \"global\""],
  ['@Cached', Cached({ tll: '5m' } as never), `there is no option tll (got "5m"); there are: ${CACHED}`],
  ['@Retry', Retry(-1), 'maxRetries must be a whole number of at least 0, got -1'],
  ['@Retry', Retry('3' as never), 'maxRetries must be a whole number of at least 0, got "3"'],
  ['@Retry', Retry(null as never), 'maxRetries must be a whole number of at least 0, got null'],
  ['@Retry', Retry({ maxRetries: NaN }), 'maxRetries must be a whole number of at least 0, got NaN'],
  ['@Retry', Retry({ baseDelay: '1 minute' as never }), `baseDelay must be ${DURATION_OR_ZERO}, got "1 minute"`],
  ['@Retry', Retry({ maxDelay: 0 }), `maxDelay must be ${DURATION}, got 0`],
  ['@Retry', Retry({ factor: 0.5 }), 'factor must be a number of at least 1, got 0.5'],
  [
    '@Retry',
    Retry({ jitter: 'half' as never }),
    "jitter must be true or false, or one of 'full', 'equal', 'decorrelated', 'none', got \"half\"",
  ],
  ['@CircuitBreaker', CircuitBreaker({ failureThreshold: 0 }), 'failureThreshold must be a whole number of at least 1, got 0'],
  ['@CircuitBreaker', CircuitBreaker({ failureRatio: 0.5 } as never), `there is no option failureRatio (got 0.5); there are: ${CIRCUIT}`],
  ['@CircuitBreaker', CircuitBreaker({ failureRate: 0 }), 'failureRate must be a number above 0 and at most 1, got 0'],
  ['@CircuitBreaker', CircuitBreaker([] as never), 'options must be an object, got []; write {} for the defaults'],
  ['@RateLimited', RateLimited(10 as never), "options must be an object, got 10; write { limit: 10, per: '1s' }"],
  ['@RateLimited', RateLimited({ limit: 0, per: '1s' }), 'limit must be a whole number of at least 1, got 0'],
  ['@RateLimited', RateLimited({ limit: 1 } as never), `per must be ${DURATION}, got undefined`],
  ['@RateLimited', RateLimited({ limit: 1, per: '1s', burst: 0 }), 'burst must be a whole number of at least 1, got 0'],
  ['@Tool', Tool(''), 'name must be a string that is not empty, got ""'],
  ['@Tool', Tool({ namespace: 5 } as never), 'namespace must be a string that is not empty, got 5'],
])('%s refuses a wrong option, and says which, and what is allowed', (decorator, applied, complaint) => {
  const error = thrownBy(() => decorate(applied as never));
  expect(error.message).toBe(`${decorator} on Web.search: ${complaint}`);
  expect([error.code, error.tool, error.namespace]).toEqual(['CONFIGURATION', 'Web.search', 'default']);
});

test('where the name is known already, the error bears it', () => {
  const error = thrownBy(() => decorate(Tool({ name: 'web.search', namespace: 'web' }), Retry(-1)));
  expect(error.message).toContain('@Retry on tool "web.search" (Web.search): maxRetries');
  expect([error.tool, error.namespace]).toEqual(['web.search', 'web']);
});

test('a decorator written twice is refused', () => {
  expect(thrownBy(() => decorate(Retry(1) as never, Retry(2) as never)).message).toContain('@Retry is written twice');
});

test('tool() names the tool and the policy', () => {
  const work = async () => undefined;
  expect(thrownBy(() => tool({ name: 'search', retry: -1 }, work)).message).toBe(
    'tool "search" retry: maxRetries must be a whole number of at least 0, got -1',
  );
  expect(thrownBy(() => tool({ name: 'search', timeouts: '5s' } as never, work)).message).toContain('there is no option timeouts');
  expect(thrownBy(() => tool({ name: 'search', timeout: 'soon' as never }, work)).message).toBe(
    `tool "search" timeout: attempt must be ${DURATION}, got "soon"`,
  );
  expect(thrownBy(() => tool({}, async () => undefined)).message).toContain('name must be given');
  expect(thrownBy(() => tool({ name: 'x' }, 'not a function' as never)).message).toContain('must be a function, got "not a function"');
  expect(thrownBy(() => tool(undefined as never, work)).message).toContain('options must be an object, got undefined');
});

test('what is written in the wrong place is told the right one', () => {
  const work = async () => undefined;
  const known = 'there are: name, namespace, description, attributes, streamIdleTimeout';
  expect(thrownBy(() => decorate(Tool({ cached: '5m' } as never))).message).toBe(
    `@Tool on Web.search: there is no option cached (got "5m"); ${known}; write @Cached beside @Tool`,
  );
  expect(thrownBy(() => tool({ name: 'search', rateLimit: 5 } as never, work)).message).toContain(
    `tool "search": there is no option rateLimit (got 5); ${known}, cached, rateLimited, retry, circuitBreaker`,
  );
  const call = "; write tool({ name: 'search' }, fn)";
  expect(thrownBy(() => tool(work as never, {} as never)).message).toBe(`tool(): options must be an object, got function work${call}`);
  expect(thrownBy(() => tool('search' as never, work)).message).toBe(`tool(): options must be an object, got "search"${call}`);
  expect(thrownBy(() => tool({ name: 'search' }, undefined as never)).message).toBe(
    `tool(): the second argument must be a function, got undefined${call}, or @Tool() above a method`,
  );
});

test('a class is no function, and a constructor no method', () => {
  expect(thrownBy(() => tool({ name: 'search' }, class Search {} as never)).message).toBe(
    'tool(): the second argument must be a function, got class Search; a class becomes a tool by @Tool() above it, and its execute is what runs',
  );
  const onMember = Tool() as (target: object, key: string, descriptor: PropertyDescriptor) => unknown;
  const { prototype } = class Web {};
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'constructor')!;
  expect(thrownBy(() => onMember(prototype, 'constructor', descriptor)).message).toBe(
    '@Tool on Web.constructor: this is the constructor, which makes instances and is no tool; put it on the class',
  );
  const ofClass = { value: () => 'a static method may bear that name', writable: true, configurable: true };
  expect(() => onMember(class Odd {}, 'constructor', ofClass)).not.toThrow();
});

test('what is no method is refused with the cure', () => {
  const property = Tool() as (target: object, key: string, descriptor?: unknown) => unknown;
  const target = class Web {}.prototype;
  expect(thrownBy(() => property(target, 'field')).message).toBe(
    '@Tool on Web.field: this is a property, which legacy decorators ("experimentalDecorators") cannot wrap; write it as a method: async field() { ... }, or compile with standard decorators',
  );
  expect(thrownBy(() => property(target, 'size', { get: () => 1 })).message).toContain('this is a getter or setter');
  expect(thrownBy(() => property(target, 'search', 0)).message).toContain('this is a parameter');
});

test('a class needs decorated methods or an execute, and a name only in the second case', () => {
  expect(thrownBy(() => Tool()(class Empty {})).message).toBe(
    '@Tool on Empty: the class has no decorated method and no method execute; decorate its methods, or write one called execute',
  );
  class Calculator {
    @Tool() async add(): Promise<void> {}
  }
  expect(thrownBy(() => Tool({ name: 'calculator' })(Calculator)).message).toBe(
    '@Tool on Calculator: name must be left out (got "calculator"), for the class has decorated methods, each with a name of its own: Calculator.add',
  );
});

test('configureTools and traceToolExecution check theirs', () => {
  expect(thrownBy(() => configureTools({ rateLimit: { limit: 5 } })).message).toContain('configureTools rateLimit: per must be');
  expect(thrownBy(() => configureTools({ rateLimits: {} } as never)).message).toContain('there is no option rateLimits');
  expect(thrownBy(() => traceToolExecution('', () => 1)).message).toContain('name must be a string that is not empty');
  expect(thrownBy(() => traceToolExecution('x', { namespace: '' }, () => 1)).message).toContain('namespace must be');
});

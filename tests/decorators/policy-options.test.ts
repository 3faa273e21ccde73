import { ConfigurationError, tool, type FunctionToolOptions } from 'toolspan';

const DURATION = "a duration above 0: milliseconds, or a string such as '250ms', '30s', '5m', '1h', '1d'";
const DURATION_OR_ZERO = DURATION.replace('above 0', 'of 0 or more');
const FUNCTION = 'a function';
const NAME = 'a string that is not empty';
const SHARE = 'a number above 0 and at most 1';
const count = (least: number): string => `a whole number of at least ${least}`;

/** Every option of every policy: what is allowed, and values that are not. */
const TABLE: Readonly<Record<string, Readonly<Record<string, readonly [allowed: string, wrong: readonly unknown[]]>>>> = {
  cached: {
    ttl: [`${DURATION}, or ${FUNCTION}`, [0, -1, Infinity, 'soon', true, null]],
    ttlJitter: [SHARE, [0, 1.1, -0.5, NaN, '0.5', true]],
    key: [FUNCTION, ['id', 5, {}]],
    maxEntries: [count(1), [0, 1.5, Infinity, '10', null]],
    maxWeight: [count(1), [0, -1, 2 ** 60, '1mb']],
    weigh: [FUNCTION, [1, 'length']],
    scope: ["one of 'class', 'instance'", ['global', true, null]],
    cacheIf: [FUNCTION, [true, 'ok']],
    errorTtl: [FUNCTION, ['1m', 1_000]],
    staleWhileRevalidate: [DURATION, [0, true, '1 minute', -1]],
    staleIfError: [DURATION, [0, true, 'always']],
    tags: [`an array of strings, or ${FUNCTION}`, ['users', ['users', 5], [''], { users: true }]],
    clone: ['true or false', ['deep', 1, null]],
  },
  rateLimited: {
    limit: [count(1), [0, 1.5, '10', null]],
    per: [DURATION, [0, 'second', null]],
    burst: [count(1), [0, 0.5]],
    maxWait: [DURATION, [0, Infinity]],
    key: [FUNCTION, ['user']],
    maxKeys: [count(1), [0, NaN]],
    cost: [`a number of at least 0, or ${FUNCTION}`, [-1, NaN, Infinity, '5']],
    scope: ["one of 'call', 'attempt'", ['tool', 5]],
    name: [NAME, ['', ' ', 5]],
  },
  retry: {
    maxRetries: [count(0), [-1, 1.5, '3', true, null]],
    baseDelay: [DURATION_OR_ZERO, [-1, 'now', NaN]],
    maxDelay: [DURATION, [0, -1]],
    factor: ['a number of at least 1', [0.5, NaN, Infinity, '2']],
    jitter: ["true or false, or one of 'full', 'equal', 'decorrelated', 'none'", ['half', 0.5, null]],
    maxElapsed: [DURATION, [0, 'ever']],
    retryIf: [FUNCTION, [true, 'timeout']],
    retryResult: [FUNCTION, [null, 'empty']],
    budget: [
      `an object with ratio (${SHARE}) and min (${count(0)})`,
      [0.2, { ratio: 0 }, { ratio: 2 }, { min: -1 }, { rate: 0.2 }, [], null],
    ],
  },
  circuitBreaker: {
    failureThreshold: [count(1), [0, 2.5, '5', null]],
    resetTimeout: [DURATION, [0, 'later']],
    maxResetTimeout: [DURATION, [0, -5]],
    halfOpenMax: [count(1), [0, true]],
    successThreshold: [count(1), [0, '2']],
    failureRate: [SHARE, [0, 50, '50%', NaN]],
    window: ["a whole number of attempts from 1 to 1,000,000, or a length of time such as '30s'", [0, 1.5, '0s', 'long', null]],
    minimumCalls: [count(1), [0, 1.5]],
    slowCall: [DURATION, [0, true]],
    slowCallRate: [SHARE, [0, 1.01]],
    countIf: [FUNCTION, [true, 'status']],
    countResultIf: [FUNCTION, [true, 'status']],
    mode: ["one of 'enforce', 'observe', 'disabled'", ['off', false]],
    name: [NAME, ['', 5]],
  },
  timeout: { attempt: [DURATION, [0, -1, 'soon', true]], total: [DURATION, [0, null, 'soon']] },
  bulkhead: {
    maxConcurrent: [count(1), [0, 1.5, '5', null]],
    maxQueue: [count(0), [-1, Infinity]],
    maxWait: [DURATION, [0, 'ever']],
    name: [NAME, ['  ', 5]],
  },
  hedge: {
    after: [`${DURATION}, or a quantile of its recent durations such as 'p95'`, [0, 'p0', 'p100', '95', 'p', 'p-5', null]],
    max: [count(1), [0, 1.5, '1']],
  },
};

/** What a policy cannot do without, so that only the option at hand is wrong. */
const REST: Readonly<Record<string, object>> = {
  rateLimited: { limit: 1, per: '1s' },
  bulkhead: { maxConcurrent: 1 },
  hedge: { after: 5 },
};

const CASES = Object.entries(TABLE).flatMap(([policy, options]) =>
  Object.entries(options).flatMap(([option, [allowed, wrong]]) => wrong.map((value) => [policy, option, value, allowed] as const)),
);

function shownValue(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

function refused(options: object): ConfigurationError {
  try {
    tool({ name: 'search', namespace: 'web', ...options }, async () => 1);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('nothing was refused');
}

test.each(CASES)('%s: %s = %j is refused, naming tool, option, value and what is allowed', (policy, option, value, allowed) => {
  const error = refused({ [policy]: { ...REST[policy], [option]: value } });
  expect(error.message).toBe(`tool "search" ${policy}: ${option} must be ${allowed}, got ${shownValue(value)}`);
  expect([error.code, error.tool, error.namespace]).toEqual(['CONFIGURATION', 'search', 'web']);
});

test.each(Object.keys(TABLE))('%s: an option of another name is refused, with those that there are', (policy) => {
  const error = refused({ [policy]: { ...REST[policy], nonsense: 5 } });
  const known = Object.keys(TABLE[policy]!).join(', ');
  expect(error.message).toBe(`tool "search" ${policy}: there is no option nonsense (got 5); there are: ${known}`);
});

test.each<[string, unknown, string]>([
  ['cached', 'soon', `ttl must be ${DURATION}, or ${FUNCTION}, got "soon"`],
  ['retry', -1, 'maxRetries must be a whole number of at least 0, got -1'],
  ['timeout', 'soon', `attempt must be ${DURATION}, got "soon"`],
  ['bulkhead', 0, 'maxConcurrent must be a whole number of at least 1, got 0'],
  ['bulkhead', {}, 'maxConcurrent must be a whole number of at least 1, got undefined'],
  ['hedge', 'p0', `after must be ${DURATION}, or a quantile of its recent durations such as 'p95', got "p0"`],
  ['hedge', {}, `after must be ${DURATION}, or a quantile of its recent durations such as 'p95', got undefined`],
  ['rateLimited', { limit: 5 }, `per must be ${DURATION}, got undefined`],
  ['circuitBreaker', 5, 'options must be an object, got 5; write {} for the defaults'],
  ['rateLimited', 5, "options must be an object, got 5; write { limit: 10, per: '1s' }"],
  ['timeout', [], "options must be an object, got []; write { attempt: '5s' }"],
  ['bulkhead', [], 'options must be an object, got []; write { maxConcurrent: 10 }'],
  ['hedge', [], "options must be an object, got []; write { after: '200ms' }"],
  ['use', '', 'policies must be one or more names of policies, got ""'],
  ['use', [], 'policies must be one or more names of policies, got []'],
  ['use', ['upstream', 5], 'policies must be one or more names of policies, got ["upstream",5]'],
])('%s = %j is refused in the words of the long form', (policy, given, complaint) => {
  expect(refused({ [policy]: given }).message).toBe(`tool "search" ${policy}: ${complaint}`);
});

test('everything at the edge of what is allowed is allowed', () => {
  const edge: FunctionToolOptions = {
    cached: { ttl: 0.001, ttlJitter: 1, maxEntries: 1, maxWeight: 1, weigh: () => 1, tags: [], staleIfError: 1, clone: false },
    rateLimited: { limit: 1, per: 1, burst: 1, maxWait: 1, key: () => 'key', maxKeys: 1, cost: 0 },
    retry: { maxRetries: 0, baseDelay: 0, maxDelay: 1, factor: 1, jitter: 'none', budget: { ratio: 1, min: 0 } },
    circuitBreaker: { failureThreshold: 1, failureRate: 1, window: 1, minimumCalls: 1, slowCall: 1, slowCallRate: 1 },
    timeout: { attempt: 1, total: 1 },
    bulkhead: { maxConcurrent: 1, maxQueue: 1, maxWait: 1 },
    hedge: { after: 'p99.9', max: 1 },
    fallback: undefined,
    use: ['one', 'other'],
  };
  expect(() => tool({ name: 'edge', ...edge }, async () => 1)).not.toThrow();
});

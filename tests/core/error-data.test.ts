import {
  BulkheadFullError,
  CircuitOpenError,
  ConfigurationError,
  RateLimitError,
  ToolError,
  ToolRefusedError,
  ToolTimeoutError,
  type RefusalContext,
} from '../../src/core/errors.js';

const subject = { tool: 'search', namespace: 'web' };
const identity = { tool: 'search', namespace: 'web' };
const AGAIN_LATER = 'Trying again now does not help; try again later.';

describe('a refusal says what happened, why, when to come back, and whether trying again now helps', () => {
  const refusals: [ToolRefusedError, string, string][] = [
    [new RateLimitError(subject, 'tool_limit', 1_500), 'its rate limit is used up', 'Try again in 1.5 s; before that it is refused again.'],
    [
      new RateLimitError(subject, 'global_limit', 60_000),
      'the rate limit that all tools share is used up',
      'Try again in 60 s; before that it is refused again.',
    ],
    [
      new RateLimitError(subject, 'tool_limit', undefined),
      'it costs more than its rate limit ever lets pass at once',
      'Trying again never helps; ask for less.',
    ],
    [
      new CircuitOpenError(subject, 5, 30_000),
      'its last 5 attempts failed, so its circuit is open',
      'Try again in 30 s; before that it is refused again.',
    ],
    [
      new CircuitOpenError(subject, 1, 250),
      'its last attempt failed, so its circuit is open',
      'Try again in 250 ms; before that it is refused again.',
    ],
    [
      new CircuitOpenError(subject, 1, undefined),
      'it did not work well before, and a trial call is finding out whether it does again',
      AGAIN_LATER,
    ],
    [new CircuitOpenError(subject, 'its circuit was opened by hand', undefined), 'its circuit was opened by hand', AGAIN_LATER],
    [
      new CircuitOpenError(subject, '6 of its last 10 attempts failed, so its circuit is open', 500),
      '6 of its last 10 attempts failed, so its circuit is open',
      'Try again in 500 ms; before that it is refused again.',
    ],
    [
      new BulkheadFullError(subject, 5, 0),
      'all 5 calls that may run at a time are running',
      'Trying again at once hardly helps; try again when one of these calls has ended.',
    ],
    [
      new BulkheadFullError(subject, 1, 2_000),
      'it did not get a place within 2 s: the one call that may run at a time is running',
      'Trying again at once means to wait anew, at the end of the queue; try again when that call has ended.',
    ],
  ];

  test.each(refusals.map(([error, why, again]) => [why, error, again] as const))('%s', (why, error, again) => {
    expect(error.message).toBe(`Tool "search" was not run: ${why}. ${again}`);
    expect(error.toJSON()).toMatchObject({
      name: error.name,
      code: error.code,
      ...identity,
      message: error.message,
      why,
      attempts: 0,
      cause: null,
      retryAfterMs: error.retryAfterMs ?? null,
      retryNowHelps: false,
      retryable: !again.includes('never helps'),
    });
    expect(error).toBeInstanceOf(ToolRefusedError);
  });

  test.each([
    [1, 'failed once in this call and was not run again'],
    [3, 'failed 3 times in this call and was not run again'],
  ])('and that it ran %d times before', (attempts, happened) => {
    const cause = new Error('down');
    const error = new CircuitOpenError(subject, 5, 1_000, { attempts, cause });
    expect(error.message).toMatch(new RegExp(`^Tool "search" ${happened}: its last 5 attempts failed`));
    expect([error.attempts, error.toJSON().attempts, error.cause]).toEqual([attempts, attempts, cause]);
  });

  test('has a cause only where there was one, be it undefined', () => {
    expect(Object.hasOwn(new RateLimitError(subject, 'tool_limit', 1), 'cause')).toBe(false);
    expect(Object.hasOwn(new RateLimitError(subject, 'tool_limit', 1, { attempts: 1, cause: undefined }), 'cause')).toBe(true);
  });

  test.each([
    [0.2, 1],
    [1, 1],
    [1.0000000001, 1],
    [1.5, 2],
    [999.0001, 1_000],
  ])('gives %d ms as %d whole ones, so that nobody comes too early', (retryAfterMs, whole) => {
    expect(new RateLimitError(subject, 'tool_limit', retryAfterMs).retryAfterMs).toBe(whole);
  });
});

describe('a time limit says what was too slow', () => {
  test.each([
    ['attempt', 'an attempt may take'],
    ['call', 'a call may take with all its attempts and waits'],
  ] as const)('%s', (scope, what) => {
    const error = new ToolTimeoutError(subject, 2_500, scope);
    const message = `Tool "search" gave no answer within 2.5 s, the longest that ${what}. It may still take effect. Trying again now can help, but it may then be done twice.`;
    expect(error.message).toBe(message);
    expect(error.toJSON()).toEqual({
      name: 'ToolTimeoutError',
      code: 'TIMEOUT',
      ...identity,
      message,
      timeoutMs: 2_500,
      scope,
      during: 'running',
      mayTakeEffect: true,
      attempts: 0,
      cause: null,
      retryNowHelps: true,
      retryable: true,
    });
  });

  test('is that of an attempt unless it says so, and no refusal', () => {
    const error = new ToolTimeoutError(subject, 5);
    expect(error.scope).toBe('attempt');
    expect(error).toBeInstanceOf(ToolError);
    expect(error).not.toBeInstanceOf(ToolRefusedError);
  });
});

describe('the error behind, as data', () => {
  const thrower = (): never => {
    throw new Error('trap');
  };
  const trapped = Object.defineProperties(new Error('hidden'), { message: { get: thrower }, name: { get: thrower } });
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();

  test.each<[string, unknown, unknown]>([
    ['an Error', new RangeError('too far'), { name: 'RangeError', message: 'too far' }],
    [
      'an error of ours',
      new RateLimitError(subject, 'tool_limit', 5),
      { name: 'RateLimitError', message: expect.stringContaining('used up') },
    ],
    ['a string', 'down', { name: '_OTHER', message: 'down' }],
    ['a BigInt', 5n, { name: '_OTHER', message: '5' }],
    ['a symbol', Symbol('down'), { name: '_OTHER', message: 'Symbol(down)' }],
    ['null', null, { name: '_OTHER', message: 'null' }],
    ['nothing', undefined, null],
    ['something circular', circular, { name: '_OTHER', message: '[object Object]' }],
    ['an Error whose cause is itself', Object.assign(new Error('round'), { cause: circular }), { name: 'Error', message: 'round' }],
    ['one whose getters throw', trapped, { name: '_OTHER', message: 'an object that cannot be printed' }],
    ['a revoked proxy', revoked, { name: '_OTHER', message: 'an object that cannot be printed' }],
  ])('is plain, and reading it never throws: %s', (_what, cause, data) => {
    const context: RefusalContext = { attempts: 1, cause };
    const errors = [
      new RateLimitError(subject, 'tool_limit', 5, context),
      new CircuitOpenError(subject, 1, 5, context),
      new BulkheadFullError(subject, 1, 0, context),
      new ToolTimeoutError(subject, 5, 'call', context),
    ];
    for (const error of errors) {
      expect(error.cause).toBe(cause);
      expect(error.toJSON()).toMatchObject({ attempts: 1, cause: data });
      expect(JSON.parse(JSON.stringify(error))).toEqual(error.toJSON());
    }
  });
});

test('a circuit that is said to be open in words only has no reason as data', () => {
  const error = new CircuitOpenError(subject, 'it is down for the night', undefined);
  expect([error.state, error.reason, error.toJSON().reason]).toEqual(['OPEN', undefined, null]);
  expect(new CircuitOpenError(subject, 3, 5).toJSON()).toMatchObject({ state: 'OPEN', reason: 'failures', failureCount: 3 });
  expect(new CircuitOpenError(subject, 3, undefined).toJSON()).toMatchObject({ state: 'HALF_OPEN', reason: 'probing' });
});

test('the message and the data tell the same time', () => {
  const error = new RateLimitError(subject, 'tool_limit', 150 + 1e-9, { maxWaitMs: 100 });
  expect(error.message).toContain('Try again in 150 ms, when it may pass at once, or in 50 ms, when');
  expect(error.toJSON()).toMatchObject({ retryAfterMs: 150, mayWaitAfterMs: 50 });
});

test('JSON.stringify shows the same as toJSON(), for every error of ours', () => {
  const errors = [
    new RateLimitError(subject, 'tool_limit', 5),
    new CircuitOpenError(subject, 'it is', undefined),
    new BulkheadFullError(subject, 1, 0),
    new ToolTimeoutError(subject, 5),
    new ConfigurationError('written wrongly', subject),
  ];
  for (const error of errors) expect(JSON.parse(JSON.stringify({ error }))).toEqual({ error: error.toJSON() });
  expect(errors.map(({ name, code }) => [name, code])).toEqual([
    ['RateLimitError', 'RATE_LIMITED'],
    ['CircuitOpenError', 'CIRCUIT_OPEN'],
    ['BulkheadFullError', 'BULKHEAD_FULL'],
    ['ToolTimeoutError', 'TIMEOUT'],
    ['ConfigurationError', 'CONFIGURATION'],
  ]);
});

import { fails, failsAfter, gives, givesAfter, stage } from './play.js';

const play = stage();

test('fallback and timeout: an attempt that takes too long is answered by the fallback', async () => {
  const played = await play({ fallback: 'instead', timeout: '1s' }, [givesAfter(5_000, 'late')]);
  expect(played).toEqual({
    outcomes: ['instead'],
    runs: 1,
    executions: [1, 0],
    tree: ['tool.execute act ✓ by its fallback'],
  });
});

test('fallback and cached: what a fallback gave is not kept', async () => {
  const played = await play({ fallback: 'instead', cached: '1m' }, [fails('down'), gives('fine')], ['a', 'a', 'a']);
  expect(played).toEqual({
    outcomes: ['instead', 'fine', 'fine'],
    runs: 2,
    executions: [3, 0],
    tree: [
      'tool.execute act ✓ by its fallback',
      '└── tool.cache.lookup miss',
      'tool.execute act ✓',
      '├── tool.cache.lookup miss',
      '└── tool.cache.set',
      'tool.execute act ✓ cached',
      '└── tool.cache.lookup hit',
    ],
  });
});

test('fallback and rateLimited: a refused call is answered by the fallback', async () => {
  const played = await play({ fallback: 'instead', rateLimited: { limit: 1, per: '1m' } }, [gives('fine')], ['a', 'a']);
  expect(played).toEqual({
    outcomes: ['fine', 'instead'],
    runs: 1,
    executions: [2, 0],
    tree: [
      'tool.execute act ✓',
      '└── tool.rate_limit.check allowed',
      'tool.execute act ✓ by its fallback',
      '└── tool.rate_limit.check refused by tool_limit',
    ],
  });
});

test('fallback and retry: the fallback answers when the retries are used up', async () => {
  const played = await play({ fallback: 'instead', retry: { maxRetries: 1, jitter: false } }, [fails('down'), fails('still down')]);
  expect(played).toEqual({
    outcomes: ['instead'],
    runs: 2,
    executions: [1, 0],
    tree: [
      'tool.execute act ✓ by its fallback',
      '├── tool.retry.attempt #0 ✗ down',
      '│   └── tool.execute ✗ down',
      '└── tool.retry.attempt #1 ✗ still down',
      '    └── tool.execute ✗ still down',
    ],
  });
});

test('fallback and hedge: the fallback answers when all that run side by side have failed', async () => {
  const played = await play({ fallback: 'instead', hedge: '100ms' }, [failsAfter(200, 'slow'), fails('hedge')]);
  expect(played).toEqual({
    outcomes: ['instead'],
    runs: 2,
    executions: [1, 0],
    tree: ['tool.execute act ✓ by its fallback'],
  });
});

test('fallback and circuitBreaker: an open circuit is answered by the fallback', async () => {
  const played = await play({ fallback: 'instead', circuitBreaker: { failureThreshold: 1 } }, [fails('down')], ['a', 'a']);
  expect(played).toEqual({
    outcomes: ['instead', 'instead'],
    runs: 1,
    executions: [2, 0],
    tree: [
      'tool.execute act ✓ by its fallback',
      '└── tool.circuit_breaker.check CLOSED',
      'tool.execute act ✓ by its fallback',
      '└── tool.circuit_breaker.check OPEN',
    ],
  });
});

test('fallback and bulkhead: a full bulkhead is answered by the fallback', async () => {
  const played = await play({ fallback: 'instead', bulkhead: 1 }, [givesAfter(100, 'fine')], [['a', 'b']]);
  expect(played).toEqual({
    outcomes: ['fine', 'instead'],
    runs: 1,
    executions: [2, 0],
    tree: ['tool.execute act ✓', 'tool.execute act ✓ by its fallback'],
  });
});

test('timeout and cached: a time limit is no result to keep, and what comes late is not kept either', async () => {
  const played = await play({ timeout: '1s', cached: '1m' }, [givesAfter(5_000, 'late'), gives('fine')], ['a', 'a']);
  expect(played).toEqual({
    outcomes: [
      'ToolTimeoutError: Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      'fine',
    ],
    runs: 2,
    executions: [1, 1],
    tree: [
      'tool.execute act ✗ Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      '└── tool.cache.lookup miss',
      'tool.execute act ✓',
      '├── tool.cache.lookup miss',
      '└── tool.cache.set',
    ],
  });
});

test('timeout and rateLimited: an attempt that takes too long has used its token', async () => {
  const played = await play({ timeout: '1s', rateLimited: { limit: 1, per: '1m' } }, [givesAfter(5_000, 'late')], ['a', 'a']);
  expect(played).toEqual({
    outcomes: [
      'ToolTimeoutError: Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      'RateLimitError: Tool "act" was not run: its rate limit is used up. Try again in 59 s; before that it is refused again.',
    ],
    runs: 1,
    executions: [0, 2],
    tree: [
      'tool.execute act ✗ Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      '└── tool.rate_limit.check allowed',
      'tool.execute act ✗ Tool "act" was not run: its rate limit is used up. Try again in 59 s; before that it is refused again.',
      '└── tool.rate_limit.check refused by tool_limit',
    ],
  });
});

test('timeout and retry: an attempt that takes too long is tried again', async () => {
  const played = await play({ timeout: '1s', retry: { maxRetries: 1, jitter: false } }, [givesAfter(5_000, 'late'), gives('fine')]);
  expect(played).toEqual({
    outcomes: ['fine'],
    runs: 2,
    executions: [1, 0],
    tree: [
      'tool.execute act ✓',
      '├── tool.retry.attempt #0 ✗ Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      '│   └── tool.execute ✗ Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      '└── tool.retry.attempt #1 ✓',
      '    └── tool.execute ✓',
    ],
  });
});

test('timeout and hedge: each of those that run side by side has its own time limit', async () => {
  const played = await play({ timeout: '1s', hedge: '500ms' }, [givesAfter(5_000, 'late'), givesAfter(700, 'fine')]);
  expect(played).toEqual({
    outcomes: ['fine'],
    runs: 2,
    executions: [1, 0],
    tree: ['tool.execute act ✓ hedged'],
  });
});

test('timeout and circuitBreaker: a time limit is a failure that opens the circuit', async () => {
  const played = await play({ timeout: '1s', circuitBreaker: { failureThreshold: 1 } }, [givesAfter(5_000, 'late')], ['a', 'a']);
  expect(played).toEqual({
    outcomes: [
      'ToolTimeoutError: Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      'CircuitOpenError: Tool "act" was not run: its last attempt failed, so its circuit is open. Try again in 60 s; before that it is refused again.',
    ],
    runs: 1,
    executions: [0, 2],
    tree: [
      'tool.execute act ✗ Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      '└── tool.circuit_breaker.check CLOSED',
      'tool.execute act ✗ Tool "act" was not run: its last attempt failed, so its circuit is open. Try again in 60 s; before that it is refused again.',
      '└── tool.circuit_breaker.check OPEN',
    ],
  });
});

test('timeout and bulkhead: an attempt that takes too long gives its place back', async () => {
  const played = await play({ timeout: '1s', bulkhead: 1 }, [givesAfter(5_000, 'late'), gives('fine')], ['a', 'b']);
  expect(played).toEqual({
    outcomes: [
      'ToolTimeoutError: Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      'fine',
    ],
    runs: 2,
    executions: [1, 1],
    tree: [
      'tool.execute act ✗ Tool "act" gave no answer within 1 s, the longest that an attempt may take. It may still take effect. Trying again now can help, but it may then be done twice.',
      'tool.execute act ✓',
    ],
  });
});

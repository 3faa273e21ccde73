import { fails, gives, givesAfter, stage } from './play.js';

const play = stage();

test('cached and rateLimited: a hit costs no token', async () => {
  const played = await play({ cached: '1m', rateLimited: { limit: 1, per: '1m' } }, [gives('fine')], ['a', 'a', 'b']);
  expect(played).toEqual({
    outcomes: [
      'fine',
      'fine',
      'RateLimitError: Tool "act" was not run: its rate limit is used up. Try again in 60 s; before that it is refused again.',
    ],
    runs: 1,
    executions: [2, 1],
    tree: [
      'tool.execute act ✓',
      '├── tool.cache.lookup miss',
      '├── tool.rate_limit.check allowed',
      '└── tool.cache.set',
      'tool.execute act ✓ cached',
      '└── tool.cache.lookup hit',
      'tool.execute act ✗ Tool "act" was not run: its rate limit is used up. Try again in 60 s; before that it is refused again.',
      '├── tool.cache.lookup miss',
      '└── tool.rate_limit.check refused by tool_limit',
    ],
  });
});

test('cached and retry: the result of a retry is kept', async () => {
  const played = await play({ cached: '1m', retry: { maxRetries: 1, jitter: false } }, [fails('down'), gives('fine')], ['a', 'a']);
  expect(played).toEqual({
    outcomes: ['fine', 'fine'],
    runs: 2,
    executions: [2, 0],
    tree: [
      'tool.execute act ✓',
      '├── tool.cache.lookup miss',
      '├── tool.retry.attempt #0 ✗ down',
      '│   └── tool.execute ✗ down',
      '├── tool.retry.attempt #1 ✓',
      '│   └── tool.execute ✓',
      '└── tool.cache.set',
      'tool.execute act ✓ cached',
      '└── tool.cache.lookup hit',
    ],
  });
});

test('cached and hedge: the result that came first is kept, once', async () => {
  const played = await play({ cached: '1m', hedge: '100ms' }, [givesAfter(1_000, 'first'), gives('second')], ['a', 'a']);
  expect(played).toEqual({
    outcomes: ['second', 'second'],
    runs: 2,
    executions: [2, 0],
    tree: [
      'tool.execute act ✓ hedged',
      '├── tool.cache.lookup miss',
      '└── tool.cache.set',
      'tool.execute act ✓ cached',
      '└── tool.cache.lookup hit',
    ],
  });
});

test('cached and circuitBreaker: a hit is served while the circuit is open', async () => {
  const played = await play({ cached: '1m', circuitBreaker: { failureThreshold: 1 } }, [gives('fine'), fails('down')], ['a', 'b', 'a']);
  expect(played).toEqual({
    outcomes: ['fine', 'Error: down', 'fine'],
    runs: 2,
    executions: [2, 1],
    tree: [
      'tool.execute act ✓',
      '├── tool.cache.lookup miss',
      '├── tool.circuit_breaker.check CLOSED',
      '└── tool.cache.set',
      'tool.execute act ✗ down',
      '├── tool.cache.lookup miss',
      '└── tool.circuit_breaker.check CLOSED',
      'tool.execute act ✓ cached',
      '└── tool.cache.lookup hit',
    ],
  });
});

test('cached and bulkhead: a call that waits for another one takes no place', async () => {
  const played = await play({ cached: '1m', bulkhead: 1 }, [givesAfter(100, 'fine')], [['a', 'a', 'b']]);
  expect(played).toEqual({
    outcomes: [
      'fine',
      'fine',
      'BulkheadFullError: Tool "act" was not run: the one call that may run at a time is running. Trying again at once hardly helps; try again when that call has ended.',
    ],
    runs: 1,
    executions: [2, 1],
    tree: [
      'tool.execute act ✓',
      '├── tool.cache.lookup miss',
      '└── tool.cache.set',
      'tool.execute act ✓ coalesced',
      '└── tool.cache.lookup miss',
      'tool.execute act ✗ Tool "act" was not run: the one call that may run at a time is running. Trying again at once hardly helps; try again when that call has ended.',
      '└── tool.cache.lookup miss',
    ],
  });
});

test('rateLimited and retry: all attempts of a call take one token', async () => {
  const played = await play(
    { rateLimited: { limit: 1, per: '1m' }, retry: { maxRetries: 1, jitter: false } },
    [fails('down'), gives('fine')],
    ['a', 'a'],
  );
  expect(played).toEqual({
    outcomes: [
      'fine',
      'RateLimitError: Tool "act" was not run: its rate limit is used up. Try again in 59.8 s; before that it is refused again.',
    ],
    runs: 2,
    executions: [1, 1],
    tree: [
      'tool.execute act ✓',
      '├── tool.rate_limit.check allowed',
      '├── tool.retry.attempt #0 ✗ down',
      '│   └── tool.execute ✗ down',
      '└── tool.retry.attempt #1 ✓',
      '    └── tool.execute ✓',
      'tool.execute act ✗ Tool "act" was not run: its rate limit is used up. Try again in 59.8 s; before that it is refused again.',
      '└── tool.rate_limit.check refused by tool_limit',
    ],
  });
});

test('rateLimited and hedge: all that run side by side take one token', async () => {
  const played = await play(
    { rateLimited: { limit: 1, per: '1m' }, hedge: '100ms' },
    [givesAfter(1_000, 'first'), gives('second')],
    ['a', 'a'],
  );
  expect(played).toEqual({
    outcomes: [
      'second',
      'RateLimitError: Tool "act" was not run: its rate limit is used up. Try again in 59.9 s; before that it is refused again.',
    ],
    runs: 2,
    executions: [1, 1],
    tree: [
      'tool.execute act ✓ hedged',
      '└── tool.rate_limit.check allowed',
      'tool.execute act ✗ Tool "act" was not run: its rate limit is used up. Try again in 59.9 s; before that it is refused again.',
      '└── tool.rate_limit.check refused by tool_limit',
    ],
  });
});

test('rateLimited and circuitBreaker: a call that the limit refuses does not ask the circuit', async () => {
  const played = await play({ rateLimited: { limit: 1, per: '1m' }, circuitBreaker: { failureThreshold: 1 } }, [fails('down')], ['a', 'a']);
  expect(played).toEqual({
    outcomes: [
      'Error: down',
      'RateLimitError: Tool "act" was not run: its rate limit is used up. Try again in 60 s; before that it is refused again.',
    ],
    runs: 1,
    executions: [0, 2],
    tree: [
      'tool.execute act ✗ down',
      '├── tool.rate_limit.check allowed',
      '└── tool.circuit_breaker.check CLOSED',
      'tool.execute act ✗ Tool "act" was not run: its rate limit is used up. Try again in 60 s; before that it is refused again.',
      '└── tool.rate_limit.check refused by tool_limit',
    ],
  });
});

test('rateLimited and bulkhead: a call that the limit refuses takes no place', async () => {
  const played = await play({ rateLimited: { limit: 1, per: '1m' }, bulkhead: 1 }, [givesAfter(100, 'fine')], [['a', 'b']]);
  expect(played).toEqual({
    outcomes: [
      'fine',
      'RateLimitError: Tool "act" was not run: its rate limit is used up. Try again in 60 s; before that it is refused again.',
    ],
    runs: 1,
    executions: [1, 1],
    tree: [
      'tool.execute act ✓',
      '└── tool.rate_limit.check allowed',
      'tool.execute act ✗ Tool "act" was not run: its rate limit is used up. Try again in 60 s; before that it is refused again.',
      '└── tool.rate_limit.check refused by tool_limit',
    ],
  });
});

import { fails, failsAfter, gives, givesAfter, stage } from './play.js';

const play = stage();

test('retry and hedge: each attempt is hedged, and a hedge bears the number of its attempt', async () => {
  const played = await play({ retry: { maxRetries: 1, jitter: false }, hedge: '100ms' }, [
    failsAfter(200, 'slow'),
    fails('hedge'),
    givesAfter(1_000, 'first'),
    gives('second'),
  ]);
  expect(played).toEqual({
    outcomes: ['second'],
    runs: 4,
    executions: [1, 0],
    tree: [
      'tool.execute act ✓ hedged',
      '├── tool.retry.attempt #0 ✗ slow',
      '│   └── tool.execute ✗ slow',
      '├── tool.retry.attempt #0 ✗ hedge',
      '│   └── tool.execute ✗ hedge',
      '├── tool.retry.attempt #1 given up: another attempt was quicker',
      '│   └── tool.execute given up: another attempt was quicker',
      '└── tool.retry.attempt #1 ✓ hedged',
      '    └── tool.execute ✓ hedged',
    ],
  });
});

test('retry and circuitBreaker: a circuit that opens ends the loop, with the last error as the cause', async () => {
  const played = await play({ retry: { maxRetries: 5, jitter: false }, circuitBreaker: { failureThreshold: 2 } }, [fails('down')]);
  expect(played).toEqual({
    outcomes: [
      'CircuitOpenError: Tool "act" failed 2 times in this call and was not run again: its last 2 attempts failed, so its circuit is open. Try again in 60 s; before that it is refused again.',
    ],
    runs: 2,
    executions: [0, 1],
    tree: [
      'tool.execute act ✗ Tool "act" failed 2 times in this call and was not run again: its last 2 attempts failed, so its circuit is open. Try again in 60 s; before that it is refused again.',
      '├── tool.circuit_breaker.check CLOSED',
      '├── tool.retry.attempt #0 ✗ down',
      '│   └── tool.execute ✗ down',
      '├── tool.circuit_breaker.check CLOSED',
      '├── tool.retry.attempt #1 ✗ down',
      '│   └── tool.execute ✗ down',
      '└── tool.circuit_breaker.check OPEN',
    ],
  });
});

test('retry and bulkhead: between two attempts the place is free', async () => {
  const played = await play(
    { retry: { maxRetries: 1, jitter: false }, bulkhead: 1 },
    [fails('down'), gives('other'), gives('fine')],
    [['a', 'b']],
  );
  expect(played).toEqual({
    outcomes: [
      'other',
      'BulkheadFullError: Tool "act" was not run: the one call that may run at a time is running. Trying again at once hardly helps; try again when that call has ended.',
    ],
    runs: 2,
    executions: [1, 1],
    tree: [
      'tool.execute act ✓',
      '├── tool.retry.attempt #0 ✗ down',
      '│   └── tool.execute ✗ down',
      '└── tool.retry.attempt #1 ✓',
      '    └── tool.execute ✓',
      'tool.execute act ✗ Tool "act" was not run: the one call that may run at a time is running. Trying again at once hardly helps; try again when that call has ended.',
    ],
  });
});

test('hedge and circuitBreaker: all that run side by side ask the circuit, and who was too slow is no failure', async () => {
  const played = await play(
    { hedge: '100ms', circuitBreaker: { failureThreshold: 1 } },
    [failsAfter(1_000, 'slow'), gives('second')],
    ['a', 'b'],
  );
  expect(played).toEqual({
    outcomes: ['second', 'second'],
    runs: 3,
    executions: [2, 0],
    tree: [
      'tool.execute act ✓ hedged',
      '├── tool.circuit_breaker.check CLOSED',
      '└── tool.circuit_breaker.check CLOSED',
      'tool.execute act ✓',
      '└── tool.circuit_breaker.check CLOSED',
    ],
  });
});

test('hedge and bulkhead: a hedge takes a place of its own, and where there is none the first runs on', async () => {
  const played = await play({ hedge: '100ms', bulkhead: 1 }, [givesAfter(1_000, 'first')]);
  expect(played).toEqual({
    outcomes: ['first'],
    runs: 1,
    executions: [1, 0],
    tree: ['tool.execute act ✓ hedged'],
  });
});

test('circuitBreaker and bulkhead: a full bulkhead is no failure of the circuit', async () => {
  const played = await play({ circuitBreaker: { failureThreshold: 1 }, bulkhead: 1 }, [givesAfter(100, 'fine')], [['a', 'b'], 'c']);
  expect(played).toEqual({
    outcomes: [
      'fine',
      'BulkheadFullError: Tool "act" was not run: the one call that may run at a time is running. Trying again at once hardly helps; try again when that call has ended.',
      'fine',
    ],
    runs: 2,
    executions: [2, 1],
    tree: [
      'tool.execute act ✓',
      '└── tool.circuit_breaker.check CLOSED',
      'tool.execute act ✗ Tool "act" was not run: the one call that may run at a time is running. Trying again at once hardly helps; try again when that call has ended.',
      '└── tool.circuit_breaker.check CLOSED',
      'tool.execute act ✓',
      '└── tool.circuit_breaker.check CLOSED',
    ],
  });
});

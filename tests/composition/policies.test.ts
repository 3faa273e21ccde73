import { Cached, CircuitBreaker, CircuitOpenError, configureTools, RateLimited, RateLimitError, Retry, Tool, tool } from 'toolspan';
import { observed, outcome } from '../support/observed.js';

const it = observed();

/** A tree as the test writes it: one line each, without the margin. */
function tree(text: string): string {
  const lines = text.split('\n').slice(1, -1);
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(margin)).join('\n');
}

class Net {
  runs = 0;
  fail = 0;

  work(): Promise<number> {
    this.runs += 1;
    return this.runs <= this.fail ? Promise.reject(new Error(`down ${this.runs}`)) : Promise.resolve(this.runs);
  }

  @Tool('all')
  @Cached('1m')
  @RateLimited({ limit: 2, per: '1m' })
  @Retry({ maxRetries: 2 })
  @CircuitBreaker({ failureThreshold: 2 })
  async all(_key: string): Promise<number> {
    return this.work();
  }

  @Tool('backwards')
  @CircuitBreaker({ failureThreshold: 2 })
  @Retry({ maxRetries: 2 })
  @RateLimited({ limit: 2, per: '1m' })
  @Cached('1m')
  async backwards(_key: string): Promise<number> {
    return this.work();
  }

  @Tool('retrying')
  @Retry({ maxRetries: 5, jitter: false })
  @CircuitBreaker({ failureThreshold: 2, resetTimeout: '1m', successThreshold: 1 })
  async retrying(): Promise<number> {
    return this.work();
  }
}

test('a miss meets cache, rate limit, circuit and attempts in this order, a hit only the cache', async () => {
  const net = new Net();
  net.fail = 1;
  expect([await net.all('a'), await net.all('a')]).toEqual([2, 2]);
  expect(net.runs).toBe(2);
  expect(it.seen.tree()).toBe(
    tree(`
    tool.execute all ✓
    ├── tool.cache.lookup miss
    ├── tool.rate_limit.check allowed
    ├── tool.circuit_breaker.check CLOSED
    ├── tool.retry.attempt #0 ✗ down 1
    │   └── tool.execute ✗ down 1
    ├── tool.circuit_breaker.check CLOSED
    ├── tool.retry.attempt #1 ✓
    │   └── tool.execute ✓
    └── tool.cache.set
    tool.execute all ✓ cached
    └── tool.cache.lookup hit
  `),
  );
  const metric = (name: string, labels = {}) => it.seen.metric(name, { tool: 'all', ...labels });
  expect(metric('tool_executions_total', { status: 'success' })).toBe(2);
  expect(metric('tool_execution_duration_seconds_count')).toBe(2);
  expect(metric('tool_retry_attempts_total', { attempt: 0, success: false })).toBe(1);
  expect(metric('tool_retry_attempts_total', { attempt: 1, success: true })).toBe(1);
  expect(metric('tool_circuit_breaker_failures_total')).toBe(1);
  expect(metric('tool_rate_limit_checks_total', { allowed: true })).toBe(1);
});

test('the order in which decorators are written changes nothing', async () => {
  const [one, other] = [new Net(), new Net()];
  one.fail = other.fail = 1;
  await one.all('a');
  const first = it.seen.tree();
  it.seen.reset();
  await other.backwards('a');
  expect(it.seen.tree()).toBe(first.replace('execute all', 'execute backwards'));
});

test('a cache hit costs no token and is served while the circuit is open', async () => {
  const net = new Net();
  await net.all('kept');
  net.fail = Infinity;
  expect(await outcome(net.all('other'))).toBeInstanceOf(CircuitOpenError);
  expect(await outcome(net.all('more'))).toBeInstanceOf(RateLimitError);
  for (let call = 0; call < 10; call++) expect(await net.all('kept')).toBe(1);
});

test('a circuit that opens during the loop ends it at once: the next check refuses, and carries the reason', async () => {
  const net = new Net();
  net.fail = Infinity;
  const before = it.clock.now();
  const error = (await outcome(net.retrying())) as CircuitOpenError;
  expect(error).toBeInstanceOf(CircuitOpenError);
  expect(error.cause).toEqual(new Error('down 2'));
  expect(it.clock.now() - before).toBe(200); // one back-off, between the two attempts; none before the refusal
  expect(net.runs).toBe(2);
  expect(it.seen.tree()).toBe(
    tree(`
    tool.execute retrying ✗ ${error.message}
    ├── tool.circuit_breaker.check CLOSED
    ├── tool.retry.attempt #0 ✗ down 1
    │   └── tool.execute ✗ down 1
    ├── tool.circuit_breaker.check CLOSED
    ├── tool.retry.attempt #1 ✗ down 2
    │   └── tool.execute ✗ down 2
    └── tool.circuit_breaker.check OPEN
  `),
  );
  expect(it.seen.metric('tool_circuit_breaker_state', { tool: 'retrying' })).toBe(1);
  expect(it.seen.metric('tool_executions_total', { tool: 'retrying', status: 'error' })).toBe(1);
});

test('an open circuit lets a probe through after resetTimeout, and a success closes it', async () => {
  const net = new Net();
  net.fail = 2;
  await outcome(net.retrying());
  await it.clock.advance('1m');
  expect(it.seen.metric('tool_circuit_breaker_state', { tool: 'retrying' })).toBe(1); // nobody has asked yet
  expect(await net.retrying()).toBe(3);
  expect(it.seen.metric('tool_circuit_breaker_state', { tool: 'retrying' })).toBe(0);
  const states = it.seen.spans
    .filter(({ name }) => name === 'tool.circuit_breaker.check')
    .map(({ attributes }) => attributes['circuit.state']);
  expect(states).toEqual(['CLOSED', 'CLOSED', 'OPEN', 'HALF_OPEN']);
});

test('the last error, not a refusal, ends a loop whose retries are used up when the circuit opens', async () => {
  const fail = tool({ name: 'last', retry: { maxRetries: 1, baseDelay: 0 }, circuitBreaker: { failureThreshold: 2 } }, async () => {
    throw new Error('down');
  });
  expect(await outcome(fail())).toEqual(new Error('down'));
});

test('refused by either limit, a call takes from neither', async () => {
  configureTools({ rateLimit: { limit: 3, per: '1h' } });
  try {
    const narrow = tool({ name: 'narrow', rateLimited: { limit: 1, per: '1h' } }, async () => 'narrow');
    const wide = tool({ name: 'wide' }, async () => 'wide');
    const codes = [await outcome(narrow()), await outcome(narrow()), await outcome(wide()), await outcome(wide()), await outcome(wide())];
    expect(codes.map((value) => (value instanceof RateLimitError ? value.reason : value))).toEqual([
      'narrow',
      'tool_limit',
      'wide',
      'wide',
      'global_limit',
    ]);
  } finally {
    configureTools({ rateLimit: false });
  }
});

test('a refusal thrown by another tool inside the method is an ordinary error: retried, and counted by the circuit', async () => {
  const inner = tool({ name: 'inner', rateLimited: { limit: 1, per: '1s' } }, async () => 'fine');
  const outer = tool({ name: 'outer', retry: { maxRetries: 1 }, circuitBreaker: {} }, async () => inner());
  await inner();
  expect(await outer()).toBe('fine'); // the inner refusal's retryAfterMs was waited for
  expect(it.seen.metric('tool_circuit_breaker_failures_total', { tool: 'outer' })).toBe(1);
  expect(it.seen.metric('tool_retry_attempts_total', { tool: 'outer', attempt: 0, success: false })).toBe(1);
});

test('HTTP 429 and aborts by the caller do not open the circuit', async () => {
  const answer = { error: Object.assign(new Error('slow down'), { status: 429 }) as Error };
  const call = tool({ name: 'called', circuitBreaker: { failureThreshold: 1 } }, async (_signal?: AbortSignal) =>
    Promise.reject(answer.error),
  );
  await outcome(call());
  answer.error = Object.assign(new Error('slow down'), { statusCode: 429 });
  await outcome(call());
  await outcome(call(AbortSignal.abort()));
  expect(it.seen.metric('tool_circuit_breaker_failures_total', { tool: 'called' })).toBe(0);
  expect(it.seen.metric('tool_circuit_breaker_state', { tool: 'called' })).toBe(0);
});

test('concurrent misses of one key run the tool once; followers say so and link to the leader', async () => {
  let finish: (value: string) => void = () => undefined;
  let runs = 0;
  const slow = tool({ name: 'slow', cached: '1m' }, async (_key: string) => {
    runs += 1;
    return new Promise<string>((resolve) => (finish = resolve));
  });
  const calls = [slow('a'), slow('a'), slow('a')];
  await Promise.resolve();
  finish('done');
  expect(await Promise.all(calls)).toEqual(['done', 'done', 'done']);
  expect(runs).toBe(1);
  const roots = it.seen.spans.filter(({ name }) => name === 'tool.execute');
  const [leader, ...followers] = roots;
  expect(followers.map(({ attributes }) => [attributes['tool.coalesced'], attributes['tool.cached']])).toEqual([
    [true, false],
    [true, false],
  ]);
  expect(followers.map(({ links }) => links)).toEqual([
    [{ traceId: leader?.traceId, spanId: leader?.spanId }],
    [{ traceId: leader?.traceId, spanId: leader?.spanId }],
  ]);
  expect(it.seen.metric('tool_cache_operations_total', { tool: 'slow', operation: 'lookup', result: 'miss' })).toBe(3);
  expect(it.seen.metric('tool_cache_operations_total', { tool: 'slow', operation: 'set', result: 'set' })).toBe(1);
});

test('a wait for the rate limit lies inside its check span, before the method', async () => {
  const call = tool({ name: 'patient', rateLimited: { limit: 1, per: '1s', maxWait: '5s' } }, async () => it.clock.now());
  const times = await Promise.all([call(), call(), call()]);
  expect(times).toEqual([0, 1_000, 2_000]);
  const waits = it.seen.spans.filter(({ name }) => name === 'tool.rate_limit.check').map(({ startTime, endTime }) => endTime - startTime);
  expect(waits.sort((one, other) => one - other)).toEqual([0, 1_000, 2_000]);
});

test('nothing that fails carries a status into its checks, and a refusal is an error of the call alone', async () => {
  const call = tool({ name: 'strict', rateLimited: { limit: 1, per: '1h' } }, async () => 1);
  await call();
  await outcome(call());
  const byName = (name: string) => it.seen.spans.filter((span) => span.name === name).map(({ status }) => status.code);
  expect(byName('tool.rate_limit.check')).toEqual(['UNSET', 'UNSET']);
  expect(byName('tool.execute')).toEqual(['UNSET', 'ERROR']);
});

test('a circuit that another call opens ends a back-off at once', async () => {
  const slow = tool(
    {
      name: 'shared',
      retry: { maxRetries: 3, baseDelay: '1h', maxDelay: '1h', jitter: false },
      circuitBreaker: { failureThreshold: 2, resetTimeout: '1d' },
    },
    async () => Promise.reject(new Error('down')),
  );
  const before = it.clock.now();
  const errors = await Promise.all([outcome(slow()), outcome(slow())]);
  expect(errors.map((error) => (error as CircuitOpenError).code)).toEqual(['CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
  expect(it.clock.now() - before).toBe(0);
});

test('under a global limit alone, a synchronous tool is refused by a throw, one that answers with promises by a rejection', async () => {
  configureTools({ rateLimit: { limit: 2, per: '1h' } });
  try {
    const sync = tool({ name: 'sync' }, () => 1);
    const promising = tool({ name: 'promising' }, () => Promise.resolve(1));
    expect([sync(), await promising()]).toEqual([1, 1]);
    expect(() => sync()).toThrow(RateLimitError);
    expect(await outcome(promising())).toBeInstanceOf(RateLimitError);
  } finally {
    configureTools({ rateLimit: false });
  }
});

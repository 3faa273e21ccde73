import {
  Cached,
  CircuitBreaker,
  CircuitOpenError,
  ConfigurationError,
  currentCall,
  RateLimited,
  RateLimitError,
  Retry,
  Tool,
  tool,
} from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { callsIn, collect, counted, endingOf, settled } from './streaming.js';
import { abandonable, chunks } from './web-streams.js';

const it = observed();

/** Fails before the first chunk in its first runs. */
class Feed {
  runs = 0;
  ended = 0;

  constructor(
    private readonly failures = 0,
    private readonly failLate = false,
  ) {}

  private async *run(): AsyncGenerator<number> {
    this.runs += 1;
    try {
      if (this.runs <= this.failures) throw new Error(`down ${this.runs}`);
      yield 1;
      if (this.failLate) throw new Error('torn');
      yield 2;
    } finally {
      this.ended += 1;
    }
  }

  @Tool('retrying')
  @Retry({ maxRetries: 2, baseDelay: 100, jitter: false })
  async *retrying() {
    yield* this.run();
  }

  @Tool('guarded')
  @CircuitBreaker({ failureThreshold: 2, resetTimeout: '1m', successThreshold: 1 })
  async *guarded() {
    yield* this.run();
  }

  @Tool('limited')
  @RateLimited({ limit: 1, per: '1m' })
  async *limited() {
    yield* this.run();
  }

  @Tool('queued')
  @RateLimited({ limit: 1, per: '1m', maxWait: '5m' })
  async *queued() {
    yield* this.run();
  }

  @Tool('all')
  @RateLimited({ limit: 100, per: '1m' })
  @Retry({ maxRetries: 1, baseDelay: 0 })
  @CircuitBreaker()
  async *all() {
    yield* this.run();
  }
}

test('a failure before the first chunk is tried again by a new run of the generator', async () => {
  const feed = new Feed(2);
  expect(await collect(feed.retrying())).toEqual([1, 2]);
  expect([feed.runs, feed.ended]).toEqual([3, 3]);
  expect(it.clock.now()).toBe(300);
  expect(endingOf(it.seen, 'retrying')).toEqual({ outcome: 'completed', chunks: 2, success: true });
  for (const [attempt, success] of [
    [0, false],
    [1, false],
    [2, true],
  ] as const)
    expect(it.seen.metric('tool_retry_attempts_total', { tool: 'retrying', attempt, success })).toBe(1);
  expect(counted(it.seen, 'retrying')).toEqual({ success: 1, error: 0 });
});

test('attempts that are used up fail the call with the last error', async () => {
  await expect(collect(new Feed(9).retrying())).rejects.toThrow('down 3');
  expect(endingOf(it.seen, 'retrying')).toEqual({ outcome: 'failed', chunks: 0, success: false });
});

test('an error after the first chunk is not tried again: the reader has had a part already', async () => {
  const feed = new Feed(0, true);
  await expect(collect(feed.retrying())).rejects.toThrow('torn');
  expect(feed.runs).toBe(1);
  expect(it.seen.metric('tool_retry_attempts_total', { tool: 'retrying', success: true })).toBe(1);
  expect(endingOf(it.seen, 'retrying')).toEqual({ outcome: 'failed', chunks: 1, success: false });
});

test('the attempt’s span ends with the first chunk, the call’s with the last', async () => {
  const stream = new Feed(0).retrying();
  await stream.next();
  expect(it.seen.spans.map(({ name }) => name)).toEqual(['tool.retry.attempt', 'tool.execute']);
  await collect(stream);
  expect(it.seen.tree()).toBe('tool.execute retrying ✓ 2 chunks\n└── tool.retry.attempt #0 ✓\n    └── tool.execute ✓');
});

test('currentCall() tells the attempt that the stream came from, before and after the first chunk', async () => {
  let runs = 0;
  const telling = tool({ name: 'telling', retry: { maxRetries: 1, baseDelay: 0 } }, async function* () {
    if (++runs === 1) throw new Error('down');
    yield currentCall()?.attempt;
    yield currentCall()?.attempt;
  });
  expect(await collect(telling())).toEqual([1, 1]);
});

test('the circuit hears of a success with the first chunk, not with the last', async () => {
  const feed = new Feed(1);
  await outcome(collect(feed.guarded()));
  await feed.guarded().next();
  feed.runs = 0;
  await outcome(collect(feed.guarded()));
  expect(it.seen.tree()).not.toContain('OPEN');
  expect(await collect(feed.guarded())).toEqual([1, 2]);
});

test('the circuit opens on failures before the first chunk, and refuses at the next first question', async () => {
  const feed = new Feed(2);
  await outcome(collect(feed.guarded()));
  await outcome(collect(feed.guarded()));
  const refused = feed.guarded();
  expect(feed.runs).toBe(2);
  await expect(refused.next()).rejects.toThrow(CircuitOpenError);
  expect(await refused.next()).toEqual({ value: undefined, done: true });
  expect(feed.runs).toBe(2);
  expect(it.seen.tree().split('\n').slice(-2)).toEqual([
    expect.stringContaining('tool.execute guarded ✗ Tool "guarded" was not run'),
    '└── tool.circuit_breaker.check OPEN',
  ]);
  await it.clock.advance('1m');
  expect(await collect(feed.guarded())).toEqual([1, 2]);
  expect(counted(it.seen, 'guarded')).toEqual({ success: 1, error: 3 });
});

test('errors after the first chunk do not open the circuit', async () => {
  const feed = new Feed(0, true);
  for (let call = 0; call < 5; call++) await outcome(collect(feed.guarded()));
  expect(feed.runs).toBe(5);
  expect(it.seen.metric('tool_circuit_breaker_failures_total', { tool: 'guarded' })).toBe(0);
});

test('the rate limit is asked at the first question: streams that nobody reads take nothing', async () => {
  const feed = new Feed();
  const unread = Array.from({ length: 5 }, () => feed.limited());
  expect(await collect(unread[3]!)).toEqual([1, 2]);
  await expect(unread[1]!.next()).rejects.toThrow(RateLimitError);
  expect(it.seen.metric('tool_rate_limit_checks_total', { tool: 'limited', allowed: true })).toBe(1);
  expect(it.seen.metric('tool_rate_limit_checks_total', { tool: 'limited', allowed: false })).toBe(1);
  expect(it.seen.tree()).toContain('tool.rate_limit.check refused by tool_limit');
});

test('with maxWait the first question waits, and the wait counts into the time to the first chunk', async () => {
  const feed = new Feed();
  await collect(feed.queued());
  expect(await collect(feed.queued())).toEqual([1, 2]);
  expect(callsIn(it.seen)[1]!.attributes['tool.stream.time_to_first_chunk_ms']).toBe(60_000);
});

test('return() while the first question waits ends the stream after its first chunk', async () => {
  const feed = new Feed();
  await collect(feed.queued());
  const stream = feed.queued();
  const answers = await Promise.all([stream.next(), stream.return(undefined as never)]);
  expect(answers).toEqual([
    { value: 1, done: false },
    { value: undefined, done: true },
  ]);
  expect(callsIn(it.seen)[1]!.attributes).toMatchObject({ 'tool.stream.outcome': 'cancelled', 'tool.stream.chunks': 1 });
});

test('all policies lie in their order around the first chunk', async () => {
  expect(await collect(new Feed(1).all())).toEqual([1, 2]);
  expect(it.seen.tree()).toBe(
    [
      'tool.execute all ✓ 2 chunks',
      '├── tool.rate_limit.check allowed',
      '├── tool.circuit_breaker.check CLOSED',
      '├── tool.retry.attempt #0 ✗ down 1',
      '│   └── tool.execute ✗ down 1',
      '├── tool.circuit_breaker.check CLOSED',
      '└── tool.retry.attempt #1 ✓',
      '    └── tool.execute ✓',
    ].join('\n'),
  );
});

test('@Cached on a generator is a ConfigurationError while decorating', () => {
  expect(() => {
    class Wrong {
      @Tool('stream')
      @(Cached('1m') as MethodDecorator)
      async *stream() {
        yield 1;
      }
    }
    return Wrong;
  }).toThrow(/"stream".*stream cannot be cached/);
  expect(() => tool({ name: 'stream', cached: '1m' }, async function* () {} as never)).toThrow(ConfigurationError);
});

test('@Cached on a class with a stream among its tools is a ConfigurationError at that tool’s call', async () => {
  @Cached('1m')
  class Mixed {
    @Tool('value')
    async value() {
      return 1;
    }
    @Tool('stream')
    async *stream() {
      yield 1;
    }
  }
  expect(await new Mixed().value()).toBe(1);
  expect(() => new Mixed().stream()).toThrow(/"stream".*stream cannot be cached/);
});

test.each<[string, object]>([
  ['cached', { cached: '1m' }],
  ['cached with a key that bypasses the cache', { cached: { key: () => undefined } }],
])('an async tool that is %s and gives a stream fails with a ConfigurationError, and the stream is let go', async (_how, policy) => {
  const { stream, cancelled } = abandonable('a');
  const opening = tool({ name: 'opening', ...policy }, async () => stream);
  await expect(opening()).rejects.toThrow(ConfigurationError);
  await settled();
  expect(cancelled).toHaveLength(1);
  expect(counted(it.seen, 'opening')).toEqual({ success: 0, error: 1 });
});

test('a stream that breaks while it is let go does not hide the ConfigurationError', async () => {
  const destroy = (): never => {
    throw new Error('cannot be destroyed');
  };
  const opening = tool({ name: 'opening', cached: '1m' }, async () => Object.assign(chunks(1), { destroy }));
  await expect(opening()).rejects.toThrow(ConfigurationError);
});

test('retry and circuit of an async tool that gives a stream are over when it is there', async () => {
  let runs = 0;
  const opening = tool({ name: 'opening', retry: { maxRetries: 1, baseDelay: 0 }, circuitBreaker: {} }, async () => {
    if (++runs === 1) throw new Error('down');
    return chunks('a', 'b');
  });
  expect(await collect(await opening())).toEqual(['a', 'b']);
  expect(endingOf(it.seen, 'opening')).toEqual({ outcome: 'completed', chunks: 2, success: true });
  expect(it.seen.tree()).toContain('└── tool.retry.attempt #1 ✓');
});

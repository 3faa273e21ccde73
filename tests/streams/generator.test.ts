import { trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { configureTools, ConfigurationError, currentCall, RateLimitError, Retry, Tool, tool } from 'toolspan';
import { observed } from '../support/observed.js';
import { callsIn, counted, endingOf } from './streaming.js';

const it = observed();

class Numbers {
  constructor(private readonly from = 0) {}

  @Tool('count')
  *count(to: number) {
    for (let at = this.from; at < to; at++) yield at;
    return 'done';
  }

  @Tool('breaking')
  *breaking(error: unknown) {
    yield 1;
    throw error;
  }
}

const note = (name: string): void => trace.getTracer('user').startSpan(name).end();

test('a generator stays synchronous; its call lasts from the first question to the last chunk', async () => {
  const stream = new Numbers(1).count(4);
  expect(it.seen.spans).toEqual([]);
  expect(stream.next()).toEqual({ value: 1, done: false });
  await it.clock.advance(20);
  expect([...stream]).toEqual([2, 3]);
  expect(it.seen.spans[0]!.attributes).toMatchObject({ 'tool.duration_ms': 20, 'tool.stream.time_to_first_chunk_ms': 0 });
  expect(endingOf(it.seen, 'count')).toEqual({ outcome: 'completed', chunks: 3, success: true });
  expect(counted(it.seen, 'count')).toEqual({ success: 1, error: 0 });
});

test('a break is a success, a throw() and an error are failures, no reading is no call', () => {
  const numbers = new Numbers();
  for (const _ of numbers.count(3)) break;
  expect(endingOf(it.seen, 'count')).toEqual({ outcome: 'cancelled', chunks: 1, success: true });
  it.seen.reset();
  const error = new RangeError('torn');
  expect(() => [...numbers.breaking(error)]).toThrow(error);
  expect(endingOf(it.seen, 'breaking')).toEqual({ outcome: 'failed', chunks: 1, success: false });
  it.seen.reset();
  const stream = numbers.count(3);
  stream.next();
  expect(() => stream.throw(error)).toThrow(error);
  expect(endingOf(it.seen, 'count')).toEqual({ outcome: 'failed', chunks: 1, success: false });
  it.seen.reset();
  numbers.count(3).return('unread');
  expect(() => numbers.count(3).throw(error)).toThrow(error);
  expect(callsIn(it.seen)).toEqual([]);
});

test('parent, context and currentCall() are as with an async generator', () => {
  const noting = tool({ name: 'noting' }, function* () {
    note('first');
    yield currentCall()?.tool;
    note('second');
    yield currentCall()?.attempt;
  });
  const tracer = trace.getTracer('user');
  const stream = tracer.startActiveSpan('caller', (span) => {
    span.end();
    return noting();
  });
  const chunks: unknown[] = [];
  for (const chunk of stream) {
    note('reader');
    chunks.push(chunk, currentCall());
  }
  expect(chunks).toEqual(['noting', undefined, 0, undefined]);
  expect(it.seen.tree()).toBe('caller\n└── tool.execute noting ✓ 2 chunks\n    ├── first\n    └── second\nreader\nreader');
});

/** Gives back what it is told; survives one error thrown in; gives on in its finally. */
function* talk(): Generator<string, string, string> {
  let isHardened = false;
  try {
    for (;;) {
      try {
        if ((yield 'more') === 'stop') return 'stopped';
      } catch (error) {
        if (isHardened) throw error;
        isHardened = true;
      }
    }
  } finally {
    yield 'one more';
  }
}

const talking = tool({ name: 'talk' }, talk);

test('step by step it answers as the bare generator does, and is one call', () => {
  const step = fc.tuple(
    fc.constantFrom('next' as const, 'next' as const, 'return' as const, 'throw' as const),
    fc.constantFrom('a', 'stop'),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (history) => {
      it.seen.reset();
      const [stream, bare] = [talking(), talk()];
      let isOver = false;
      for (const [method, argument] of history) {
        const [ours, theirs] = [stream, bare].map((one) => attempt(() => one[method](argument)));
        expect(ours).toEqual(theirs);
        isOver ||= typeof ours === 'string' || (ours as IteratorResult<string>).done === true;
      }
      expect(callsIn(it.seen)).toHaveLength(history[0]?.[0] === 'next' && isOver ? 1 : 0);
    }),
  );
});

function attempt(step: () => unknown): unknown {
  try {
    return step();
  } catch (error) {
    return `threw ${String(error)}`;
  }
}

test('a policy on a generator is a ConfigurationError at the first call', () => {
  class Wrong {
    @Tool('waiting')
    @(Retry(3) as MethodDecorator)
    *waiting() {
      yield 1;
    }
  }
  expect(() => new Wrong().waiting()).toThrow(ConfigurationError);
  expect(() => new Wrong().waiting()).toThrow(/waiting/);
  expect(it.seen.spans).toEqual([]);
});

test('a global limit is checked at the first question, and refuses there', () => {
  configureTools({ rateLimit: { limit: 1, per: '1m' } });
  const numbers = new Numbers();
  const [first, second] = [numbers.count(1), numbers.count(1)];
  expect([...first]).toEqual([0]);
  expect(() => second.next()).toThrow(RateLimitError);
  expect(second.next()).toEqual({ value: undefined, done: true });
  expect(it.seen.metric('tool_rate_limit_checks_total', { tool: 'count' })).toBe(2);
  expect(counted(it.seen, 'count')).toEqual({ success: 1, error: 1 });
  expect(it.seen.tree()).toContain('tool.rate_limit.check refused by global_limit');
  configureTools({ rateLimit: false });
});

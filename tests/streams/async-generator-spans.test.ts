import { AsyncLocalStorage } from 'node:async_hooks';
import { trace, type Tracer } from '@opentelemetry/api';
import { Tool, tool } from 'toolspan';
import { observed } from '../support/observed.js';
import { callsIn, collect, counted, endingOf, pause } from './streaming.js';

const it = observed();

/** Asked anew by each test: a tracer stays with the provider that it met first. */
const user = (): Tracer => trace.getTracer('user');

/** A span of the user's, over at once. */
function note(name: string): void {
  user().startSpan(name).end();
}

class Model {
  @Tool({ name: 'tokens', namespace: 'llm' })
  async *tokens(count: number, waitMs = 10) {
    for (let token = 1; token <= count; token++) {
      await pause(it.clock, waitMs);
      yield token;
    }
  }

  @Tool('failing')
  async *failing(error: unknown) {
    yield 1;
    throw error;
  }
}

const model = new Model();

test('the span and the duration last from the first question to the last chunk', async () => {
  expect(await collect(model.tokens(3))).toEqual([1, 2, 3]);
  const [span] = it.seen.spans;
  expect(span!.endTime - span!.startTime).toBe(30);
  expect(span!.attributes).toMatchObject({
    'tool.name': 'tokens',
    'tool.namespace': 'llm',
    'tool.duration_ms': 30,
    'tool.success': true,
    'tool.cached': false,
    'tool.stream.chunks': 3,
    'tool.stream.time_to_first_chunk_ms': 10,
    'tool.stream.outcome': 'completed',
  });
  expect(it.seen.metric('tool_execution_duration_seconds_sum', { tool: 'tokens' })).toBeCloseTo(0.03);
  expect(counted(it.seen, 'tokens')).toEqual({ success: 1, error: 0 });
});

test('a stream without chunks is a success with none, and without a first one', async () => {
  expect(await collect(model.tokens(0))).toEqual([]);
  const [span] = it.seen.spans;
  expect(endingOf(it.seen, 'tokens')).toEqual({ outcome: 'completed', chunks: 0, success: true });
  expect(span!.attributes).not.toHaveProperty('tool.stream.time_to_first_chunk_ms');
});

test('while chunks are still to come, nothing has ended and nothing is counted', async () => {
  const stream = model.tokens(2);
  await stream.next();
  expect(it.seen.spans).toEqual([]);
  expect(counted(it.seen, 'tokens')).toEqual({ success: 0, error: 0 });
  await collect(stream);
  expect(it.seen.spans).toHaveLength(1);
});

test('the parent is what was active where the tool was called, wherever it is read', async () => {
  const stream = user().startActiveSpan('caller', (span) => {
    const made = model.tokens(2);
    span.end();
    return made;
  });
  await user().startActiveSpan('reader', async (span) => {
    await collect(stream);
    span.end();
  });
  expect(it.seen.tree()).toBe('caller\n└── tool.execute llm.tokens ✓ 2 chunks\nreader');
});

test('called outside of every span it has no parent, even if it is read inside one', async () => {
  const stream = model.tokens(1);
  await user().startActiveSpan('reader', async (span) => {
    await collect(stream);
    span.end();
  });
  expect(callsIn(it.seen)[0]!.parentSpanId).toBeUndefined();
});

test('stores of the user’s own are those of the reader, as with every generator', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seenStores: unknown[] = [];
  const asking = tool({ name: 'asking' }, async function* () {
    seenStores.push(storage.getStore());
    yield 1;
    seenStores.push(storage.getStore());
    await pause(it.clock, 5);
    seenStores.push(storage.getStore());
  });
  const stream = storage.run('caller', () => asking());
  await storage.run('first reader', () => stream.next());
  await storage.run('second reader', () => stream.next());
  expect(seenStores).toEqual(['first reader', 'second reader', 'second reader']);
});

test('the user’s own spans of every step are children of the call, also after a wait and in a finally', async () => {
  const noting = tool({ name: 'noting' }, async function* () {
    try {
      note('first step');
      yield 1;
      note('second step');
      await pause(it.clock, 5);
      note('after a wait');
      yield 2;
    } finally {
      note('finally');
    }
  });
  for await (const chunk of noting()) if (chunk === 2) break;
  expect(it.seen.tree()).toBe('tool.execute noting ✓ 2 chunks, cancelled\n├── first step\n├── second step\n├── after a wait\n└── finally');
});

test('before the first chunk the user’s own spans are the attempt’s, then the call’s', async () => {
  let runs = 0;
  const flaky = tool({ name: 'flaky', retry: { maxRetries: 1, baseDelay: 10 } }, async function* () {
    note('opening');
    if (++runs === 1) throw new Error('down');
    yield 1;
    note('going on');
  });
  await collect(flaky());
  expect(it.seen.tree()).toBe(
    [
      'tool.execute flaky ✓ 1 chunk',
      '├── tool.retry.attempt #0 ✗ down',
      '│   └── tool.execute ✗ down',
      '│       └── opening',
      '├── tool.retry.attempt #1 ✓',
      '│   └── tool.execute ✓',
      '│       └── opening',
      '└── going on',
    ].join('\n'),
  );
});

test('what the reader does between the chunks is not inside the call', async () => {
  await user().startActiveSpan('reader', async (span) => {
    for await (const chunk of model.tokens(2)) note(`chunk ${chunk}`);
    note('after');
    span.end();
  });
  expect(it.seen.tree()).toBe('reader\n├── tool.execute llm.tokens ✓ 2 chunks\n├── chunk 1\n├── chunk 2\n└── after');
});

test.each([
  [
    'break',
    async (stream: AsyncGenerator<number>) => {
      for await (const _ of stream) break;
    },
  ],
  [
    'return()',
    async (stream: AsyncGenerator<number>) => {
      await stream.next();
      expect(await stream.return('enough')).toEqual({ value: 'enough', done: true });
    },
  ],
  [
    'a return out of the loop',
    async (stream: AsyncGenerator<number>) => {
      const first = async (): Promise<number | undefined> => {
        for await (const chunk of stream) return chunk;
        return undefined;
      };
      expect(await first()).toBe(1);
    },
  ],
  [
    'an error in the loop',
    async (stream: AsyncGenerator<number>) => {
      const reading = async (): Promise<void> => {
        for await (const _ of stream) throw new Error('the reader’s own');
      };
      await expect(reading()).rejects.toThrow('the reader’s own');
    },
  ],
])('%s ends the call early: cancelled, a success, once', async (_how, leave) => {
  const stream = model.tokens(3);
  await leave(stream);
  expect(await stream.next()).toEqual({ value: undefined, done: true });
  await stream.return(undefined);
  expect(endingOf(it.seen, 'tokens')).toEqual({ outcome: 'cancelled', chunks: 1, success: true });
  expect(counted(it.seen, 'tokens')).toEqual({ success: 1, error: 0 });
});

test('an error in the middle fails the call, with the exception recorded and the same error for the reader', async () => {
  const error = new RangeError('torn');
  await expect(collect(model.failing(error))).rejects.toBe(error);
  const [span] = it.seen.spans;
  expect(span!.status).toEqual({ code: 'ERROR', message: 'torn' });
  expect(span!.attributes).toMatchObject({ 'tool.success': false, 'tool.error': 'torn', 'error.type': 'RangeError' });
  expect(span!.events.map(({ attributes }) => attributes['exception.message'])).toEqual(['torn']);
  expect(endingOf(it.seen, 'failing')).toEqual({ outcome: 'failed', chunks: 1, success: false });
  expect(counted(it.seen, 'failing')).toEqual({ success: 0, error: 1 });
});

test.each([
  ['undefined', undefined],
  ['a string', 'plain'],
  ['null', null],
])('%s can be thrown as well', async (_what, thrown) => {
  await expect(collect(model.failing(thrown))).rejects.toBe(thrown);
  expect(endingOf(it.seen, 'failing')).toMatchObject({ outcome: 'failed', success: false });
});

test('throw() fails the call with what was thrown in', async () => {
  const stream = model.tokens(3);
  await stream.next();
  const error = new Error('thrown in');
  await expect(stream.throw(error)).rejects.toBe(error);
  expect(endingOf(it.seen, 'tokens')).toEqual({ outcome: 'failed', chunks: 1, success: false });
  expect(it.seen.spans[0]!.attributes['tool.error']).toBe('thrown in');
});

test('a stream that nobody reads opens no span and counts nothing', async () => {
  const stream = model.tokens(3);
  await it.clock.advance('1h');
  expect(await stream.return('unread' as never)).toEqual({ value: 'unread', done: true });
  expect(await stream.next()).toEqual({ value: undefined, done: true });
  const error = new Error('unread');
  await expect(model.tokens(3).throw(error)).rejects.toBe(error);
  expect(it.seen.spans).toEqual([]);
  expect(it.seen.metric('tool_execution_duration_seconds_count', { tool: 'tokens' }) ?? 0).toBe(0);
});

test('a hundred streams at once are a hundred calls, each with its own chunks', async () => {
  const lengths = Array.from({ length: 100 }, (_, index) => index % 7);
  const all = Promise.all(lengths.map((length) => collect(model.tokens(length, 1 + length))));
  await it.clock.advance('1s');
  await all;
  const chunks = callsIn(it.seen).map(({ attributes }) => attributes['tool.stream.chunks']);
  expect(chunks).toEqual(lengths);
});

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { trace } from '@opentelemetry/api';
import { currentCall, Tool, tool, traceToolExecution } from 'toolspan';
import { observed } from '../support/observed.js';
import { collect, counted, endingOf, pause, settled } from './streaming.js';
import { abandonable, bytes, chunks, failingAfter, never } from './web-streams.js';

const it = observed();
const COMPLETED = { outcome: 'completed', chunks: 3, success: true };
const CANCELLED = { outcome: 'cancelled', chunks: 1, success: true };

const give = tool({ name: 'give' }, <T>(stream: T): T => stream);

/** Reads to the end. */
async function drain(reader: ReadableStreamDefaultReader<unknown>): Promise<unknown[]> {
  const read: unknown[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return read;
    read.push(value);
  }
}

/** Somewhere to pipe to that remembers. */
function sink(): { stream: WritableStream<unknown>; written: unknown[] } {
  const written: unknown[] = [];
  return { written, stream: new WritableStream({ write: (chunk) => void written.push(chunk) }) };
}

/** Not in the types yet. */
const { from } = ReadableStream as unknown as { from<T>(source: AsyncIterable<T>): AsyncIterable<T> };

const upperCase = () => new TransformStream<string, string>({ transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()) });

test.each<[string, (stream: ReadableStream<string>) => Promise<unknown>, unknown]>([
  ['getReader()', (stream) => drain(stream.getReader()), ['a', 'b', 'c']],
  ['for await', (stream) => collect(stream), ['a', 'b', 'c']],
  ['values()', (stream) => collect(stream.values()), ['a', 'b', 'c']],
  ['pipeThrough()', (stream) => collect(stream.pipeThrough(upperCase())), ['A', 'B', 'C']],
  ['Readable.fromWeb()', (stream) => collect(Readable.fromWeb(stream as never, { objectMode: true })), ['a', 'b', 'c']],
  ['ReadableStream.from()', (stream) => collect(from(stream)), ['a', 'b', 'c']],
  [
    'tee()',
    (stream) => Promise.all(stream.tee().map((branch) => collect(branch))),
    [
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
  ],
  [
    'pipeTo()',
    async (stream) => {
      const { stream: target, written } = sink();
      await stream.pipeTo(target);
      return written;
    },
    ['a', 'b', 'c'],
  ],
  [
    'Node’s pipeline()',
    async (stream) => {
      const written: unknown[] = [];
      await pipeline(stream, async function (source: AsyncIterable<unknown>) {
        written.push(...(await collect(source)));
      });
      return written;
    },
    ['a', 'b', 'c'],
  ],
])('read to its end by %s it completes, with every chunk', async (_how, read, expected) => {
  const stream = give(chunks('a', 'b', 'c'));
  expect(it.seen.spans).toEqual([]);
  expect(await read(stream)).toEqual(expected);
  expect(endingOf(it.seen, 'give')).toEqual(COMPLETED);
  expect(counted(it.seen, 'give')).toEqual({ success: 1, error: 0 });
});

test.each<[string, (stream: ReadableStream<Uint8Array>) => Promise<unknown>]>([
  ['new Response(stream).text()', (stream) => new Response(stream).text()],
  [
    'a BYOB reader',
    async (stream) => {
      const reader = stream.getReader({ mode: 'byob' });
      let text = '';
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(1));
        if (done) return text;
        text += new TextDecoder().decode(value);
      }
    },
  ],
  ['a TextDecoderStream', async (stream) => (await collect(stream.pipeThrough(new TextDecoderStream() as never))).join('')],
  [
    'tee()',
    async (stream) => {
      const [one, other] = stream.tee();
      void other.cancel();
      return new Response(one).text();
    },
  ],
  [
    'a BYOB reader of a branch',
    async (stream) => {
      const reader = stream.tee()[0].getReader({ mode: 'byob' });
      const { value } = await reader.read(new Uint8Array(1));
      await drain({ read: () => reader.read(new Uint8Array(1)) } as never);
      return `${new TextDecoder().decode(value)}bc`;
    },
  ],
])('a byte stream read by %s completes, with every chunk', async (_how, read) => {
  expect(await read(give(bytes('a', 'b', 'c')))).toBe('abc');
  expect(endingOf(it.seen, 'give')).toEqual(COMPLETED);
});

test('the span opens at the call and ends with the last chunk; time to the first one is counted from the call', async () => {
  const stream = give(
    new ReadableStream(
      {
        async pull(controller) {
          await pause(it.clock, 20);
          controller.enqueue('late');
          controller.close();
        },
      },
      { highWaterMark: 0 },
    ),
  );
  await it.clock.advance(10);
  expect(await collect(stream)).toEqual(['late']);
  const [span] = it.seen.spans;
  expect(span!.endTime - span!.startTime).toBe(30);
  expect(span!.attributes).toMatchObject({ 'tool.duration_ms': 30, 'tool.stream.time_to_first_chunk_ms': 30 });
});

test.each<[string, (stream: ReadableStream<string>) => Promise<unknown>]>([
  [
    'cancel() of its reader',
    async (stream) => {
      const reader = stream.getReader();
      await reader.read();
      await reader.cancel('enough');
    },
  ],
  [
    'cancel() after the lock was given back',
    async (stream) => {
      const reader = stream.getReader();
      await reader.read();
      reader.releaseLock();
      await stream.cancel('enough');
    },
  ],
  [
    'break',
    async (stream) => {
      for await (const _ of stream) break;
    },
  ],
  [
    'a pipe whose target fails',
    async (stream) => {
      const target = new WritableStream<string>({ write: () => Promise.reject(new Error('full')) });
      await expect(stream.pipeTo(target)).rejects.toThrow('full');
    },
  ],
  [
    'both branches of a tee',
    async (stream) => {
      const [one, other] = stream.tee();
      const reader = one.getReader();
      await reader.read();
      await Promise.all([reader.cancel('enough'), other.cancel('enough')]);
    },
  ],
])('left early by %s it is cancelled, a success, and its source hears so', async (_how, leave) => {
  const { stream, cancelled } = abandonable('a', 'b', 'c');
  await leave(give(stream));
  await settled();
  expect(cancelled).toHaveLength(1);
  expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'cancelled', success: true });
});

test('a break after one chunk says so', async () => {
  for await (const _ of give(chunks('a', 'b', 'c'))) break;
  expect(endingOf(it.seen, 'give')).toEqual(CANCELLED);
});

test.each<[string, (stream: ReadableStream<string>) => Promise<unknown>]>([
  ['getReader()', (stream) => drain(stream.getReader())],
  ['for await', (stream) => collect(stream)],
  ['pipeTo()', (stream) => stream.pipeTo(new WritableStream())],
  ['pipeThrough()', (stream) => collect(stream.pipeThrough(upperCase()))],
  ['tee()', (stream) => Promise.all(stream.tee().map((branch) => collect(branch)))],
])('an error in the middle, met by %s, fails the call and is the same one for the reader', async (_how, read) => {
  const error = new RangeError('torn');
  await expect(read(give(failingAfter(error, 'a')))).rejects.toBe(error);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'failed', chunks: 1, success: false });
  expect(it.seen.spans[0]!.attributes).toMatchObject({ 'tool.error': 'torn', 'error.type': 'RangeError' });
  expect(counted(it.seen, 'give')).toEqual({ success: 0, error: 1 });
});

class Web {
  @Tool('sync')
  sync() {
    return chunks('a', 'b', 'c');
  }

  @Tool('async')
  async async() {
    return chunks('a', 'b', 'c');
  }
}

test('methods, plain and async, and code traced by hand give streams alike', async () => {
  const web = new Web();
  await collect(web.sync());
  await collect(await web.async());
  await collect(traceToolExecution('by hand', () => chunks('a', 'b', 'c')));
  await collect(await traceToolExecution('by hand, async', async () => chunks('a', 'b', 'c')));
  for (const name of ['sync', 'async', 'by hand', 'by hand, async']) expect(endingOf(it.seen, name)).toEqual(COMPLETED);
});

test('the user’s own spans in the source are children of the call, and currentCall() tells it', async () => {
  const source = tool(
    { name: 'source' },
    () =>
      new ReadableStream(
        {
          pull(controller) {
            trace.getTracer('user').startSpan('pull').end();
            controller.enqueue(currentCall()?.tool);
            controller.close();
          },
        },
        { highWaterMark: 0 },
      ),
  );
  expect(await collect(source())).toEqual(['source']);
  expect(it.seen.tree()).toBe('tool.execute source ✓ 1 chunk\n└── pull');
});

test('several questions at once are answered in order, and counted once each', async () => {
  const reader = give(chunks('a', 'b', 'c')).getReader();
  const answers = await Promise.all([reader.read(), reader.read(), reader.read(), reader.read()]);
  expect(answers.map(({ value }) => value)).toEqual(['a', 'b', 'c', undefined]);
  expect(endingOf(it.seen, 'give')).toEqual(COMPLETED);
});

test('a reader that leaves while it waits is no error, and another one may read on', async () => {
  const { stream, push } = never();
  const given = give(stream);
  const reader = given.getReader();
  const waiting = reader.read();
  reader.releaseLock();
  await expect(waiting).rejects.toMatchObject({ name: 'TypeError' });
  expect(it.seen.spans).toEqual([]);
  push('a');
  push(undefined);
  expect(await collect(given)).toEqual(['a']);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 1, success: true });
});

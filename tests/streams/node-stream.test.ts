import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { Tool, tool } from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { callsIn, collect, counted, endingOf, settled } from './streaming.js';

const it = observed();
const give = tool({ name: 'give' }, <T>(stream: T): T => stream);
const COMPLETED = { outcome: 'completed', chunks: 3, success: true };

const readable = (): Readable => Readable.from(['a', 'b', 'c']);

/** A readable that the test pushes into. */
const open = (): Readable => new Readable({ read: () => undefined, objectMode: true });

function sink(): Writable & { written: string[] } {
  const written: string[] = [];
  const stream = new Writable({ objectMode: true, write: (chunk, _encoding, done) => (written.push(String(chunk)), done()) });
  return Object.assign(stream, { written });
}

/** What lies on the object of ours, between the call and the end. */
const ownMethods = (stream: object): PropertyKey[] => Reflect.ownKeys(stream).filter((key) => key === 'emit');

test.each<[string, (stream: Readable) => Promise<unknown>, unknown]>([
  ['for await', (stream) => collect(stream), ['a', 'b', 'c']],
  ['text()', (stream) => text(stream), 'abc'],
  ['toArray()', (stream) => stream.toArray(), ['a', 'b', 'c']],
  ['Readable.toWeb()', (stream) => collect(Readable.toWeb(stream) as AsyncIterable<unknown>), ['a', 'b', 'c']],
  [
    "on('data')",
    async (stream) => {
      const read: unknown[] = [];
      stream.on('data', (chunk) => read.push(chunk));
      await once(stream, 'end');
      return read;
    },
    ['a', 'b', 'c'],
  ],
  [
    "on('readable')",
    async (stream) => {
      const read: unknown[] = [];
      stream.on('readable', () => {
        for (let chunk: unknown; (chunk = stream.read()) !== null;) read.push(chunk);
      });
      await once(stream, 'end');
      return read;
    },
    ['a', 'b', 'c'],
  ],
  [
    'pipe()',
    async (stream) => {
      const target = stream.pipe(sink());
      await once(target, 'finish');
      return target.written;
    },
    ['a', 'b', 'c'],
  ],
  [
    'pipeline()',
    async (stream) => {
      const target = sink();
      await pipeline(stream, new PassThrough({ objectMode: true }), target);
      return target.written;
    },
    ['a', 'b', 'c'],
  ],
])('read to its end by %s it completes, with every chunk', async (_how, read, expected) => {
  const stream = give(readable());
  expect(await read(stream)).toEqual(expected);
  await settled();
  expect(endingOf(it.seen, 'give')).toEqual(COMPLETED);
  expect(counted(it.seen, 'give')).toEqual({ success: 1, error: 0 });
  expect(ownMethods(stream)).toEqual([]);
});

class Files {
  @Tool('sync')
  sync() {
    return readable();
  }
  @Tool('async')
  async async() {
    return readable();
  }
}

test('methods, plain and async, give streams alike', async () => {
  await collect(new Files().sync());
  await collect(await new Files().async());
  for (const name of ['sync', 'async']) expect(endingOf(it.seen, name)).toEqual(COMPLETED);
});

test('the object is the same one, of its class, and shows nothing of us', () => {
  const stream = new PassThrough();
  const keys = Object.keys(stream);
  expect(give(stream)).toBe(stream);
  expect(stream).toBeInstanceOf(PassThrough);
  expect(Object.keys(stream)).toEqual(keys);
});

test('a stream that nobody reads is not set going, and holds back as before', async () => {
  const stream = give(open());
  stream.push('a');
  await settled();
  expect([stream.readableFlowing, stream.listenerCount('data'), stream.listenerCount('error')]).toEqual([null, 0, 0]);
  expect(it.seen.spans).toEqual([]);
});

test.each<[string, (stream: Readable) => Promise<unknown> | void]>([
  [
    'break',
    async (stream) => {
      stream.push('a');
      for await (const _ of stream) break;
    },
  ],
  [
    'destroy()',
    async (stream) => {
      const first = once(stream, 'data');
      stream.push('a');
      await first;
      stream.destroy();
    },
  ],
])('left early by %s it is cancelled, a success', async (_how, leave) => {
  const stream = give(open());
  await leave(stream);
  await settled();
  expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'cancelled', success: true });
  expect(ownMethods(stream)).toEqual([]);
});

test('destroyed with an error it failed, with the same error for who listens', async () => {
  const stream = give(readable());
  const error = new RangeError('torn');
  const heard = once(stream, 'error');
  stream.destroy(error);
  expect(await heard).toEqual([error]);
  await settled();
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'failed', chunks: 0, success: false });
  expect(it.seen.spans[0]!.attributes).toMatchObject({ 'tool.error': 'torn', 'error.type': 'RangeError' });
});

test('an error in the middle reaches the loop that reads', async () => {
  const error = new Error('torn');
  const stream = give(
    Readable.from(
      (function* () {
        yield 'a';
        throw error;
      })(),
    ),
  );
  expect(await outcome(collect(stream))).toBe(error);
  await settled();
  expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'failed', chunks: 1 });
});

test('an error that nobody listens to is thrown as before', () => {
  const error = new Error('unheard');
  const bare = open();
  expect(() => bare.emit('error', error)).toThrow('unheard');
  const stream = give(open());
  expect(() => stream.emit('error', error)).toThrow('unheard');
  expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'failed' });
});

test('a duplex ends with its readable side, and its writable side works on', async () => {
  const upper = give(
    new Transform({
      objectMode: true,
      transform: (chunk, _encoding, done) => done(null, String(chunk).toUpperCase()),
    }),
  );
  upper.write('a');
  upper.end('b');
  expect(await collect(upper)).toEqual(['A', 'B']);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 2, success: true });
});

test('an HTTP answer is read as a stream', async () => {
  const server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fetching = tool({ name: 'fetching' }, async (port: number) => {
    const [response] = (await once(get({ port, host: '127.0.0.1', agent: false }), 'response')) as [IncomingMessage];
    return response;
  });
  expect(await text(await fetching((server.address() as AddressInfo).port))).toBe('hello');
  server.close();
  expect(endingOf(it.seen, 'fetching')).toMatchObject({ outcome: 'completed', success: true });
});

test('tools that hand the same stream on each have their span to its end, and leave nothing on it', async () => {
  const inner = tool({ name: 'inner' }, readable);
  const outer = tool({ name: 'outer' }, () => inner());
  const stream = outer();
  await collect(stream);
  for (const name of ['inner', 'outer']) expect(endingOf(it.seen, name)).toEqual(COMPLETED);
  expect(ownMethods(stream)).toEqual([]);
});

test('a reader that waits longer than the idle limit for a slow source is still a reader', async () => {
  const source = open();
  const stream = give(source);
  const read: unknown[] = [];
  stream.on('data', (chunk) => read.push(chunk));
  await it.clock.advance('10m');
  expect(it.seen.spans).toEqual([]);
  source.push('late');
  source.push(null);
  await settled();
  expect(read).toEqual(['late']);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 1, success: true });
});

test('a loop that waits longer than the idle limit for a slow source is still a reader', async () => {
  const source = open();
  const reading = collect(give(source));
  await it.clock.advance('10m');
  source.push('late');
  source.push(null);
  expect(await reading).toEqual(['late']);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 1, success: true });
});

test.each<[string, (stream: Readable) => Promise<unknown> | void]>([
  ['ended', (stream) => collect(stream)],
  ['destroyed', (stream) => void stream.destroy()],
])('a stream that had %s before the tool gave it is over at once', async (_how, finish) => {
  const stream = readable();
  await finish(stream);
  await settled();
  give(stream);
  expect(callsIn(it.seen)).toHaveLength(1);
});

test('one long-lived stream, given ten thousand times, is neither slower nor broken by it', async () => {
  const bus = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  for (let call = 0; call < 10_000; call++) give(bus);
  expect(() => bus.emit('ping')).not.toThrow();
  bus.destroy();
  await settled();
  expect(counted(it.seen, 'give')).toEqual({ success: 10_000, error: 0 });
  expect(ownMethods(bus)).toEqual([]);
});

test('a long-lived stream given now and then carries nothing of the calls that are over', async () => {
  const bus = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  for (let call = 0; call < 10; call++) {
    give(bus);
    await it.clock.advance('6m');
  }
  expect(counted(it.seen, 'give')).toEqual({ success: 10, error: 0 });
  expect(ownMethods(bus)).toEqual([]);
});

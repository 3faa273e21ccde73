import { tool } from 'toolspan';
import { observed } from '../support/observed.js';
import { callsIn, collect, endingOf, settled } from './streaming.js';
import { abandonable, bytes, chunks, failingAfter } from './web-streams.js';

const it = observed();
const give = tool({ name: 'give' }, <T>(stream: T): T => stream);
const TYPE_ERROR = { name: 'TypeError' };

test('the object is the same one, of its class, and shows nothing of us', () => {
  const stream = chunks('a');
  const [keys, json] = [Object.keys(stream), JSON.stringify(stream)];
  expect(give(stream)).toBe(stream);
  expect(stream).toBeInstanceOf(ReadableStream);
  expect(Object.prototype.toString.call(stream)).toBe('[object ReadableStream]');
  expect([Object.keys(stream), JSON.stringify(stream)]).toEqual([keys, json]);
  expect(stream.locked).toBe(false);
});

test.each<[string, () => ReadableStream<unknown>, (stream: ReadableStream<unknown>) => Promise<unknown>]>([
  ['its last chunk', () => chunks('a', 'b'), (stream) => collect(stream)],
  ['a cancel', () => chunks('a', 'b'), (stream) => stream.cancel()],
  ['an error', () => failingAfter(new Error('torn')), (stream) => collect(stream).catch(() => undefined)],
  ['a pipe', () => chunks('a', 'b'), (stream) => stream.pipeTo(new WritableStream())],
  ['a byte stream’s last chunk', () => bytes('a'), (stream) => new Response(stream as never).text()],
  ['the idle limit', () => chunks('a', 'b'), () => it.clock.advance('10m')],
])('after %s nothing is left on the object', async (_what, make, use) => {
  const bare = Reflect.ownKeys(make());
  const stream = give(make());
  await use(stream);
  expect(Reflect.ownKeys(stream)).toEqual(bare);
  expect(callsIn(it.seen)).toHaveLength(1);
});

test('tools that hand the same stream on each have their span to its end, and leave nothing on it', async () => {
  const inner = tool({ name: 'inner' }, () => chunks('a', 'b'));
  const outer = tool({ name: 'outer' }, () => inner());
  const stream = outer();
  expect(await collect(stream)).toEqual(['a', 'b']);
  expect(it.seen.tree()).toBe('tool.execute outer ✓ 2 chunks\n└── tool.execute inner ✓ 2 chunks');
  for (const name of ['inner', 'outer']) expect(endingOf(it.seen, name)).toEqual({ outcome: 'completed', chunks: 2, success: true });
  expect(Reflect.ownKeys(stream)).toEqual(Reflect.ownKeys(chunks()));
});

test('cancel() of a stream that somebody reads is refused, and the stream goes on', async () => {
  const stream = give(chunks('a', 'b'));
  const reader = stream.getReader();
  await expect(stream.cancel()).rejects.toMatchObject(TYPE_ERROR);
  expect(it.seen.spans).toEqual([]);
  while (!(await reader.read()).done);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 2, success: true });
});

test('cancel() by a reader that gave its lock back is refused, and the stream goes on', async () => {
  const stream = give(chunks('a', 'b'));
  const reader = stream.getReader();
  reader.releaseLock();
  await expect(reader.cancel()).rejects.toMatchObject(TYPE_ERROR);
  expect(await collect(stream)).toEqual(['a', 'b']);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 2, success: true });
});

test('values({ preventCancel }) left early leaves a stream that another reader goes on with', async () => {
  const stream = give(chunks('a', 'b', 'c'));
  for await (const _ of stream.values({ preventCancel: true })) break;
  expect(it.seen.spans).toEqual([]);
  expect(await collect(stream)).toEqual(['b', 'c']);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 3, success: true });
});

test('pipeTo() with preventCancel that fails leaves a stream that another reader goes on with', async () => {
  const { stream } = abandonable('a', 'b');
  const given = give(stream);
  const full = new WritableStream<string>({ write: () => Promise.reject(new Error('full')) });
  await expect(given.pipeTo(full, { preventCancel: true })).rejects.toThrow('full');
  expect(given.locked).toBe(false);
  expect(it.seen.spans).toEqual([]);
  await given.cancel();
  expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'cancelled', success: true });
});

test('pipeTo() ended by a signal rejects with its reason and cancels the stream', async () => {
  const { stream, cancelled } = abandonable('a');
  const given = give(stream);
  const abort = new AbortController();
  const piping = given.pipeTo(new WritableStream(), { signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(piping).rejects.toThrow('enough');
  await settled();
  expect([cancelled.length, given.locked]).toEqual([1, false]);
  expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'cancelled', success: true });
});

test('a pipe that broke with the stream gives the lock back', async () => {
  const stream = give(failingAfter(new Error('torn')));
  await expect(stream.pipeTo(new WritableStream())).rejects.toThrow('torn');
  expect(stream.locked).toBe(false);
});

test('while it is piped, split or read the stream is locked', async () => {
  const { stream } = abandonable('a');
  const given = give(stream);
  const piping = given.pipeTo(new WritableStream());
  expect(given.locked).toBe(true);
  void piping.catch(() => undefined);
  const split = give(chunks('a'));
  split.tee();
  expect(split.locked).toBe(true);
});

test('what a locked stream refuses, it refuses in the same way', async () => {
  const stream = give(chunks('a'));
  stream.getReader();
  let piping: Promise<void> | undefined;
  expect(() => (piping = stream.pipeTo(new WritableStream()))).not.toThrow();
  await expect(piping).rejects.toMatchObject(TYPE_ERROR);
  for (const use of [() => stream.getReader(), () => stream.tee(), () => stream.values()])
    expect(use).toThrow(expect.objectContaining(TYPE_ERROR) as Error);
});

test('a pipe to what is no stream is refused, and the stream may still be read', async () => {
  const stream = give(chunks('a'));
  expect(() => stream.pipeThrough({} as never)).toThrow(expect.objectContaining(TYPE_ERROR) as Error);
  await expect(stream.pipeTo({} as never)).rejects.toMatchObject(TYPE_ERROR);
  expect(stream.locked).toBe(false);
  expect(await collect(stream)).toEqual(['a']);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 1, success: true });
});

test('a read that is refused for its view is none of the stream’s errors', async () => {
  const reader = give(bytes('a')).getReader({ mode: 'byob' });
  await expect(reader.read(new Uint8Array(0))).rejects.toMatchObject(TYPE_ERROR);
  expect(it.seen.spans).toEqual([]);
  while (!(await reader.read(new Uint8Array(1))).done);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 1, success: true });
});

test('a subclass with methods and private fields of its own works on', async () => {
  class Counting extends ReadableStream<string> {
    #uses = 0;
    get uses(): number {
      return this.#uses;
    }
    override tee(): [ReadableStream<string>, ReadableStream<string>] {
      this.#uses += 1;
      return super.tee();
    }
    override pipeTo(target: WritableStream<string>): Promise<void> {
      this.#uses += 1;
      return super.pipeTo(target);
    }
  }
  const stream = give(new Counting({ start: (controller) => controller.close() }));
  await stream.pipeTo(new WritableStream());
  expect(stream.tee()).toHaveLength(2);
  expect(stream.uses).toBe(2);
});

test('a stream that was handed to another thread as a whole ends when it has gone there', async () => {
  const stream = give(chunks('a'));
  structuredClone(stream, { transfer: [stream as never] });
  await it.clock.advance('1m');
  expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'completed', success: true });
});

import { EventEmitter, on } from 'node:events';
import { Tool, tool } from 'toolspan';
import { observed } from '../support/observed.js';
import { callsIn, collect, counted, endingOf } from './streaming.js';

const it = observed();
const give = tool({ name: 'give' }, <T>(value: T): T => value);
const COMPLETED = { outcome: 'completed', chunks: 2, success: true };

/** A class with private fields, iterable as often as one likes. */
class Pages implements AsyncIterable<number> {
  readonly title = 'pages';
  #opened = 0;
  get opened(): number {
    return this.#opened;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    this.#opened += 1;
    yield 1;
    yield 2;
  }
}

/** Its own iterator, written by hand, with as little as the language asks for. */
class Countdown {
  #left = 2;
  next(): Promise<IteratorResult<number>> {
    return Promise.resolve(this.#left > 0 ? { done: false, value: this.#left-- } : { done: true, value: undefined });
  }
  [Symbol.asyncIterator](): this {
    return this;
  }
}

async function* generate(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

test.each<[string, () => AsyncIterable<unknown>]>([
  ['an async generator object', generate],
  ['an instance of a class', () => new Pages()],
  ['an iterator written by hand', () => new Countdown()],
  ['an object literal', () => ({ [Symbol.asyncIterator]: generate })],
])('%s that a plain function gives stays the same object, and the call lasts to its end', async (_what, make) => {
  const stream = make();
  const [prototype, keys, json, own] = [
    Object.getPrototypeOf(stream),
    Object.keys(stream),
    JSON.stringify(stream),
    Reflect.ownKeys(stream),
  ];
  expect(give(stream)).toBe(stream);
  expect([Object.getPrototypeOf(stream), Object.keys(stream), JSON.stringify(stream)]).toEqual([prototype, keys, json]);
  await it.clock.advance('1s');
  expect(it.seen.spans).toEqual([]);
  expect(await collect(stream)).toHaveLength(2);
  expect(endingOf(it.seen, 'give')).toEqual(COMPLETED);
  expect(it.seen.spans[0]!.attributes['tool.duration_ms']).toBe(1_000);
  expect(Reflect.ownKeys(stream)).toEqual(own);
});

test('an iterable that can be read again counts for its first reading only', async () => {
  const pages = give(new Pages());
  await collect(pages);
  await collect(pages);
  expect(pages.opened).toBe(2);
  expect(endingOf(it.seen, 'give')).toEqual(COMPLETED);
});

test('a second reading begun before the first one has ended is not mixed into it', async () => {
  const pages = give(new Pages());
  const [first, second] = [pages[Symbol.asyncIterator](), pages[Symbol.asyncIterator]()];
  await first.next();
  await collect(second);
  expect(it.seen.spans).toEqual([]);
  await collect(first);
  expect(endingOf(it.seen, 'give')).toEqual(COMPLETED);
});

test.each<[string, (stream: AsyncGenerator<number>) => Promise<unknown>, object]>([
  [
    'a break',
    async (stream) => {
      for await (const _ of stream) break;
    },
    { outcome: 'cancelled', chunks: 1, success: true },
  ],
  ['return() before the first step', (stream) => stream.return(undefined), { outcome: 'cancelled', chunks: 0, success: true }],
  ['throw()', (stream) => stream.throw(new Error('in')).catch(() => undefined), { outcome: 'failed', chunks: 0, success: false }],
])('after %s the call is over, once, and nothing is left on the object', async (_what, leave, ending) => {
  const stream = give(generate());
  await leave(stream);
  await stream.return(undefined);
  expect(endingOf(it.seen, 'give')).toEqual(ending);
  expect(Reflect.ownKeys(stream)).toEqual([]);
});

test('an error in the middle is the same one for the reader, and fails the call', async () => {
  const error = new RangeError('torn');
  const stream = give(
    (async function* () {
      yield 1;
      throw error;
    })(),
  );
  await expect(collect(stream)).rejects.toBe(error);
  expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'failed', chunks: 1, success: false });
});

test('Node’s events.on() ends with its signal', async () => {
  const emitter = new EventEmitter();
  const events = give(on(emitter, 'tick'));
  emitter.emit('tick', 1);
  for await (const [tick] of events as AsyncIterable<number[]>) {
    expect(tick).toBe(1);
    break;
  }
  expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'cancelled', chunks: 1 });
  expect(emitter.listenerCount('tick')).toBe(0);
});

test('tools that hand the same stream on each have their span to its end, and leave nothing on it', async () => {
  const inner = tool({ name: 'inner' }, generate as () => AsyncIterable<number>);
  const middle = tool({ name: 'middle' }, () => inner());
  const outer = tool({ name: 'outer' }, async () => middle());
  const stream = await outer();
  const own = Reflect.ownKeys(stream).length;
  await collect(stream);
  for (const name of ['inner', 'middle', 'outer']) expect(endingOf(it.seen, name)).toEqual(COMPLETED);
  expect(own).toBeGreaterThan(0);
  expect(Reflect.ownKeys(stream)).toEqual([]);
});

test.each<[string, (pages: Pages) => object]>([
  ['a frozen object', (pages) => Object.freeze(pages)],
  ['a proxy that forbids writing', (pages) => new Proxy(pages, { defineProperty: () => false, get: bound })],
  ['a proxy that throws when written to', (pages) => new Proxy(pages, { defineProperty: forbid, get: bound })],
])('%s is given untouched; its call is over at once', async (_what, make) => {
  const pages = new Pages();
  const made = make(pages) as Pages;
  expect(give(made)).toBe(made);
  expect(callsIn(it.seen)).toHaveLength(1);
  expect(await collect(made)).toEqual([1, 2]);
  expect(Reflect.ownKeys(pages)).toEqual(['title']);
});

test('an object that is frozen after the call is read as before', async () => {
  const literal = Object.freeze(give({ [Symbol.asyncIterator]: generate }));
  expect(await collect(literal)).toEqual([1, 2]);
  const pages = Object.freeze(give(new Pages()));
  expect(await collect(pages)).toEqual([1, 2]);
  expect(counted(it.seen, 'give')).toEqual({ success: 2, error: 0 });
});

test('a proxy that stops to obey after the call breaks neither its reader nor the process', async () => {
  const { proxy, revoke } = Proxy.revocable<AsyncIterable<number>>({ [Symbol.asyncIterator]: generate }, {});
  const stream = give(proxy)[Symbol.asyncIterator]() as AsyncGenerator<number>;
  revoke();
  expect(await collect(stream)).toEqual([1, 2]);
  const unread = Proxy.revocable<object>(new Pages(), { get: bound });
  give(unread.proxy);
  unread.revoke();
  await it.clock.advance('5m');
  expect(counted(it.seen, 'give')).toEqual({ success: 2, error: 0 });
});

test('a proxy around a stream is observed through it', async () => {
  const pages = new Proxy<Pages>(new Pages(), { get: bound });
  expect(give(pages)).toBe(pages);
  expect(await collect(pages)).toEqual([1, 2]);
  expect(endingOf(it.seen, 'give')).toEqual(COMPLETED);
});

test('a query that can be awaited and iterated stays what it is', async () => {
  const rows = [1, 2];
  class Query {
    readonly limits: number[] = [];
    limit(count: number): this {
      this.limits.push(count);
      return this;
    }
    then<T>(resolve: (value: number[]) => T): Promise<T> {
      return Promise.resolve(rows).then(resolve);
    }
    [Symbol.asyncIterator] = generate;
  }
  class Table {
    @Tool('find')
    find() {
      return new Query();
    }
  }
  const query = new Table().find();
  expect(query).toBeInstanceOf(Query);
  expect(await collect(query.limit(2))).toEqual([1, 2]);
  expect(endingOf(it.seen, 'find')).toEqual(COMPLETED);
});

test('objects that do not like to be looked at are given as they are', () => {
  const hostile = Object.defineProperties({}, { then: { get: forbid }, next: { get: forbid }, [Symbol.asyncIterator]: { get: forbid } });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(() => give(hostile)).not.toThrow();
  expect(() => give(proxy)).not.toThrow();
  expect(counted(it.seen, 'give')).toEqual({ success: 2, error: 0 });
});

function forbid(): never {
  throw new Error('forbidden');
}

/** Methods of the target, with the target as their receiver: private fields do not reach through a proxy. */
function bound(target: object, key: PropertyKey): unknown {
  const value: unknown = Reflect.get(target, key, target);
  return typeof value === 'function' && key !== 'constructor' ? (value.bind(target) as unknown) : value;
}

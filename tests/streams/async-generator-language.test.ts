import fc from 'fast-check';
import { tool } from 'toolspan';
import { observed } from '../support/observed.js';
import { callsIn, collect, counted, endingOf } from './streaming.js';

const it = observed();

/** Gives back what it is told; 'stop' ends it, 'fail' breaks it, an error thrown in is survived once, and it gives on in its finally. */
async function* talk(log: string[]): AsyncGenerator<string, string, string> {
  let isHardened = false;
  let heard = 'nothing';
  try {
    for (;;) {
      try {
        heard = yield `heard ${heard}`;
        log.push(heard);
        if (heard === 'stop') return 'stopped';
        if (heard === 'fail') throw new Error('failed');
        await Promise.resolve();
      } catch (error) {
        if (isHardened || (error as Error).message === 'failed') throw error;
        isHardened = true;
        yield `survived ${(error as Error).message}`;
      }
    }
  } finally {
    log.push('finally');
    yield 'one more';
    log.push('over');
  }
}

const talking = tool({ name: 'talk' }, talk);

type Step = readonly ['next' | 'return' | 'throw', string];

/** What a step came to, as something that can be compared. */
async function result(stream: AsyncGenerator<string, string, string>, [method, argument]: Step): Promise<unknown> {
  try {
    if (method === 'next') return await stream.next(argument);
    return method === 'return' ? await stream.return(argument) : await stream.throw(new Error(argument));
  } catch (error) {
    return `threw ${(error as Error).message}`;
  }
}

const steps = fc.array(
  fc.tuple(
    fc.constantFrom('next' as const, 'next' as const, 'return' as const, 'throw' as const),
    fc.constantFrom('a', 'b', 'stop', 'fail'),
  ),
  { maxLength: 8 },
);

/** The calls that a history of steps makes: one if it begins with a question, else none. */
function expectOneCall(history: readonly Step[], isOver: boolean): void {
  const calls = callsIn(it.seen);
  expect(calls).toHaveLength(history[0]?.[0] === 'next' && isOver ? 1 : 0);
  const { success = 0, error = 0 } = counted(it.seen, 'talk');
  expect(success + error).toBe(calls.length);
}

test('step by step it answers as the bare generator does, and is one call', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      it.seen.reset();
      const [log, bareLog]: [string[], string[]] = [[], []];
      const [stream, bare] = [talking(log), talk(bareLog)];
      let isOver = false;
      for (const step of history) {
        const [ours, theirs] = [await result(stream, step), await result(bare, step)];
        expect(ours).toEqual(theirs);
        isOver ||= typeof ours === 'string' || (ours as IteratorResult<string>).done === true;
      }
      expect(log).toEqual(bareLog);
      expectOneCall(history, isOver);
    }),
  );
});

test('asked faster than it answers, it queues as the bare generator does, and is one call', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      it.seen.reset();
      const [log, bareLog]: [string[], string[]] = [[], []];
      const [stream, bare] = [talking(log), talk(bareLog)];
      const ours = await Promise.all(history.map((step) => result(stream, step)));
      const theirs = await Promise.all(history.map((step) => result(bare, step)));
      expect(ours).toEqual(theirs);
      expect(log).toEqual(bareLog);
      const isOver = ours.some((answer) => typeof answer === 'string' || (answer as IteratorResult<string>).done === true);
      expectOneCall(history, isOver);
    }),
  );
});

test('values go in by next(), and the value returned comes out', async () => {
  const stream = talking([]);
  expect(await stream.next('ignored, as by every generator')).toEqual({ value: 'heard nothing', done: false });
  expect(await stream.next('hello')).toEqual({ value: 'heard hello', done: false });
  expect(await stream.next('stop')).toEqual({ value: 'one more', done: false });
  expect(await stream.next('')).toEqual({ value: 'stopped', done: true });
  expect(endingOf(it.seen, 'talk')).toEqual({ outcome: 'completed', chunks: 3, success: true });
});

test('a generator that gives on in its finally is over when that is', async () => {
  const stream = talking([]);
  await stream.next('');
  expect(await stream.return('bye')).toEqual({ value: 'one more', done: false });
  expect(it.seen.spans).toEqual([]);
  expect(await stream.next('')).toEqual({ value: 'bye', done: true });
  expect(endingOf(it.seen, 'talk')).toMatchObject({ chunks: 2, success: true });
});

test('a generator that survives throw() goes on, and its end decides', async () => {
  const stream = talking([]);
  await stream.next('');
  expect(await stream.throw(new Error('a blow'))).toEqual({ value: 'survived a blow', done: false });
  expect(it.seen.spans).toEqual([]);
  await stream.next('');
  await stream.next('stop');
  expect(await stream.next('')).toEqual({ value: 'stopped', done: true });
  expect(endingOf(it.seen, 'talk')).toMatchObject({ outcome: 'completed', success: true });
});

test('return() with a promise waits for it, and a rejected one is thrown into the generator', async () => {
  const stream = talking([]);
  await stream.next('');
  expect(await stream.return(Promise.resolve('late'))).toEqual({ value: 'one more', done: false });
  expect(await stream.next('')).toEqual({ value: 'late', done: true });
  const other = talking([]);
  await other.next('');
  expect(await other.return(Promise.reject(new Error('broken promise')))).toEqual({ value: 'survived broken promise', done: false });
});

test('yield* passes every step on to the tool’s stream, and back', async () => {
  const log: string[] = [];
  const outer = async function* (): AsyncGenerator<string, string, string> {
    return `outer ${yield* talking(log)}`;
  };
  const stream = outer();
  expect(await stream.next('')).toEqual({ value: 'heard nothing', done: false });
  expect(await stream.next('stop')).toEqual({ value: 'one more', done: false });
  expect(await stream.next('')).toEqual({ value: 'outer stopped', done: true });
});

test('receiver, arguments, name and length are the method’s', async () => {
  const method = tool({ name: 'method' }, async function* named(this: { base: number }, one: number, two: number) {
    yield this.base + one + two;
  });
  expect([method.name, method.length]).toEqual(['named', 2]);
  expect(await collect(method.call({ base: 1 }, 2, 3))).toEqual([6]);
});

test('the stream is an async generator for who asks', () => {
  const stream = talking([]);
  expect(Object.prototype.toString.call(stream)).toBe('[object AsyncGenerator]');
  expect(stream[Symbol.asyncIterator]()).toBe(stream);
});

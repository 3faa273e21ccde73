import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ConfigurationError, Tool, tool, traceToolExecution } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { eventually } from '../support/eventually.js';
import { callsIn, collect, counted, endingOf, pause, settled } from './streaming.js';
import { chunks, never } from './web-streams.js';

let clock: TestClock & { pending: number };
let seen: TestObservability;

/** A test clock that knows how many timers are set. */
function countingClock(): TestClock & { pending: number } {
  const inner = createTestClock();
  const counting = {
    ...inner,
    pending: 0,
    setTimer(callback: () => void, milliseconds: number, isBackground?: boolean) {
      let isOver = false;
      const over = (): void => {
        if (!isOver) counting.pending -= 1;
        isOver = true;
      };
      counting.pending += 1;
      const cancel = inner.setTimer(
        () => {
          over();
          callback();
        },
        milliseconds,
        isBackground,
      );
      return () => {
        over();
        cancel();
      };
    },
  };
  return counting;
}

beforeEach(() => {
  clock = countingClock();
  seen = createTestObservability({ clock });
});
afterEach(() => seen.dispose());

const give = tool({ name: 'give' }, <T>(stream: T): T => stream);
const generating = tool({ name: 'generating', streamIdleTimeout: '5m' }, async function* () {
  yield 1;
  yield 2;
});

async function* generate(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

test.each<[string, string, () => unknown]>([
  ['a web stream', 'give', () => give(chunks(1))],
  ['a Node stream', 'give', () => give(Readable.from([1]))],
  ['an async generator object', 'give', () => give(generate())],
  ['an iterable', 'give', () => give({ [Symbol.asyncIterator]: generate })],
  ['a generator tool with that limit, after its first chunk', 'generating', () => generating().next()],
  ['a stream of code traced by hand', 'by hand', () => traceToolExecution('by hand', () => chunks(1))],
])('%s that nobody reads counts as abandoned after 5 minutes, and ended when it was last read', async (_what, name, call) => {
  await call();
  await clock.advance(299_999);
  expect(seen.spans).toEqual([]);
  await clock.advance(1);
  expect(endingOf(seen, name)).toMatchObject({ outcome: 'abandoned', success: true });
  expect(seen.spans[0]!.endTime).toBe(seen.spans[0]!.startTime);
  expect(counted(seen, name)).toEqual({ success: 1, error: 0 });
  expect(clock.pending).toBe(0);
});

describe('a generator tool without a limit of its own', () => {
  const [patient, sync] = [
    tool({ name: 'patient' }, async function* () {
      yield 1;
      throw new Error('at last');
    }),
    tool({ name: 'sync' }, function* () {
      yield 1;
    }),
  ];

  test('is waited for, however slowly it is read: what happens then is not lost', async () => {
    const stream = patient();
    await stream.next();
    await clock.advance('1d');
    expect(seen.spans).toEqual([]);
    await expect(stream.next()).rejects.toThrow('at last');
    expect(endingOf(seen, 'patient')).toMatchObject({ outcome: 'failed', chunks: 1, success: false });
    expect(clock.pending).toBe(0);
  });

  test('that nobody has any more counts as abandoned, and ended when it was last read', async () => {
    await (async () => {
      await patient().next();
      sync().next();
      patient();
    })();
    await clock.advance('1m');
    await eventually('both calls are over', () => {
      collectGarbage();
      return callsIn(seen).length === 2;
    });
    for (const name of ['patient', 'sync']) expect(endingOf(seen, name)).toMatchObject({ outcome: 'abandoned', chunks: 1, success: true });
    expect(callsIn(seen).map(({ startTime, endTime }) => endTime - startTime)).toEqual([0, 0]);
  });
});

test('every chunk read begins the limit anew', async () => {
  const stream = generating();
  await stream.next();
  await clock.advance('4m');
  await stream.next();
  await clock.advance('4m');
  expect(seen.spans).toEqual([]);
  await clock.advance('1m');
  expect(endingOf(seen, 'generating')).toMatchObject({ outcome: 'abandoned', chunks: 2 });
  expect(seen.spans[0]!.attributes['tool.duration_ms']).toBe(240_000);
});

test('who waits for a chunk is a reader, however long it takes', async () => {
  const slow = tool({ name: 'slow' }, async function* () {
    await pause(clock, 3_600_000);
    yield 1;
  });
  const { stream, push } = never<number>();
  const reading = [collect(slow()), collect(give(stream))];
  await clock.advance('1h');
  push(1);
  push(undefined);
  expect(await Promise.all(reading)).toEqual([[1], [1]]);
  for (const name of ['slow', 'give']) expect(endingOf(seen, name)).toMatchObject({ outcome: 'completed', chunks: 1 });
});

test('what was abandoned can still be read, and is not counted again', async () => {
  const [stream, generated] = [give(chunks(1, 2)), generating()];
  const reader = stream.getReader();
  await reader.read();
  await generated.next();
  await clock.advance('5m');
  expect((await reader.read()).value).toBe(2);
  expect(await collect(generated)).toEqual([2]);
  expect(endingOf(seen, 'give')).toMatchObject({ outcome: 'abandoned', chunks: 1 });
  expect(counted(seen, 'generating')).toEqual({ success: 1, error: 0 });
});

@Tool({ streamIdleTimeout: '1m' })
class Feeds {
  @Tool('classwide')
  classwide() {
    return chunks(1);
  }
  @Tool({ name: 'own', streamIdleTimeout: '10s' })
  own() {
    return chunks(1);
  }
}

test('streamIdleTimeout is the tool’s own, else its class’s', async () => {
  const feeds = new Feeds();
  feeds.own();
  feeds.classwide();
  await clock.advance('10s');
  expect(callsIn(seen).map(({ attributes }) => attributes['tool.name'])).toEqual(['own']);
  await clock.advance('50s');
  expect(callsIn(seen)).toHaveLength(2);
});

test('a streamIdleTimeout that is no duration is refused', () => {
  expect(() => tool({ name: 'give', streamIdleTimeout: 0 }, generate)).toThrow(ConfigurationError);
  expect(() => tool({ name: 'give', streamIdleTimeout: 'soon' as never }, generate)).toThrow(/streamIdleTimeout/);
});

test('the timer of an idle stream does not keep the process alive', async () => {
  seen.dispose();
  const background: (boolean | undefined)[] = [];
  const watching: Clock = {
    ...systemClock,
    setTimer(callback, milliseconds, isBackground) {
      background.push(isBackground);
      return systemClock.setTimer(callback, milliseconds, isBackground);
    },
  };
  seen = createTestObservability({ clock: watching });
  const before = timersThatHold();
  const stream = give(chunks(1));
  await generating().next();
  expect(background).toEqual([true, true]);
  expect(timersThatHold()).toBe(before);
  await stream.cancel();
});

test('a thousand streams, finished or abandoned, leave no timer behind', async () => {
  for (let call = 0; call < 250; call++) {
    await collect(generating());
    await collect(give(generate()));
    give(generate());
    await generating().next();
  }
  expect(clock.pending).toBe(500);
  await clock.advance('5m');
  expect(clock.pending).toBe(0);
  expect(counted(seen, 'generating')).toEqual({ success: 500, error: 0 });
  expect(counted(seen, 'give')).toEqual({ success: 500, error: 0 });
});

test('what is over is not kept', async () => {
  const kept: WeakRef<object>[] = [];
  const remember = <T extends object>(stream: T): T => {
    kept.push(new WeakRef(stream));
    return stream;
  };
  await (async () => {
    await collect(remember(give(generate())));
    await collect(remember(generating()));
    await collect(remember(give(chunks(1))));
    remember(give(generate()));
  })();
  await clock.advance('5m');
  await settled();
  collectGarbage();
  expect(kept.filter((reference) => reference.deref() !== undefined)).toHaveLength(0);
});

function timersThatHold(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

/** Without a flag of the process: V8 takes it later, too. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

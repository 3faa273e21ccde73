import { BulkheadFullError, tool } from 'toolspan';
import { collect, endingOf } from '../streams/streaming.js';
import { observed, outcome } from '../support/observed.js';

const it = observed();

let made = 0;

/** A stream of two chunks that fails in between where it is told to. */
function streaming() {
  const namespace = `bulkhead streams ${(made += 1)}`;
  return tool({ name: 'streaming', namespace, bulkhead: 1 }, async function* (how: 'well' | 'early' | 'late') {
    if (how === 'early') throw new Error('early');
    yield 1;
    if (how === 'late') throw new Error('late');
    yield 2;
  });
}

test('a generator that nobody has asked yet takes no place', async () => {
  const stream = streaming();
  stream('well');
  expect(await collect(stream('well'))).toEqual([1, 2]);
});

test('a stream keeps its place until it is read to its end', async () => {
  const stream = streaming();
  const reading = stream('well');
  await reading.next();
  await reading.next();
  expect(await outcome(stream('well').next())).toBeInstanceOf(BulkheadFullError);
  expect(await reading.next()).toEqual({ done: true, value: undefined });
  expect(await collect(stream('well'))).toEqual([1, 2]);
});

test('a stream gives its place back when its reader leaves', async () => {
  const stream = streaming();
  for await (const chunk of stream('well')) {
    expect(chunk).toBe(1);
    expect(await outcome(stream('well').next())).toBeInstanceOf(BulkheadFullError);
    break;
  }
  expect(await collect(stream('well'))).toEqual([1, 2]);
});

test('a stream gives its place back when it fails, before its first chunk or after', async () => {
  const stream = streaming();
  await expect(collect(stream('early'))).rejects.toThrow('early');
  await expect(collect(stream('late'))).rejects.toThrow('late');
  const reading = stream('well');
  await reading.next();
  await expect(reading.throw(new Error('thrown in'))).rejects.toThrow('thrown in');
  expect(await collect(stream('well'))).toEqual([1, 2]);
});

test('a stream gives its place back once, so that no more than one reads afterwards', async () => {
  const stream = streaming();
  const reading = stream('well');
  await collect(reading);
  await reading.return(undefined);
  await reading.next();
  const first = stream('well');
  await first.next();
  expect(await outcome(stream('well').next())).toBeInstanceOf(BulkheadFullError);
});

test('who waits for the place of a stream gets it when that is over', async () => {
  const queued = tool({ name: 'queued', bulkhead: { maxConcurrent: 1, maxQueue: 1 } }, async function* () {
    yield 1;
  });
  const reading = queued();
  await reading.next();
  const waiting = queued().next();
  expect(it.seen.metric('tool_bulkhead_queue', { tool: 'queued' })).toBe(1);
  await reading.return(undefined);
  expect(await waiting).toEqual({ done: false, value: 1 });
  expect(endingOf(it.seen, 'queued')).toEqual({ outcome: 'cancelled', chunks: 1, success: true });
});

test('a stream that came too late for its time limit gives its place back, and is closed', async () => {
  const closed: boolean[] = [];
  let answer!: () => void;
  const slow = tool({ name: 'slow', bulkhead: 1, timeout: '1s' }, async function* (isSlow: boolean) {
    try {
      if (isSlow) await new Promise<void>((resolve) => (answer = resolve));
      yield 1;
    } finally {
      closed.push(isSlow);
    }
  });
  const late = outcome(slow(true).next());
  await it.clock.advance('1s');
  expect(await late).toMatchObject({ code: 'TIMEOUT' });
  expect(closed).toEqual([]);
  answer();
  await it.clock.advance(0);
  expect(closed).toEqual([true]);
  expect(await collect(slow(false))).toEqual([1]);
});

test('without telemetry the place is given back as well', async () => {
  it.seen.dispose();
  const stream = streaming();
  for (let turn = 0; turn < 3; turn++) for await (const chunk of stream('well')) if (chunk === 1) break;
  expect(await collect(stream('well'))).toEqual([1, 2]);
});

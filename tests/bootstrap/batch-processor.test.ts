import { BatchProcessor } from '../../src/bootstrap/traces/batch-processor.js';
import type { ReadableSpan } from '../../src/bootstrap/packages/opentelemetry.js';
import { Once } from '../../src/core/once.js';
import { Faults } from '../../src/telemetry/faults.js';

type Done = (result: { code: number; error?: Error }) => void;

function setUp(settings: { maxQueueSize?: number; maxExportBatchSize?: number } = {}) {
  const warnings: string[] = [];
  const once = new Once(() => ({ warn: (message) => void warnings.push(message) }));
  const faults = new Faults(once);
  const exported: string[][] = [];
  const answers: Done[] = [];
  let answer: Parameters<Done>[0] | undefined = { code: 0 };
  const exporter = {
    export(spans: readonly ReadableSpan[], done: Done) {
      exported.push(spans.map(({ name }) => name));
      if (answer) done(answer);
      else answers.push(done);
    },
    shutdown: jest.fn(async () => undefined),
  };
  let now = 0;
  const processor = new BatchProcessor(
    { maxQueueSize: 4, maxExportBatchSize: 2, scheduledDelayMillis: 1_000_000, exportTimeoutMillis: 1_000_000, ...settings },
    { exporter, faults, once, now: () => now, untraced: (run) => run() },
  );
  return {
    processor,
    exporter,
    exported,
    faults,
    warnings,
    setNow: (time: number) => (now = time),
    /** How the exporter answers from now on; `undefined`: not at all, until `answers` are called. */
    answerWith: (next: Parameters<Done>[0] | undefined) => (answer = next),
    answers,
  };
}

function span(name: string, { sampled = true, scope = 'toolspan' } = {}): ReadableSpan {
  return {
    name,
    spanContext: () => ({ traceId: 't', spanId: name, traceFlags: sampled ? 1 : 0 }),
    instrumentationScope: { name: scope },
    resource: {},
  } as ReadableSpan;
}

function unavailable(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 14 });
}

test('a full batch is exported at once, what is left at the flush', async () => {
  const { processor, exported } = setUp();
  for (const name of ['a', 'b', 'c']) processor.onEnd(span(name));
  expect(exported).toEqual([['a', 'b']]);
  await processor.forceFlush();
  expect(exported).toEqual([['a', 'b'], ['c']]);
  expect(processor.hasPending).toBe(false);
});

test('more spans than one batch holds are all flushed, one batch at a time', async () => {
  const { processor, exported, answerWith, answers } = setUp({ maxQueueSize: 100, maxExportBatchSize: 3 });
  answerWith(undefined);
  for (let index = 0; index < 8; index++) processor.onEnd(span(String(index)));
  const flushed = processor.forceFlush();
  expect(exported).toHaveLength(1);
  answerWith({ code: 0 });
  answers[0]!({ code: 0 });
  await flushed;
  expect(exported).toEqual([
    ['0', '1', '2'],
    ['3', '4', '5'],
    ['6', '7'],
  ]);
});

test('the flush waits for a batch that is under way', async () => {
  const { processor, answerWith, answers } = setUp();
  answerWith(undefined);
  processor.onEnd(span('a'));
  processor.onEnd(span('b'));
  let isFlushed = false;
  const flushed = processor.forceFlush().then(() => (isFlushed = true));
  await new Promise(setImmediate);
  expect(isFlushed).toBe(false);
  answers[0]!({ code: 0 });
  await flushed;
});

test('what the queue cannot hold is dropped, counted if it is ours, and said once', () => {
  const { processor, answerWith, faults, warnings } = setUp();
  answerWith(undefined);
  for (let index = 0; index < 9; index++) processor.onEnd(span(String(index)));
  processor.onEnd(span('foreign', { scope: 'http' }));
  expect(faults.counts.dropped_span).toBe(3); // two under way, four queued, three dropped
  expect(warnings).toEqual([expect.stringContaining('spans are dropped because the queue is full (OTEL_BSP_MAX_QUEUE_SIZE=4)')]);
});

test('spans that are not sampled are not exported', async () => {
  const { processor, exported } = setUp();
  processor.onEnd(span('a', { sampled: false }));
  await processor.forceFlush();
  expect(exported).toEqual([]);
});

test('a batch that a collector could not take is kept, and delivered later', async () => {
  const { processor, exported, answerWith, faults, warnings } = setUp();
  answerWith({ code: 1, error: unavailable() });
  processor.onEnd(span('a'));
  await processor.forceFlush();
  expect([faults.counts.export, faults.counts.dropped_span, processor.hasPending]).toEqual([1, 0, true]);
  expect(warnings).toEqual([expect.stringContaining('Failed to export traces: connect ECONNREFUSED')]);
  answerWith({ code: 0 });
  processor.onEnd(span('b'));
  await processor.forceFlush();
  expect(exported).toEqual([['a'], ['a', 'b']]);
});

test('what of it finds no place in the queue any more is dropped because that is full: one line tells of both', async () => {
  const { processor, exported, answerWith, answers, faults, warnings } = setUp();
  answerWith(undefined);
  for (const name of ['a', 'b', 'c', 'd', 'e']) processor.onEnd(span(name));
  answers[0]!({ code: 1, error: unavailable() });
  await new Promise(setImmediate);
  expect(faults.counts.dropped_span).toBe(1);
  processor.onEnd(span('f'));
  expect(faults.counts.dropped_span).toBe(2);
  expect(warnings).toEqual([
    expect.stringContaining('Failed to export traces'),
    expect.stringContaining('spans are dropped because the queue is full (OTEL_BSP_MAX_QUEUE_SIZE=4)'),
  ]);
  answerWith({ code: 0 });
  await processor.forceFlush();
  expect(exported.slice(1)).toEqual([
    ['a', 'c'],
    ['d', 'e'],
  ]);
});

test('a batch may be as large as the environment allows, also when it is kept', async () => {
  const many = 300_000;
  const { processor, exported, answerWith, faults } = setUp({ maxQueueSize: many, maxExportBatchSize: many });
  answerWith({ code: 1, error: unavailable() });
  const each = span('a');
  for (let index = 0; index < many; index += 1) processor.onEnd(each);
  await processor.forceFlush();
  answerWith({ code: 0 });
  await processor.forceFlush();
  expect(exported.map(({ length }) => length)).toEqual([many, many]);
  expect(faults.counts.dropped_span).toBe(0);
});

describe('A batch that is too much for the collector', () => {
  const failing = (code: number, message: string) => ({ code: 1, error: Object.assign(new Error(message), { code }) });

  /** Answers each batch by its size, and tells the sizes. */
  function answeringBySize(answer: (size: number) => { code: number; error?: Error }) {
    const set = setUp({ maxQueueSize: 100, maxExportBatchSize: 8 });
    const sizes: number[] = [];
    set.exporter.export = (spans, done) => {
      sizes.push(spans.length);
      done(answer(spans.length));
    };
    return { ...set, sizes };
  }

  it('is tried again by halves, until they come through; then batches grow again', async () => {
    let most = 2;
    const { processor, sizes, faults } = answeringBySize((size) => (size > most ? failing(4, 'Deadline exceeded') : { code: 0 }));
    for (let index = 0; index < 8; index += 1) processor.onEnd(span(String(index)));
    // Each failure ends a flush.
    for (let flush = 0; flush < 5; flush += 1) await processor.forceFlush();
    expect(sizes).toEqual([8, 4, 2, 3, 2, 3, 2, 2]);
    expect([faults.counts.dropped_span, processor.hasPending]).toEqual([0, false]);
    most = 100;
    for (let index = 0; index < 25; index += 1) processor.onEnd(span(String(index)));
    await processor.forceFlush();
    expect(sizes.slice(8)).toEqual([4, 5, 6, 7, 3]);
  });

  it('is halved down to one span, which is dropped where it is too large by itself: the others come through', async () => {
    const { processor, exporter, exported, faults } = setUp({ maxQueueSize: 100, maxExportBatchSize: 4 });
    exporter.export = (spans, done) => {
      const names = spans.map(({ name }) => name);
      if (names.includes('huge')) return done(failing(8, 'grpc: received message larger than max (5000000 vs. 4194304)'));
      exported.push(names);
      done({ code: 0 });
    };
    for (const name of ['a', 'huge', 'b', 'c']) processor.onEnd(span(name));
    for (let flush = 0; flush < 8; flush += 1) await processor.forceFlush();
    expect(exported.flat()).toEqual(['a', 'b', 'c']);
    expect([faults.counts.dropped_span, processor.hasPending]).toEqual([1, false]);
  });

  it('is kept where the collector has only too much to do', async () => {
    const { processor, faults } = answeringBySize(() => failing(8, 'too many requests'));
    processor.onEnd(span('a'));
    for (let flush = 0; flush < 3; flush += 1) await processor.forceFlush();
    expect([faults.counts.dropped_span, processor.hasPending]).toEqual([0, true]);
  });
});

test('a batch that would never be taken is dropped', async () => {
  const { processor, answerWith, faults } = setUp();
  answerWith({ code: 1, error: Object.assign(new Error('unauthenticated'), { code: 16 }) });
  processor.onEnd(span('a'));
  await processor.forceFlush();
  expect([faults.counts.dropped_span, processor.hasPending]).toEqual([1, false]);
});

test('an exporter that throws breaks nothing', async () => {
  const { processor, exporter, faults } = setUp();
  exporter.export = () => {
    throw new Error('broken exporter');
  };
  processor.onEnd(span('a'));
  await processor.forceFlush();
  expect(faults.counts).toMatchObject({ export: 1, dropped_span: 1 });
});

test('what is left when it is closed is counted, and nothing is taken any more', async () => {
  const { processor, answerWith, faults, exporter } = setUp();
  answerWith({ code: 1, error: unavailable() });
  processor.onEnd(span('a'));
  await processor.shutdown();
  processor.onEnd(span('late'));
  expect(faults.counts.dropped_span).toBe(1);
  expect(exporter.shutdown).toHaveBeenCalledTimes(1);
});

test('it tells for how long a failed export has held the process just now', async () => {
  const { processor, answerWith, answers, setNow } = setUp();
  answerWith(undefined);
  processor.onEnd(span('a'));
  const flushed = processor.forceFlush();
  setNow(4_000);
  answers[0]!({ code: 1, error: unavailable() });
  await flushed;
  setNow(4_010);
  expect(processor.heldForMs).toBe(4_000);
  setNow(9_000);
  expect(processor.heldForMs).toBe(0);
});

test('resource attributes that are looked up in the background are waited for', async () => {
  const { processor, exported } = setUp();
  let found: () => void = () => undefined;
  const resource = { asyncAttributesPending: true, waitForAsyncAttributes: () => new Promise<void>((resolve) => (found = resolve)) };
  processor.onEnd({ ...span('a'), resource });
  const flushed = processor.forceFlush();
  expect(exported).toEqual([]);
  found();
  await flushed;
  expect(exported).toEqual([['a']]);
});

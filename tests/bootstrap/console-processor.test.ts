import { ConsoleProcessor } from '../../src/bootstrap/traces/console-processor.js';
import type { ReadableSpan } from '../../src/bootstrap/packages/opentelemetry.js';

function setUp(limits: { maxTraces?: number; maxSpansPerTrace?: number; colour?: boolean } = {}) {
  const written: string[] = [];
  const processor = new ConsoleProcessor({ colour: false, write: (text) => void written.push(text), ...limits });
  return { processor, written };
}

function span(spanId: string, parent: string | undefined, over: Partial<ReadableSpan> = {}, traceId = 't'): ReadableSpan {
  return {
    name: `span ${spanId}`,
    attributes: {},
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    parentSpanContext: parent === undefined ? undefined : { spanId: parent },
    startTime: [1, Number(spanId.replace(/\D/g, '')) * 1_000_000],
    endTime: [1, 20_000_000],
    status: { code: 0 },
    ...over,
  } as ReadableSpan;
}

test('a trace is printed as one tree when its last span ends', () => {
  const { processor, written } = setUp();
  const root = span('0', undefined, {
    name: 'tool.execute',
    attributes: { 'gen_ai.tool.name': 'fetch', 'tool.name': 'fetch', 'tool.namespace': 'web', 'tool.success': true },
  });
  const lookup = span('1', '0', { name: 'tool.cache.lookup', attributes: { 'cache.operation': 'lookup', 'cache.hit': false } });
  const attempt = span('2', '0', {
    name: 'tool.retry.attempt',
    attributes: { 'retry.attempt': 0 },
    status: { code: 2, message: 'HTTP 503\nat somewhere' },
  });
  for (const started of [root, lookup, attempt]) processor.onStart(started);
  processor.onEnd(lookup);
  processor.onEnd(attempt);
  expect(written).toEqual([]);
  processor.onEnd(root);
  expect(written).toEqual([
    'tool.execute web.fetch 20.0 ms ✓\n├── tool.cache.lookup 19.0 ms miss\n└── tool.retry.attempt #0 18.0 ms ✗ HTTP 503\n',
  ]);
});

test('with colours, failures are red', () => {
  const { processor, written } = setUp({ colour: true });
  const failed = span('0', undefined, { status: { code: 2, message: 'no' } });
  processor.onStart(failed);
  processor.onEnd(failed);
  expect(written[0]).toContain('\u001b[31m✗ no\u001b[0m');
});

test('the buffer is bounded: the oldest trace is printed unfinished, and spans beyond the limit are counted', async () => {
  const { processor, written } = setUp({ maxTraces: 1, maxSpansPerTrace: 1 });
  processor.onStart(span('0', undefined, {}, 'first'));
  processor.onStart(span('1', undefined, {}, 'second'));
  expect(written).toEqual(['(1 spans not finished)\n']);
  processor.onEnd(span('0', undefined, {}, 'first')); // printed already
  processor.onStart(span('2', '1', {}, 'second'));
  processor.onEnd(span('2', '1', {}, 'second'));
  processor.onEnd(span('1', undefined, {}, 'second'));
  expect(written[1]).toBe('span 2 18.0 ms\n(1 more spans)\n');
  processor.onStart(span('3', undefined, {}, 'third'));
  await processor.shutdown();
  expect(written).toHaveLength(3);
});

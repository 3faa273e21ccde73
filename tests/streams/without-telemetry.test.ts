import { Readable } from 'node:stream';
import { isSpanContextValid, trace, type Span } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import { currentCall, getMetrics, Retry, setupObservability, Tool, tool } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { setTelemetry } from '../../src/pipeline/runtime.js';
import { callsIn, collect, counted } from './streaming.js';
import { chunks } from './web-streams.js';

class Feeds {
  runs = 0;
  @Tool('plain')
  async *plain() {
    yield currentCall()?.tool;
    return 'done';
  }
  @Tool('sync')
  *sync() {
    yield currentCall()?.tool;
  }
  @Tool('retrying')
  @Retry({ maxRetries: 1, baseDelay: 0 })
  async *retrying() {
    if (++this.runs === 1) throw new Error('down');
    yield 'up';
  }
  @Tool('web')
  web() {
    return chunks('a');
  }
  @Tool('node')
  async node() {
    return Readable.from(['a']);
  }
}

test('without telemetry streams work, policies too, and nothing is put on them', async () => {
  const feeds = new Feeds();
  expect(await collect(feeds.plain())).toEqual(['plain']);
  expect([...feeds.sync()]).toEqual(['sync']);
  expect(await collect(feeds.retrying())).toEqual(['up']);
  const [web, node] = [feeds.web(), await feeds.node()];
  expect(Object.getOwnPropertyNames(web)).toEqual([]);
  expect(Object.hasOwn(node, 'emit')).toBe(false);
  expect([await collect(web), await collect(node)]).toEqual([['a'], ['a']]);
});

test('set-up between the call and the first chunk counts from the next call on', async () => {
  const feeds = new Feeds();
  const before = feeds.plain();
  const seen = createTestObservability();
  expect(await collect(before)).toEqual(['plain']);
  expect(callsIn(seen)).toEqual([]);
  await collect(feeds.plain());
  expect(callsIn(seen)).toHaveLength(1);
  seen.dispose();
});

test('telemetry switched off in the middle of a stream still hears its end', async () => {
  const seen = createTestObservability({ clock: createTestClock() });
  const feeds = new Feeds();
  const [generated, web] = [feeds.plain(), feeds.web()];
  await generated.next();
  setTelemetry(undefined);
  await collect(generated);
  await collect(web);
  expect(callsIn(seen)).toHaveLength(2);
  expect([counted(seen, 'plain').success, counted(seen, 'web').success]).toEqual([1, 1]);
  seen.dispose();
});

test('a call that is sampled out reads its stream with its context active, and is counted', async () => {
  const status = await setupObservability({ metricsPort: 0, handleSignals: false, tracing: { sampler: new AlwaysOffSampler() } });
  const active = (): Span | undefined => trace.getActiveSpan();
  const unsampled = tool({ name: 'unsampled' }, async function* () {
    yield active();
    yield active();
  });
  const [first, second] = await collect(unsampled());
  expect(first?.isRecording()).toBe(false);
  expect(isSpanContextValid(first!.spanContext())).toBe(true);
  expect(second?.spanContext()).toEqual(first!.spanContext());
  expect(await collect(tool({ name: 'unsampled' }, () => chunks('a'))())).toEqual(['a']);
  const { body } = await getMetrics()!.text();
  expect(body).toContain('tool_executions_total{tool="unsampled",namespace="default",status="success"} 2');
  await status.shutdown();
});

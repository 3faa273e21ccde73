// An application with a known day's work: the truth that rules and dashboard are held against. It begins when the test says so, and what it
// leaves under way stays so until it is ended.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { setupObservability, tool } from 'toolspan';
import { report } from '../../integration/programs/report.mjs';

/** Breaks for the spans of one tool. */
const haunting = {
  onStart(span) {
    if (span.attributes['tool.name'] === 'haunted') throw new Error('boo');
  },
  onEnd() {},
  async forceFlush() {},
  async shutdown() {},
};
const spanProcessors = [new SimpleSpanProcessor({ exporter: new InMemorySpanExporter() }), haunting];
const { metricsPort } = await setupObservability({
  metricsPort: 0,
  tracing: { spanProcessors },
  logger: { warn() {}, error() {}, info() {}, debug() {} },
});

const down = async () => {
  throw new Error('down');
};
const traceIds = [];

const search = tool({ name: 'search', namespace: 'web' }, async (ms) => {
  traceIds.push(trace.getActiveSpan().spanContext().traceId);
  if (ms > 0) await sleep(ms);
});
const searchFiles = tool({ name: 'search', namespace: 'files' }, async (fails) => {
  if (fails) throw new Error('no such file');
});
const read = tool({ name: 'read', namespace: 'files', cached: '1h' }, async (key) => key);
let asked = 0;
const news = tool({ name: 'news', namespace: 'web', cached: { ttl: 1, staleIfError: '1h' } }, async () => {
  asked += 1;
  if (asked > 1) throw new Error('down');
  return 'old news';
});
const flaky = tool({ name: 'flaky', namespace: 'web', retry: { maxRetries: 2, baseDelay: 0 } }, async (outcomes) => {
  if (outcomes.shift() === 'fails') throw new Error('try again');
});
const broken = tool({ name: 'broken', namespace: 'web', circuitBreaker: {} }, down);
const mended = tool({ name: 'mended', namespace: 'web', circuitBreaker: { failureThreshold: 2, resetTimeout: 50 } }, async (fails) => {
  if (fails) throw new Error('down');
});
const limited = tool({ name: 'limited', namespace: 'web', rateLimited: { limit: 4, per: '1h' } }, async () => undefined);
const gate = tool({ name: 'gate', namespace: 'files', bulkhead: { maxConcurrent: 1, maxQueue: 2 } }, () => new Promise(() => {}));
const patient = tool({ name: 'patient', namespace: 'web', timeout: 20 }, () => sleep(60_000, undefined, { ref: false }));
const hurried = tool({ name: 'hurried', namespace: 'web', timeout: { total: 20 } }, () => sleep(60_000, undefined, { ref: false }));
const hedged = tool({ name: 'hedged', namespace: 'web', hedge: { after: 10 } }, (waits) => sleep(waits.shift(), undefined, { ref: false }));
const answered = tool({ name: 'answered', namespace: 'web', fallback: 'something else' }, down);
const miskeyed = tool(
  {
    name: 'miskeyed',
    namespace: 'web',
    cached: {
      key() {
        throw new Error('no key');
      },
    },
  },
  async () => undefined,
);
const haunted = tool({ name: 'haunted', namespace: 'web' }, async () => undefined);
tool({ name: 'idle', namespace: 'web' }, async () => undefined);

async function times(count, call) {
  for (let done = 0; done < count; done += 1) await call(done).catch(() => undefined);
}

async function work() {
  const slow = search(1_100);
  await times(29, () => search(0));
  await times(10, () => search(60));
  await times(20, (done) => searchFiles(done % 4 === 0));
  await times(16, (done) => read(`key ${done % 4}`));
  await times(4, async () => {
    await news();
    await sleep(5);
  });
  await times(6, () => flaky(['works']));
  await times(3, () => flaky(['fails', 'works']));
  await times(1, () => flaky(['fails', 'fails', 'fails']));
  await times(8, () => broken());
  await times(2, () => mended(true));
  await sleep(100);
  await mended(false);
  await times(10, () => limited());
  for (let caller = 0; caller < 6; caller += 1) gate().catch(() => undefined);
  await times(3, () => patient());
  await times(2, () => hurried());
  await times(2, () => hedged([60_000, 0]));
  await times(1, () => hedged([100, 60_000]));
  await times(4, () => answered());
  await times(2, () => miskeyed());
  await times(3, () => haunted());
  await slow;
  report('worked', { traceIds });
}

// Series of callbacks begin with the first that breaks.
await miskeyed();
report('port', metricsPort);
await once(process.stdin, 'data');
await work();
await once(process.stdin, 'data');

// An application with a known day's work, which begins when the test says so. It stays until it is ended.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { setupObservability, tool } from 'toolspan';
import { report } from './report.mjs';

const spanProcessors = [new SimpleSpanProcessor({ exporter: new InMemorySpanExporter() })];
const { metricsPort } = await setupObservability({ metricsPort: 0, tracing: { spanProcessors } });

const traceIds = [];
const search = tool({ name: 'search', namespace: 'web' }, async (ms) => {
  traceIds.push(trace.getActiveSpan().spanContext().traceId);
  if (ms > 0) await sleep(ms);
});
const searchFiles = tool({ name: 'search', namespace: 'files' }, async (fails) => {
  if (fails) throw new Error('no such file');
});
const read = tool({ name: 'read', namespace: 'files', cached: '1h' }, async (key) => key);
let attempts = 0;
const flaky = tool({ name: 'flaky', namespace: 'web', retry: { maxRetries: 3, baseDelay: 0 } }, async () => {
  attempts += 1;
  if (attempts % 3 !== 0) throw new Error('try again');
});
const broken = tool({ name: 'broken', namespace: 'web', circuitBreaker: { failureThreshold: 5 } }, async () => {
  throw new Error('down');
});
const limited = tool({ name: 'limited', namespace: 'web', rateLimited: { limit: 2, per: '1h' } }, async () => undefined);

async function times(count, call) {
  for (let done = 0; done < count; done += 1) await call(done).catch(() => undefined);
}

async function work() {
  await times(90, () => search(0));
  let slowestMs = 0;
  await times(10, async () => {
    const startedAt = performance.now();
    await search(60);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  });
  await times(20, (done) => searchFiles(done % 4 === 0));
  await times(16, (done) => read(`key ${done % 4}`));
  await times(6, () => flaky());
  await times(8, () => broken());
  await times(5, () => limited());
  report('worked', { slowestMs, traceIds });
}

report('port', metricsPort);
await once(process.stdin, 'data');
await work();

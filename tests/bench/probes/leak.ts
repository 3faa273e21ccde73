import { Cached, CircuitBreaker, getMetrics, initMetrics, initTracer, RateLimited, Retry, Tool } from 'toolspan';
import { registerApplicationTracing } from '../application-tracing.js';
import type { DiscardingExporter } from '../discarding-exporter.js';
import { expectCounted, expectPoliciesCounted } from '../expectations.js';
import { expectSpans } from '../expected-spans.js';
import { BYTES_PER_MB, heapBytes } from '../heap.js';
import type { Reading, Readings } from '../reading.js';

const MARKS = [100_000, 500_000, 1_000_000] as const;
const FLUSH_EVERY = 1_000;

class Directory {
  @Tool({ namespace: 'bench' })
  @Cached({ maxEntries: 1_000 })
  @CircuitBreaker()
  @RateLimited({ limit: 1e9, per: '1s' })
  @Retry()
  async find(key: string): Promise<{ key: string }> {
    return { key };
  }
}

/** A million calls with a million keys through every policy, traced and counted: the heap must stay where `maxEntries` says. */
export async function leak(): Promise<Readings> {
  const { exporter, flush } = registerApplicationTracing();
  initTracer();
  initMetrics();
  const directory = new Directory();
  const heap: Reading[] = [];
  let calls = 0;
  for (const mark of MARKS) {
    while (calls < mark) {
      await directory.find(`key ${calls}`);
      calls += 1;
      if (calls % FLUSH_EVERY === 0) await flush();
    }
    heap.push({ what: `heap after ${mark.toLocaleString('en')} calls`, value: (await heapBytes()) / BYTES_PER_MB, unit: 'MB' });
  }
  await verify(exporter, calls);
  return {
    decisive: { what: 'heap grown with a million keys, of which 1,000 are kept', value: heap.at(-1)!.value - heap[0]!.value, unit: 'MB' },
    others: heap,
  };
}

async function verify(exporter: DiscardingExporter, calls: number): Promise<void> {
  const { body } = await getMetrics()!.text();
  expectSpans(exporter, 'toolspan', { calls, misses: calls });
  expectCounted(body, 'find', calls);
  expectPoliciesCounted(body, 'find', { calls, misses: calls });
}

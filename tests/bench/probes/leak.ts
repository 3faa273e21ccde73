import { setImmediate as nextTurn } from 'node:timers/promises';
import { Cached, CircuitBreaker, getMetrics, initMetrics, initTracer, RateLimited, Retry, Tool } from 'toolspan';
import { registerApplicationTracing } from '../application-tracing.js';
import { expectCounted, expectEqual, sampleOf } from '../expectations.js';

const MARKS = [100_000, 500_000, 1_000_000] as const;
const FLUSH_EVERY = 1_000;
// One call has seven spans.
const QUEUE = FLUSH_EVERY * 8;
const ALLOWED_GROWTH_MB = 3;
const BYTES_PER_MB = 1_048_576;

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

/** The heap after garbage collection at one moment of the run. */
export interface HeapMark {
  readonly calls: number;
  readonly heapMb: number;
}

/** What became of the heap. */
export interface LeakResult {
  readonly marks: readonly HeapMark[];
  readonly grewByMb: number;
  readonly allowedMb: number;
}

/** A million calls with a million keys through every policy, traced and counted: the heap must stay where `maxEntries` says. */
export async function leak(): Promise<LeakResult> {
  const { exporter, flush } = registerApplicationTracing();
  initTracer();
  initMetrics();
  const directory = new Directory();
  const marks: HeapMark[] = [];
  let calls = 0;
  for (const mark of MARKS) {
    while (calls < mark) {
      await directory.find(`key ${calls}`);
      calls += 1;
      if (calls % FLUSH_EVERY === 0) await flush();
    }
    marks.push({ calls, heapMb: await heapMb() });
  }
  await verify(exporter.count('toolspan', 'find'), calls);
  return { marks, grewByMb: marks.at(-1)!.heapMb - marks[0]!.heapMb, allowedMb: ALLOWED_GROWTH_MB };
}

/** A second collection takes what the first one's finalizers let go of. */
async function heapMb(): Promise<number> {
  if (!globalThis.gc) throw new Error('the leak check needs node --expose-gc');
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed / BYTES_PER_MB;
}

async function verify(spans: number, calls: number): Promise<void> {
  const { body } = await getMetrics()!.text();
  expectEqual('spans', spans, calls * 7);
  expectCounted(body, 'find', calls);
  for (const [operation, result] of [
    ['lookup', 'miss'],
    ['set', 'set'],
  ]) {
    const sample = `tool_cache_operations_total{tool="find",operation="${operation}",result="${result}"}`;
    expectEqual(sample, sampleOf(body, sample), calls);
  }
}

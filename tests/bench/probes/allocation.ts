import { getMetrics, initMetrics, Tool } from 'toolspan';
import { expectCounted } from '../expectations.js';
import { BYTES_PER_MB, heapBytes } from '../heap.js';
import type { Reading, Readings } from '../reading.js';
import { median } from '../statistics.js';

const WARMUP_CALLS = 200_000;
const WINDOWS = 50;
// So few that no garbage is collected meanwhile.
const CALLS_PER_WINDOW = 2_000;
const MARKS = [1_000_000, 4_000_000, 7_000_000, 10_000_000] as const;

class Adder {
  @Tool({ namespace: 'bench' })
  async add(a: number, b: number): Promise<number> {
    return a + b;
  }

  async bare(a: number, b: number): Promise<number> {
    return a + b;
  }
}

/** What a counted call allocates, and whether any of it stays. */
export async function allocation(): Promise<Readings> {
  initMetrics();
  const adder = new Adder();
  let calls = 0;
  const ours = async (howMany: number): Promise<void> => {
    calls += howMany;
    for (let call = 0; call < howMany; call++) await adder.add(call, 1);
  };
  const bare = async (howMany: number): Promise<void> => {
    for (let call = 0; call < howMany; call++) await adder.bare(call, 1);
  };
  const perCall = await bytesPerCall(ours);
  const perBareCall = await bytesPerCall(bare);
  const heap: Reading[] = [];
  for (const mark of MARKS) {
    while (calls < mark) await ours(Math.min(100_000, mark - calls));
    heap.push({ what: `heap after ${mark.toLocaleString('en')} calls`, value: (await heapBytes()) / BYTES_PER_MB, unit: 'MB' });
  }
  expectCounted((await getMetrics()!.text()).body, 'add', calls);
  return {
    decisive: { what: 'heap grown from the first million calls to the tenth', value: heap.at(-1)!.value - heap[0]!.value, unit: 'MB' },
    others: [
      { what: 'allocated by a call', value: perCall, unit: 'bytes' },
      { what: 'allocated by a call of the bare method', value: perBareCall, unit: 'bytes' },
      ...heap,
    ],
  };
}

async function bytesPerCall(run: (calls: number) => Promise<void>): Promise<number> {
  await run(WARMUP_CALLS);
  const windows: number[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    const before = await heapBytes();
    await run(CALLS_PER_WINDOW);
    windows.push((process.memoryUsage().heapUsed - before) / CALLS_PER_WINDOW);
  }
  return median(windows);
}

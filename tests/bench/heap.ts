import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes in use after garbage collection. A second collection takes what the first one's finalizers let go of. */
export async function heapBytes(): Promise<number> {
  if (!globalThis.gc) throw new Error('measuring memory needs node --expose-gc');
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed;
}

export const BYTES_PER_MB = 1_048_576;

import { setImmediate as nextTurn } from 'node:timers/promises';
import { tool, type FunctionPolicies } from 'toolspan';

const HOW_MANY = 20_000;

/** Bytes of heap for one thing that lies idle. */
export interface MemoryMark {
  readonly what: string;
  readonly bytes: number;
}

/** What policies keep between calls, each measured on many. */
export async function memory(): Promise<MemoryMark[]> {
  const plain = await perTool({});
  return [
    { what: 'a circuit (a tool that was called once, less one without)', bytes: (await perTool({ circuitBreaker: {} })) - plain },
    { what: 'a circuit with a window of 100 attempts', bytes: (await perTool({ circuitBreaker: { failureRate: 0.5 } })) - plain },
    {
      what: 'a key of a rate limit',
      bytes: await perKey({ rateLimited: { limit: 10, per: '1s', key: (key: string) => key, maxKeys: HOW_MANY } }),
    },
    { what: 'a cached result, a number', bytes: await perKey({ cached: { maxEntries: HOW_MANY } }) },
  ];
}

/** Bytes for each tool with these policies, called once. */
async function perTool(policies: FunctionPolicies): Promise<number> {
  const kept: unknown[] = [];
  return growth(async (index) => {
    const one = tool({ name: `tool ${index}`, ...policies }, async (n: number) => n);
    kept.push(one);
    await one(index);
  });
}

/** Bytes for each key that one tool was called with. */
async function perKey(policies: FunctionPolicies): Promise<number> {
  const one = tool({ name: 'keys', ...policies }, async (key: string) => key.length);
  await one('first');
  return growth(async (index) => {
    await one(`key ${index}`);
  });
}

async function growth(make: (index: number) => Promise<void>): Promise<number> {
  const before = await heapBytes();
  for (let index = 0; index < HOW_MANY; index++) await make(index);
  return ((await heapBytes()) - before) / HOW_MANY;
}

/** A second collection takes what the first one's finalizers let go of. */
async function heapBytes(): Promise<number> {
  if (!globalThis.gc) throw new Error('measuring memory needs node --expose-gc');
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed;
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { tool, type FunctionPolicies } from 'toolspan';

const TOOLS = 5_000;
const KEYS = 20_000;

let named = 0;

/** Nothing is let go of before the end: what one measurement frees late would be taken off the next. */
const kept: unknown[] = [];

/** Bytes of heap for one thing that lies idle. */
export interface MemoryMark {
  readonly what: string;
  readonly bytes: number;
}

/** What policies keep between calls, each measured on many. */
export async function memory(): Promise<MemoryMark[]> {
  await perTool({}); // what is made once for the whole process is not to count as a tool's
  const plain = await perTool({});
  return [
    { what: 'a circuit (a tool that was called once, less one without)', bytes: (await perTool({ circuitBreaker: {} })) - plain },
    { what: 'a circuit with a window of 100 attempts', bytes: (await perTool({ circuitBreaker: { failureRate: 0.5 } })) - plain },
    {
      what: 'a key of a rate limit',
      bytes: await perKey({ rateLimited: { limit: 10, per: '1s', key: (key: string) => key, maxKeys: KEYS } }),
    },
    { what: 'a cached result, a number', bytes: await perKey({ cached: { maxEntries: KEYS } }) },
  ];
}

/** Bytes for each tool with these policies, called once. */
async function perTool(policies: FunctionPolicies): Promise<number> {
  return growth(TOOLS, async (index) => {
    const one = tool({ ...nextName(), ...policies }, async (n: number) => n);
    kept.push(one);
    await one(index);
  });
}

/** Bytes for each key that one tool was called with. */
async function perKey(policies: FunctionPolicies): Promise<number> {
  const one = tool({ ...nextName(), ...policies }, async (key: string) => key.length);
  kept.push(one);
  await one('first');
  return growth(KEYS, async (index) => {
    await one(`key ${index}`);
  });
}

/** No name is given twice: that is warned of, and remembered. All have the same length. */
function nextName(): FunctionPolicies & { name: string } {
  return { name: `tool ${(named++).toString().padStart(9, '0')}` };
}

async function growth(howMany: number, make: (index: number) => Promise<void>): Promise<number> {
  const before = await heapBytes();
  for (let index = 0; index < howMany; index++) await make(index);
  return ((await heapBytes()) - before) / howMany;
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

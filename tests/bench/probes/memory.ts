import { tool, type FunctionPolicies } from 'toolspan';
import { heapBytes } from '../heap.js';
import type { Readings } from '../reading.js';

const TOOLS = 5_000;
const KEYS = 20_000;

let named = 0;

/** Nothing is let go of before the end: what one measurement frees late would be taken off the next. */
const kept: unknown[] = [];

/** What policies keep between calls, each measured on many. */
export async function memory(): Promise<Readings> {
  await perTool({}); // what is made once for the whole process is not to count as a tool's
  const plain = await perTool({});
  const marks = [
    { what: 'a circuit (a tool that was called once, less one without)', bytes: (await perTool({ circuitBreaker: {} })) - plain },
    { what: 'a circuit with a window of 100 attempts', bytes: (await perTool({ circuitBreaker: { failureRate: 0.5 } })) - plain },
    {
      what: 'a key of a rate limit',
      bytes: await perKey({ rateLimited: { limit: 10, per: '1s', key: (key: string) => key, maxKeys: KEYS } }),
    },
    { what: 'a cached result, a number', bytes: await perKey({ cached: { maxEntries: KEYS } }) },
  ];
  return { others: marks.map(({ what, bytes }) => ({ what, value: bytes, unit: 'bytes' })) };
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

// What a worker does when it is told to, and how its master is told what to have done. Shared by cluster.mjs and threads.mjs.
import { createInterface } from 'node:readline';
import { tool } from 'toolspan';
import { report } from './report.mjs';

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const add = tool({ name: 'add', namespace: 'math', cached: '1h' }, async (a, b) => a + b);
const wait = tool({ name: 'wait' }, sleep);
const down = tool({ name: 'down', circuitBreaker: { failureThreshold: 2, resetTimeout: '10ms', successThreshold: 2 } }, async (fails) => {
  if (fails) throw new Error('down');
});

export const work = {
  async add(times) {
    for (let call = 0; call < times; call++) await add(call, 1);
  },
  async fail(times) {
    for (let call = 0; call < times; call++) await down(true).catch(() => undefined);
  },
  async probe() {
    await sleep(20);
    await down(false);
  },
  hang() {
    void wait(60_000);
  },
  block(milliseconds) {
    const end = Date.now() + milliseconds;
    while (Date.now() < end);
  },
};

/** Answers lines of JSON, `[id, command, ...arguments]`, until it is told `leave`. */
export async function obey(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [id, name, ...rest] = JSON.parse(line);
    report(`answer ${id}`, (await commands[name](...rest)) ?? null);
    if (name === 'leave') break;
  }
  process.stdin.destroy();
}

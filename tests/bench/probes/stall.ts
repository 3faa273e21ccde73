import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readSync } from 'node:fs';
import { setupObservability } from 'toolspan';
import { expectEqual } from '../expectations.js';
import { BYTES_PER_MB, heapBytes } from '../heap.js';
import type { Readings } from '../reading.js';
import { median } from '../statistics.js';
import { farm } from '../tool-farm.js';

const TOOLS = 10_000;
const SCRAPES = 10;
const QUIET_MS = 2_000;
const NS_PER_MS = 1e6;
const SPACE = 0x20;
const ZERO = 0x30;

// Who scrapes is a process of its own: it counts what it got, and says so when all is there.
const SCRAPER = `
  process.on('message', (url) => {
    require('node:http').get(url, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString('latin1');
        const counts = [...body.matchAll(/^tool_executions_total\\{.*\\} (\\d+)$/gm)].map(([, count]) => Number(count));
        const executions = counts.reduce((sum, count) => sum + count, 0);
        process.send({ status: response.statusCode, bytes: body.length, executions });
      });
    });
  });
`;

interface Scraped {
  readonly status: number;
  readonly bytes: number;
  readonly executions: number;
}

/** The longest turn of an event loop, in milliseconds. */
interface Longest {
  /** By the clock on the wall. */
  wall: number;
  /** Without the time for which the thread had to wait for a core: a machine with few of them holds a loop up whatever that does. */
  held: number;
}

/** How long the event loop is held up while ten thousand tools with all policies are scraped, the very first scrape included. */
export async function stall(): Promise<Readings> {
  const { metricsPort, shutdown } = await setupObservability({ enableTracing: false, metricsPort: 0, maxTools: TOOLS });
  await farm(TOOLS);
  await heapBytes(); // the garbage of starting up is none of a scrape's
  const scraper = spawn(process.execPath, ['--eval', SCRAPER], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const quiet = await longestTurn(new Promise((resolve) => setTimeout(resolve, QUIET_MS)));
  const longest: Longest[] = [];
  let size = 0;
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    const answer = once(scraper, 'message') as Promise<[Scraped]>;
    scraper.send(`http://127.0.0.1:${String(metricsPort)}/metrics`);
    longest.push(await longestTurn(answer));
    const [scraped] = await answer;
    expectEqual('status', scraped.status, 200);
    expectEqual('executions scraped', scraped.executions, TOOLS);
    size = scraped.bytes;
  }
  scraper.disconnect();
  await shutdown();
  const held = longest.map((one) => one.held);
  return {
    decisive: { what: `the longest stall of a scrape, the median of ${SCRAPES} scrapes`, value: median(held), unit: 'ms' },
    others: [
      { what: 'the longest of all of them, the first scrape included', value: Math.max(...held), unit: 'ms' },
      { what: 'the same with the time that the thread waited for a core', value: Math.max(...longest.map(({ wall }) => wall)), unit: 'ms' },
      { what: 'that with nothing to do, in 2 s: what the machine itself holds up', value: quiet.wall, unit: 'ms' },
      { what: 'one scrape', value: size / BYTES_PER_MB, unit: 'MB' },
    ],
  };
}

/** The longest turns of the event loop until this is over. */
async function longestTurn(until: Promise<unknown>): Promise<Longest> {
  let isOver = false;
  void until.then(() => (isOver = true));
  const longest: Longest = { wall: 0, held: 0 };
  let last = performance.now();
  let waited = waitedMs();
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    const waitedNow = waitedMs();
    longest.wall = Math.max(longest.wall, now - last);
    longest.held = Math.max(longest.held, now - last - (waitedNow - waited));
    last = now;
    waited = waitedNow;
  }
  return longest;
}

const schedule = openSchedule();
const bytes = Buffer.alloc(128);

function openSchedule(): number | undefined {
  try {
    return openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return undefined; // not on this system
  }
}

/** Milliseconds that this thread has waited for a core while it had work to do: the second of three numbers. Makes no garbage to speak of. */
function waitedMs(): number {
  if (schedule === undefined) return 0;
  const length = readSync(schedule, bytes, 0, bytes.length, 0);
  const start = bytes.indexOf(SPACE) + 1;
  let nanoseconds = 0;
  for (let index = start; index < length && bytes[index] !== SPACE; index++) nanoseconds = nanoseconds * 10 + (bytes[index]! - ZERO);
  return nanoseconds / NS_PER_MS;
}

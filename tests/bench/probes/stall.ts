import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setupObservability } from 'toolspan';
import { expectEqual } from '../expectations.js';
import { BYTES_PER_MB, heapBytes } from '../heap.js';
import type { Readings } from '../reading.js';
import { median } from '../statistics.js';
import { farm } from '../tool-farm.js';

const TOOLS = 10_000;
const SCRAPES = 10;
const QUIET_MS = 2_000;

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

/** How long the event loop is held up while ten thousand tools with all policies are scraped, the very first scrape included. */
export async function stall(): Promise<Readings> {
  const { metricsPort, shutdown } = await setupObservability({ enableTracing: false, metricsPort: 0 });
  await farm(TOOLS);
  await heapBytes(); // the garbage of starting up is none of a scrape's
  const scraper = spawn(process.execPath, ['--eval', SCRAPER], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const quiet = await longestTurn(new Promise((resolve) => setTimeout(resolve, QUIET_MS)));
  const longest: number[] = [];
  let bytes = 0;
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    const answer = once(scraper, 'message') as Promise<[Scraped]>;
    scraper.send(`http://127.0.0.1:${String(metricsPort)}/metrics`);
    longest.push(await longestTurn(answer));
    const [scraped] = await answer;
    expectEqual('status', scraped.status, 200);
    expectEqual('executions scraped', scraped.executions, TOOLS);
    bytes = scraped.bytes;
  }
  scraper.disconnect();
  await shutdown();
  return {
    // A machine with few cores holds a loop up now and then whatever that does, so it is not the worst of all turns that decides.
    decisive: { what: `the longest stall of a scrape, the median of ${SCRAPES} scrapes`, value: median(longest), unit: 'ms' },
    others: [
      { what: 'the longest of all of them, the first scrape included', value: Math.max(...longest), unit: 'ms' },
      { what: 'with nothing to do, in 2 s: what the machine itself holds up', value: quiet, unit: 'ms' },
      { what: 'one scrape', value: bytes / BYTES_PER_MB, unit: 'MB' },
    ],
  };
}

/** Milliseconds of the longest turn of the event loop until this is over. */
async function longestTurn(until: Promise<unknown>): Promise<number> {
  let isOver = false;
  void until.then(() => (isOver = true));
  let longest = 0;
  let last = performance.now();
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  return longest;
}

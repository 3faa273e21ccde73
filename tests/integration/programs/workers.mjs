// Sets up in the main process, in worker threads and in cluster workers, with and without a port.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { setupObservability, tool } from 'toolspan';

const where = !isMainThread ? 'thread' : cluster.isWorker ? 'process' : 'main';

const status = async (options) => {
  const { metricsServerStarted, metricsPort, metricsEnabled, tracingEnabled, warnings } = await setupObservability(options);
  await tool({ name: `greet-${where}` }, async () => 'Hello')();
  return { metricsServerStarted, hasPort: metricsPort > 0, metricsEnabled, tracingEnabled, warnings };
};

async function main() {
  const { report } = await import('./report.mjs');
  const own = status();
  const threads = [{}, { metricsPort: 0 }].map(async (options) => {
    const [message] = await once(new Worker(new URL(import.meta.url), { workerData: options }), 'message');
    return message;
  });
  const processes = [{}, { metricsPort: 0 }].map(async (options) => {
    const worker = cluster.fork({ SET_UP: JSON.stringify(options) });
    const [message] = await once(worker, 'message');
    worker.disconnect();
    return message;
  });
  report('statuses', { main: await own, threads: await Promise.all(threads), processes: await Promise.all(processes) });
}

if (!isMainThread) parentPort.postMessage(await status(workerData));
else if (cluster.isWorker) process.send(await status(JSON.parse(process.env.SET_UP)));
else await main();

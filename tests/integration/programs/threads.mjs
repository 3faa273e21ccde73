// A main thread that starts others, has them call tools, and ends them, as it is told.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { getMetrics, setupObservability, shutdownObservability } from 'toolspan';
import { obey, work } from './scaled-work.mjs';
import { report } from './report.mjs';

const given = JSON.parse((isMainThread && process.argv[2]) || '{}');

async function main() {
  const workers = new Map();
  const setUp = () => setupObservability(given.options).then(({ metricsPort }) => metricsPort ?? null);
  report('port', given.startsFirst ? null : await setUp());
  await obey({
    async start(data = {}) {
      const worker = new Worker(new URL(import.meta.url), { workerData: data });
      const { threadId } = worker;
      workers.set(threadId, worker);
      await once(worker, 'message');
      return threadId;
    },
    async tell(id, what, ...rest) {
      workers.get(id).postMessage([what, ...rest]);
      if (what !== 'block') await once(workers.get(id), 'message');
    },
    async end(id, how) {
      const worker = workers.get(id);
      const ended = once(worker, 'exit');
      if (how === 'terminate') await worker.terminate();
      else worker.postMessage([how]);
      await ended;
    },
    add: work.add,
    setUp,
    shutdown: () => shutdownObservability(),
    text: () =>
      getMetrics()
        .text()
        .then(({ body }) => body),
    leave() {
      for (const worker of workers.values()) worker.postMessage(['leave']);
    },
  });
}

async function thread({ options = {}, adds = 0, nested }) {
  await setupObservability(options);
  await work.add(adds);
  const commands = {
    ...work,
    exit: () => process.exit(0),
    leave: () => parentPort.close(),
  };
  parentPort.on('message', async ([what, ...rest]) => {
    await commands[what](...rest);
    parentPort.postMessage('done');
  });
  if (adds > 0 && !nested) parentPort.unref();
  if (nested) await once(new Worker(new URL(import.meta.url), { workerData: nested }), 'message');
  parentPort.postMessage('ready');
}

await (isMainThread ? main() : thread(workerData));

// A primary that forks workers, has them call tools, and lets them go or kills them, as it is told.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { getMetrics, pushMetrics, setupObservability, shutdownObservability } from 'toolspan';
import { Registry } from 'prom-client';
import { Worker } from 'node:worker_threads';
import { obey, work } from './scaled-work.mjs';
import { report } from './report.mjs';

const given = JSON.parse(process.argv[2] ?? '{}');
const registry = given.joins ? new Registry() : undefined;
const setUp = () => setupObservability({ ...given.options, ...(registry && { registry }) });

async function main() {
  const heard = [];
  cluster.on('message', (worker, message) => heard.push(message));
  const { metricsPort } = given.forksFirst ? {} : await setUp();
  report('port', metricsPort ?? null);
  await obey({
    async fork(options = {}, has = {}) {
      const worker = cluster.fork({ OPTIONS: JSON.stringify(options), HAS: JSON.stringify(has) });
      await once(worker, 'message');
      return worker.id;
    },
    async tell(id, what, ...rest) {
      cluster.workers[id].send([what, ...rest]);
      if (what !== 'block') await once(cluster.workers[id], 'message');
    },
    async end(id, how) {
      const worker = cluster.workers[id];
      if (how === 'disconnect') worker.disconnect();
      else if (how === 'exit') worker.send(['exit']);
      else worker.process.kill(how);
      await once(worker, 'exit');
    },
    add: work.add,
    fail: work.fail,
    setUp: () => setUp().then((status) => status.metricsPort),
    shutdown: () => shutdownObservability(),
    push: () => pushMetrics(),
    text: (accept) =>
      getMetrics()
        .text(accept)
        .then(({ body }) => body),
    joined: () => registry.metrics(),
    json: () => getMetrics().registry.getMetricsAsJSON(),
    heard: () => heard,
    leave() {
      for (const worker of Object.values(cluster.workers)) worker.disconnect();
    },
  });
}

async function worker() {
  const has = JSON.parse(process.env.HAS);
  if (has.toolspan !== false) await setupObservability(JSON.parse(process.env.OPTIONS));
  if (has.thread) await once(new Worker(new URL('threads.mjs', import.meta.url), { workerData: { adds: has.thread } }), 'message');
  const commands = { ...work, exit: () => process.exit(0) };
  process.on('message', async ([what, ...rest]) => {
    await commands[what](...rest);
    process.send('done');
  });
  process.send('ready');
}

await (cluster.isPrimary ? main() : worker());

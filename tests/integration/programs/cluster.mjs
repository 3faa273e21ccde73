// A primary with two workers that call tools when they are told to, and are replaced, killed or let go.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CircuitOpenError, getMetrics, setupObservability, shutdownObservability, tool } from 'toolspan';

const given = JSON.parse(process.argv[2] ?? '{}');
const primary = cluster.isPrimary;

const add = tool({ name: 'add', namespace: 'math', cached: '1h' }, async (a, b) => a + b);
const down = tool(
  { name: 'down', circuitBreaker: { failureThreshold: 2, resetTimeout: process.env.RESET ?? '1h', successThreshold: 2 } },
  async (fails) => {
    if (fails) throw new Error('down');
    return 'up';
  },
);

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const work = {
  async add(times) {
    for (let call = 0; call < times; call++) await add(call, 1);
  },
  async fail(times) {
    for (let call = 0; call < times; call++) await down(true).catch((error) => error instanceof CircuitOpenError);
  },
  async probe() {
    await sleep(60);
    await down(false);
  },
  block(milliseconds) {
    const end = Date.now() + milliseconds;
    while (Date.now() < end);
  },
  exit: () => process.exit(0),
  disconnect: () => void cluster.worker.disconnect(),
};

async function main() {
  const { report } = await import('./report.mjs');
  const messages = [];
  cluster.on('message', (worker, message) => messages.push(message));
  const status = await setupObservability(given.options);
  const commands = {
    async fork(env = {}) {
      const worker = cluster.fork(env);
      await once(worker, 'message');
      return worker.id;
    },
    async tell(id, what, ...rest) {
      const worker = cluster.workers[id];
      worker.send({ what, rest });
      if (what === 'exit' || what === 'disconnect') await once(worker, 'exit');
      else if (what !== 'block') await once(worker, 'message');
    },
    async end(id, how) {
      const worker = cluster.workers[id];
      if (how === 'disconnect') worker.disconnect();
      else worker.process.kill(how);
      await once(worker, 'exit');
    },
    add: work.add,
    async text() {
      return (await getMetrics().text()).body;
    },
    async json() {
      return getMetrics().registry.getMetricsAsJSON();
    },
    messages: () => messages,
    async leave() {
      for (const worker of Object.values(cluster.workers)) worker.disconnect();
    },
    shutdown: () => shutdownObservability(),
    setUp: () => setupObservability(given.options).then(({ metricsPort }) => metricsPort),
  };
  report('port', status.metricsPort);
  for await (const line of createInterface({ input: process.stdin })) {
    const [id, name, ...rest] = JSON.parse(line);
    if (name === 'end of input') break;
    report(`answer ${id}`, (await commands[name](...rest)) ?? null);
  }
  process.stdin.destroy();
}

async function worker() {
  const { OPTIONS = '{}' } = process.env;
  await setupObservability(JSON.parse(OPTIONS));
  process.on('message', async ({ what, rest }) => {
    await work[what](...rest);
    if (process.connected) process.send('done');
  });
  process.send('ready');
}

await (primary ? main() : worker());

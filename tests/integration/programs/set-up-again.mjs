// Sets up more than once, in the way that the test gives, and counts the servers that this starts.
import { once } from 'node:events';
import { createServer, Server } from 'node:net';
import { report, given } from './report.mjs';

let listening = 0;
const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  listening += 1;
  return listen.apply(this, args);
};

const { setupObservability, startMetricsServer, tool } = await import('toolspan');
const ways = {
  twice: async () => [await setupObservability(), await setupObservability()],
  concurrently: () =>
    Promise.all([setupObservability(), setupObservability(), startMetricsServer().then(({ port }) => ({ metricsPort: port }))]),
  'with register first': async () => {
    await import('toolspan/register');
    return [await setupObservability()];
  },
  'with register afterwards': async () => {
    const first = await setupObservability();
    await import('toolspan/register');
    return [first, await setupObservability()];
  },
  'after a port that was taken': async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const failed = await setupObservability({ metricsPort: holder.address().port });
    holder.close();
    return [await setupObservability({ metricsPort: 0 }), failed];
  },
};
const statuses = await ways[given.way]();
await tool({ name: 'greet' }, async () => 'Hello')();

const answer = await fetch(`http://127.0.0.1:${statuses[0].metricsPort}/metrics`);
report('outcome', { statuses, listening, text: await answer.text() });

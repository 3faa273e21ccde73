import { once } from 'node:events';
import type { Server } from 'node:http';
import { setupObservability } from 'toolspan';
import { Load } from './load.js';
import { createApp } from './server.js';
import { Shop } from './shop.js';
import { Weather } from './weather.js';

/** A small service whose tools are traced and counted. All settings of telemetry come from the environment: see compose.yaml and kubernetes/. */
async function main(): Promise<void> {
  const [port, perSecond] = [numberFrom('PORT', 8_080), numberFrom('LOAD_PER_SECOND', 0)];
  const observability = await setupObservability();
  if (!observability.metricsServerStarted) process.stderr.write(`no metrics are served: ${observability.warnings.join('; ')}\n`);

  const weather = new Weather();
  const shop = new Shop(weather);
  const load = new Load(shop);
  let isReady = true;
  const server = createApp({ shop, load, weather, isReady: () => isReady });
  server.listen(port, process.env['HOST'] ?? '0.0.0.0');
  await once(server, 'listening');
  load.setRate(perSecond);

  const end = async (): Promise<void> => {
    isReady = false;
    await Promise.all([load.stop(), closed(server)]);
    // Delivers what is left, within 5 s. Then nothing keeps the process alive any more, and it ends with status 0.
    await observability.shutdown();
  };
  // Once: a second signal ends the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end());
}

// Longer than any call of a tool takes; together with the 5 s of telemetry well within the 30 s that Kubernetes and the compose file give.
const REQUESTS_MAY_TAKE_MS = 10_000;

/** Takes no more requests, and lets those under way end. */
async function closed(server: Server): Promise<void> {
  const isClosed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), REQUESTS_MAY_TAKE_MS);
  await isClosed;
  clearTimeout(deadline);
}

function numberFrom(name: string, otherwise: number): number {
  const value = Number(process.env[name] || otherwise);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name}=${process.env[name]} is not a number from 0`);
  return value;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});

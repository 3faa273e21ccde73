// Calls tools with every policy that counts, and tells what its own text says. Then it ends, or stays to be told more.
import { createInterface } from 'node:readline';
import * as toolspan from 'toolspan';
import { given, report } from './report.mjs';

const { getMetrics, pushMetrics, resetTools, setupObservability, tool } = toolspan;

const status = given.registers ? await import('toolspan/register') : await setupObservability(given.options);

const add = tool(
  { name: 'add', namespace: 'math', cached: '1h', rateLimited: { limit: 1_000, per: '1s', maxWait: '1s' } },
  async (a, b) => a + b,
);
const down = tool({ name: 'down', retry: { maxRetries: 2, baseDelay: 0 }, circuitBreaker: { failureThreshold: 5 } }, async () => {
  throw new Error('down');
});

async function work(calls) {
  for (let call = 0; call < calls; call++) await add(call % 7, 1);
  for (let call = 0; call < calls / 5; call++) await down().catch(() => undefined);
  return (await getMetrics()?.text())?.body;
}

const { metricsEnabled, metricsServerStarted, metricsPort, warnings } = status;
report('status', { metricsEnabled, metricsServerStarted, metricsPort, warnings, on: toolspan.isMetricsEnabled() });
report('text', await work(given.calls ?? 10));
if (given.asks) {
  const commands = {
    work,
    push: (gateway) => pushMetrics(gateway),
    reset: () => resetTools(),
    shutdown: () => toolspan.shutdownObservability(),
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const [id, name, ...rest] = JSON.parse(line);
    const outcome = await Promise.resolve(commands[name]?.(...rest)).catch(({ name, message }) => ({ name, message }));
    report(`answer ${id}`, outcome ?? null);
    if (name === 'leave') break;
  }
  process.stdin.destroy();
}

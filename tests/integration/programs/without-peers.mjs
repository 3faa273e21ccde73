// Everything there is, in a project where optional packages are missing.
import { createRequire } from 'node:module';
import * as toolspan from 'toolspan';
import { given, report } from './report.mjs';

const { CircuitOpenError, RateLimitError, setupObservability, tool, traceToolExecution } = toolspan;

let runs = 0;
const policies = {
  cached: { ttl: '5m', key: (what) => (what === 'cached' ? what : undefined) },
  rateLimited: { limit: 5, per: '1h' },
  retry: { maxRetries: 1, baseDelay: 0 },
  circuitBreaker: { failureThreshold: 3 },
};
const fetchIt = tool({ name: 'fetch', namespace: 'web', ...policies }, async (what) => {
  runs += 1;
  if (what === 'fails' || runs === 1) throw new Error('down');
  return { what, runs };
});
const nameOf = (error) => error.name;

async function useTools() {
  return {
    retried: await fetchIt('cached'),
    cached: await fetchIt('cached'),
    failed: await fetchIt('fails').catch(nameOf),
    open: await fetchIt('fails').catch((error) => error instanceof CircuitOpenError),
    stillCached: await fetchIt('cached'),
    refused: [
      await fetchIt('other').catch(nameOf),
      await fetchIt('other').catch(nameOf),
      await fetchIt('other').catch((error) => error instanceof RateLimitError),
    ],
    byHand: traceToolExecution('by-hand', (span) => {
      span.setAttribute('a', 1);
      return 'synchronous';
    }),
    tools: toolspan.listTools().map(({ name }) => name),
  };
}

report('before set-up', await useTools());
toolspan.resetTools();
runs = 0;

const status = await setupObservability({ metricsPort: 0, ...given.options });
report('status', status);
report('after set-up', await useTools());
toolspan.getTracer().startSpan('of my own').end();
report('by hand', {
  initTracer: toolspan.initTracer(),
  initMetrics: toolspan.initMetrics(),
  server: (await toolspan.startMetricsServer({ port: 0 })).started,
  text: (await toolspan.getMetrics()?.text())?.body,
});
await import('toolspan/register');
createRequire(import.meta.url)('toolspan/register');
await status.forceFlush();
await status.shutdown();
report('done');

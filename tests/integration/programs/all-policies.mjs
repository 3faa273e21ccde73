// One tool with all policies: a call that succeeds at the second attempt, then a cache hit.
import { setupObservability, tool } from 'toolspan';
import { given, report } from './report.mjs';

const status = await setupObservability({ enableMetrics: false, ...given.options });
report('status', status);

let runs = 0;
const policies = { cached: '5m', rateLimited: { limit: 100, per: '1s' }, retry: { maxRetries: 2, baseDelay: 0 }, circuitBreaker: {} };
const search = tool({ name: 'search', namespace: 'web', ...policies }, async (query) => {
  runs += 1;
  if (runs === 1) throw new TypeError('the first time it fails');
  return `found ${query}`;
});
await search('tea');
await search('tea');

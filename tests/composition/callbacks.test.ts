import { tool, type FunctionPolicies } from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const at = observed();
const warnings = warningsOf();

const rejects = async (): Promise<never> => {
  throw new Error('nobody hears of this');
};
const asynchronous = rejects as never;

/** What does not work is left out: the call goes on as without the callback. */
test.each<[string, FunctionPolicies, number, string]>([
  ['cached.key', { cached: { key: asynchronous } }, 2, 'result'],
  ['cached.cacheIf', { cached: { cacheIf: asynchronous } }, 1, 'result'],
  ['cached.ttl', { cached: { ttl: asynchronous } }, 1, 'result'],
  ['cached.tags', { cached: { tags: asynchronous } }, 1, 'result'],
  ['cached.weigh', { cached: { weigh: asynchronous, maxWeight: 5 } }, 1, 'result'],
  ['rateLimited.key', { rateLimited: { limit: 1, per: '1h', key: asynchronous } }, 2, 'result'],
  ['rateLimited.cost', { rateLimited: { limit: 2, per: '1h', cost: asynchronous } }, 2, 'result'],
  ['retry.retryResult', { retry: { maxRetries: 1, retryResult: asynchronous } }, 2, 'result'],
])('%s that gives a promise is reported once, counted, and done without', async (option, policies, runs, result) => {
  let ran = 0;
  const act = tool({ name: 'act', ...policies }, async () => {
    ran += 1;
    return 'result';
  });
  expect([await act(), await act(), ran]).toEqual([result, result, runs]);
  expect(warnings).toEqual([expect.stringMatching(`^tool "act": ${option} failed \\(it gave a promise, and must answer at once\\)`)]);
  expect(at.seen.metric('tool_callback_errors_total', { tool: 'act', option })).toBeGreaterThan(0);
});

test.each<[string, FunctionPolicies, number, string]>([
  ['retry.retryIf', { retry: { maxRetries: 1, retryIf: asynchronous } }, 4, 'Error: down'],
  ['circuitBreaker.countIf', { circuitBreaker: { failureThreshold: 1, countIf: asynchronous } }, 1, 'CircuitOpenError'],
  ['cached.errorTtl', { cached: { errorTtl: asynchronous } }, 2, 'Error: down'],
])('%s that gives a promise is as if there were none', async (option, policies, runs, last) => {
  let ran = 0;
  const act = tool({ name: 'act', ...policies }, async () => {
    ran += 1;
    throw new Error('down');
  });
  await outcome(act());
  expect(String(await outcome(act()))).toContain(last);
  expect(ran).toBe(runs);
  expect(at.seen.metric('tool_callback_errors_total', { tool: 'act', option })).toBeGreaterThan(0);
});

// The ESM and the CommonJS build of the package in one process.
import { createRequire } from 'node:module';
import * as esm from 'toolspan';
import { report } from './report.mjs';

const cjs = createRequire(import.meta.url)('toolspan');
const statuses = [await esm.setupObservability(), await cjs.setupObservability()];

const flaky = { circuitBreaker: { failureThreshold: 1 } };
const fails = async () => Promise.reject(new Error('down'));
const tools = {
  esm: esm.tool({ name: 'of-esm', ...flaky }, fails),
  cjs: cjs.tool({ name: 'of-cjs', ...flaky }, fails),
};
const refusals = {};
for (const copy of ['esm', 'cjs']) {
  await tools[copy]().catch(() => undefined);
  refusals[copy] = await tools[copy]().catch((error) => error);
}

esm.configureTools({ rateLimit: { limit: 1, per: '1h' } });
await cjs.tool({ name: 'limited' }, async () => 1)();
const limited = await cjs
  .tool({ name: 'limited-too' }, async () => 1)()
  .catch((error) => error);

report('outcome', {
  areTwo: esm.tool !== cjs.tool,
  ports: statuses.map(({ metricsPort }) => metricsPort),
  tools: [esm, cjs].map((copy) => copy.listTools().map(({ name }) => name)),
  texts: await Promise.all([esm, cjs].map(async (copy) => (await copy.getMetrics().text()).body)),
  recognised: {
    'esm refusal by cjs': refusals.esm instanceof cjs.CircuitOpenError && refusals.esm instanceof cjs.ToolError,
    'cjs refusal by esm': refusals.cjs instanceof esm.CircuitOpenError && refusals.cjs instanceof esm.ToolRefusedError,
    'limit set by esm, refusal of cjs, by esm': limited instanceof esm.RateLimitError,
  },
  mistaken: limited instanceof esm.CircuitOpenError || refusals.esm instanceof cjs.RateLimitError || new Error() instanceof cjs.ToolError,
});

cjs.resetTools();
const afterReset = await tools.esm().catch((error) => error);
report('reset by cjs', afterReset instanceof esm.RateLimitError ? 'limited' : afterReset.message);

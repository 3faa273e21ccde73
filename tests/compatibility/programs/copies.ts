// The ESM and the CommonJS copy of the library in one process, both loaded by an application of either kind.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runChecks } from './run-checks.js';
import { Web } from './toolbox.js';

const loadEsm = () => import('toolspan');
const loadCjs = () => createRequire(join(process.cwd(), 'package.json'))('toolspan') as Awaited<ReturnType<typeof loadEsm>>;

const down = async (): Promise<never> => Promise.reject(new Error('down'));
const itself = (error: unknown) => error;

runChecks({
  'there are two copies': async () => assert.notEqual((await loadEsm()).tool, loadCjs().tool),
  'set up twice, they share one server and one registry': async () => {
    const [esm, cjs] = [await loadEsm(), loadCjs()];
    const options = { enableTracing: false, metricsPort: 0 };
    const [first, second] = [await esm.setupObservability(options), await cjs.setupObservability(options)];
    assert.ok(first.metricsPort! > 0);
    assert.equal(second.metricsPort, first.metricsPort);
    assert.equal(esm.getMetrics()!.registry, cjs.getMetrics()!.registry);
  },
  'both list the tools of both': async () => {
    const [esm, cjs] = [await loadEsm(), loadCjs()];
    esm.tool({ name: 'of-esm' }, down);
    cjs.tool({ name: 'of-cjs' }, down);
    assert.deepEqual(esm.listTools(), cjs.listTools());
    const names = esm.listTools().map(({ name }) => name);
    assert.ok(['of-esm', 'of-cjs', 'fetch'].every((name) => names.includes(name)));
  },
  'each recognises the refusals of the other': async () => {
    const [esm, cjs] = [await loadEsm(), loadCjs()];
    for (const [name, maker, judge] of [
      ['flaky-of-esm', esm, cjs],
      ['flaky-of-cjs', cjs, esm],
    ] as const) {
      const tool = maker.tool({ name, circuitBreaker: { failureThreshold: 1 } }, down);
      await assert.rejects(tool, { message: 'down' });
      const error: unknown = await tool().catch(itself);
      assert.ok(error instanceof judge.CircuitOpenError && error instanceof judge.ToolRefusedError && error instanceof judge.ToolError);
      assert.ok(!(error instanceof judge.RateLimitError) && !(error instanceof judge.ConfigurationError));
    }
  },
  'each describes the classes of the other': async () => {
    const [esm, cjs] = [await loadEsm(), loadCjs()];
    assert.equal(esm.describeTool(Web, 'fetchPage').name, 'fetch');
    assert.deepEqual(esm.describeTool(Web, 'fetchPage'), cjs.describeTool(Web, 'fetchPage'));
  },
  'a global limit set by one holds for the tools of the other': async () => {
    const [esm, cjs] = [await loadEsm(), loadCjs()];
    esm.configureTools({ rateLimit: { limit: 1, per: '1h' } });
    const tool = cjs.tool({ name: 'limited-by-both' }, async () => 'admitted');
    assert.equal(await tool(), 'admitted');
    await assert.rejects(tool, { name: 'RateLimitError', reason: 'global_limit' });
  },
});

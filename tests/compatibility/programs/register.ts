// An application that does not set up: `node --import toolspan/register` or `--require` did it, before it began.
import assert from 'node:assert/strict';
import { isMetricsEnabled, isTracingEnabled, setupObservability } from 'toolspan';
import { runChecks } from './run-checks.js';
import { Scrape } from './scrape.js';
import { Calculator, Web } from './toolbox.js';

runChecks({
  'tracing and metrics are on': () => assert.deepEqual([isTracingEnabled(), isMetricsEnabled()], [true, true]),
  'calls are counted': async () => {
    assert.equal(new Web().add(1, 2), 3);
    assert.equal(await new Calculator().execute({ a: 2, b: 3 }), 6);
    const { metricsPort, warnings } = await setupObservability();
    assert.deepEqual(warnings, []);
    const scrape = await Scrape.from(metricsPort);
    assert.deepEqual(scrape.values('tool_executions_total{tool="calculator",namespace="default",status="success"}'), [1]);
  },
  // That its spans arrive is for the runner to see: a natural exit delivers them.
});

// Set-up, traces to a real receiver (which the runner reads), metrics over HTTP, shutdown, and all of it again.
import assert from 'node:assert/strict';
import { trace } from '@opentelemetry/api';
import { isMetricsEnabled, isTracingEnabled, setupObservability, traceToolExecution, type ObservabilityStatus } from 'toolspan';
import { runChecks } from './run-checks.js';
import { Scrape } from './scrape.js';
import { Calculator, Web } from './toolbox.js';

const FETCHED = ['success', 'error'].map((status) => `tool_executions_total{tool="fetch",namespace="web",status="${status}"}`);
const ADDED = 'tool_executions_total{tool="add",namespace="web",status="success"}';

const web = new Web();
let status: ObservabilityStatus;

runChecks({
  'set-up switches everything on': async () => {
    status = await setupObservability({ metricsPort: 0 });
    const { tracingEnabled, metricsEnabled, metricsServerStarted, metricsPort, warnings } = status;
    assert.deepEqual(warnings, []);
    assert.deepEqual([tracingEnabled, metricsEnabled, metricsServerStarted], [true, true, true]);
    assert.ok(metricsPort! > 0);
  },
  'series exist at 0 before the first call': async () => {
    const scrape = await Scrape.from(status.metricsPort);
    assert.match(scrape.contentType, /^text\/plain; *version=0\.0\.4/);
    assert.deepEqual(scrape.values(...FETCHED), [0, 0]);
  },
  'tools work': async () => {
    web.failures = 1;
    web.meanwhile = () => trace.getTracer('an application').startSpan('my own').end();
    assert.equal(await web.fetchPage('a'), 'page at a');
    assert.equal(await web.fetchPage('a'), 'page at a');
    await assert.rejects(web.fragile(true), { name: 'CircuitOpenError' });
    await web.limited();
    await web.limited();
    await assert.rejects(web.limited(), { name: 'RateLimitError' });
    for await (const page of web.pages()) assert.equal(typeof page, 'string');
    assert.equal(web.add(1, 2), 3);
    assert.equal(await new Calculator().execute({ a: 2, b: 3 }), 6);
    const { traceId } = traceToolExecution('by-hand', (span) => (web.add(3, 4), span.spanContext()));
    assert.match(traceId, /^(?!0{32})[0-9a-f]{32}$/);
  },
  'what they did is counted': async () => {
    const scrape = await Scrape.from(status.metricsPort);
    const counted = {
      [FETCHED[0]!]: 2,
      [FETCHED[1]!]: 0,
      'tool_execution_duration_seconds_count{tool="fetch",namespace="web"}': 2,
      'tool_execution_duration_seconds_bucket{tool="fetch",namespace="web",le="+Inf"}': 2,
      'tool_cache_operations_total{tool="fetch",operation="lookup",result="hit"}': 1,
      'tool_cache_operations_total{tool="fetch",operation="lookup",result="miss"}': 1,
      'tool_cache_operations_total{tool="fetch",operation="set",result="set"}': 1,
      'tool_retry_attempts_total{tool="fetch",attempt="0",success="false"}': 1,
      'tool_retry_attempts_total{tool="fetch",attempt="1",success="true"}': 1,
      'tool_circuit_breaker_failures_total{tool="fetch"}': 1,
      'tool_circuit_breaker_state{tool="fetch"}': 0,
      'tool_rate_limit_checks_total{tool="fetch",allowed="true"}': 1,
      'tool_executions_total{tool="fragile",namespace="web",status="error"}': 1,
      'tool_circuit_breaker_failures_total{tool="fragile"}': 2,
      'tool_circuit_breaker_state{tool="fragile"}': 1,
      'tool_rate_limit_checks_total{tool="limited",allowed="false"}': 1,
      [ADDED]: 2,
      'tool_executions_total{tool="calculator",namespace="default",status="success"}': 1,
      'tool_executions_total{tool="by-hand",namespace="default",status="success"}': 1,
    };
    const names = Object.keys(counted);
    const values = scrape.values(...names);
    assert.deepEqual(Object.fromEntries(names.map((name, at) => [name, values[at]])), counted);
    assert.doesNotMatch(scrape.text, /^tool_telemetry_errors_total\{.*\} [1-9]/m);
  },
  'OpenMetrics is served to who asks for it, with exemplars': async () => {
    const { contentType, text } = await Scrape.from(status.metricsPort, 'application/openmetrics-text; version=1.0.0');
    assert.match(contentType, /^application\/openmetrics-text; *version=1\.0\.0/);
    assert.match(text, /^tool_execution_duration_seconds_bucket\{.*tool="fetch".*# \{.*trace_id="[0-9a-f]{32}"/m);
    assert.match(text, /\n# EOF\n$/);
  },
  'nothing else is served': async () => {
    const statusAt = async (path: string) => (await fetch(`http://127.0.0.1:${status.metricsPort}${path}`)).status;
    assert.deepEqual([await statusAt('/healthz'), await statusAt('/'), await statusAt('/metrics/more')], [200, 404, 404]);
  },
  'after a shutdown tools work on, untraced': async () => {
    await status.shutdown();
    assert.deepEqual([isTracingEnabled(), isMetricsEnabled()], [false, false]);
    assert.equal(web.add(5, 6), 11);
    await assert.rejects(Scrape.from(status.metricsPort));
  },
  'set-up works again': async () => {
    status = await setupObservability({ metricsPort: 0 });
    assert.deepEqual(status.warnings, []);
    assert.equal(web.add(7, 8), 15);
    assert.deepEqual([isTracingEnabled(), isMetricsEnabled()], [true, true]);
    assert.ok((await Scrape.from(status.metricsPort)).values(ADDED)[0]! > 0);
  },
});

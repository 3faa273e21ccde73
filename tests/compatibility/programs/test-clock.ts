// toolspan/testing, and what takes time: half-open circuits, limits that recover, results that expire.
import assert from 'node:assert/strict';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { runChecks } from './run-checks.js';
import { Web } from './toolbox.js';

const clock = createTestClock();
const seen = createTestObservability({ clock });
const web = new Web();

runChecks({
  'an open circuit lets a probe through after its time, and closes': async () => {
    await assert.rejects(web.fragile(true), { name: 'CircuitOpenError' });
    await clock.advance('29s');
    await assert.rejects(web.fragile(false), { name: 'CircuitOpenError' });
    await clock.advance('1s');
    assert.equal(await web.fragile(false), 'up');
    assert.equal(seen.metric('tool_circuit_breaker_state', { tool: 'fragile' }), 0);
  },
  'a limit recovers': async () => {
    await Promise.all([web.limited(), web.limited()]);
    await assert.rejects(web.limited(), { name: 'RateLimitError', retryAfterMs: 1_800_000 });
    await clock.advance('30m');
    assert.equal(await web.limited(), 'admitted');
  },
  'a result expires': async () => {
    await web.fetchPage('a');
    await clock.advance('4m');
    await web.fetchPage('a');
    await clock.advance('2m');
    web.runs = 0;
    await web.fetchPage('a');
    assert.equal(web.runs, 1);
  },
  'calls are seen as spans and counts': () => {
    assert.match(seen.tree(), /tool\.retry\.attempt #0 .*✗ down/);
    assert.equal(seen.metric('tool_executions_total', { tool: 'limited', status: 'error' }), 1);
    seen.dispose();
  },
});

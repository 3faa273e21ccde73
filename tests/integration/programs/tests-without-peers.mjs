// A unit test of an application, where no telemetry package is installed.
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { tool } from 'toolspan';
import { report } from './report.mjs';

const clock = createTestClock({ autoAdvance: true });
const observability = createTestObservability({ clock });
let runs = 0;
const fetchIt = tool({ name: 'fetch', cached: '5m', retry: { maxRetries: 1, baseDelay: 0 }, circuitBreaker: {} }, async () => {
  runs += 1;
  if (runs === 1) throw new Error('down');
  return 'up';
});
await fetchIt();
await fetchIt();
report('tree', observability.tree().split('\n'));
report('metric', observability.metric('tool_executions_total', { tool: 'fetch', status: 'success' }));
observability.dispose();

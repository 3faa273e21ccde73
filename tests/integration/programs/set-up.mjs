// Sets up as the test gives it, calls a tool, and tells what came of it.
import { getMetrics, isMetricsEnabled, isTracingEnabled, setupObservability, tool } from 'toolspan';
import { given, report } from './report.mjs';

if (given.registers) await import('toolspan/register');
if (given.options) {
  await setupObservability(given.options).then(
    (status) => report('status', status),
    ({ name, code, message }) => report('rejection', { name, code, message }),
  );
}

const greet = tool({ name: 'greet', namespace: 'polite' }, async (name) => `Hello ${name}`);
report('result', await greet('world'));
report('state', { tracing: isTracingEnabled(), metrics: isMetricsEnabled(), text: (await getMetrics()?.text())?.body });

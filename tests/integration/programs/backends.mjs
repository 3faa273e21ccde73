// Sets up as the environment has it, calls a tool, and tells what became of its trace: on the wire, and in the headers of a request.
import { context, propagation, trace } from '@opentelemetry/api';
import { getMetrics, setupObservability, tool } from 'toolspan';
import { given, report } from './report.mjs';

const status = await setupObservability({ serviceName: given.unnamed ? undefined : 'vendors', metricsPort: 0, ...given.options });
report('status', status);

const greet = tool({ name: 'greet', namespace: 'polite' }, async (name) => {
  const headers = {};
  propagation.inject(context.active(), headers);
  const { traceId, spanId, traceFlags } = trace.getActiveSpan()?.spanContext() ?? {};
  report('inside', { headers, traceId, spanId, traceFlags });
  return `Hello ${name}`;
});

const arrived = propagation.extract(context.active(), given.headers ?? {});
for (let call = 0; call < (given.calls ?? 1); call += 1) {
  if (given.between && call > 0) await new Promise((resolve) => process.stdin.once('data', resolve));
  report('result', await context.with(arrived, () => greet('world')));
  await status.forceFlush(30_000);
  report('flushed', call);
}
report('faults', (await getMetrics()?.text())?.body ?? '');
if (given.shutsDown) await status.shutdown();
process.stdin.unref?.(); // a file has none

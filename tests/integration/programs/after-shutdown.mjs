// Sets up, shuts down, lets the application take the globals, and sets up again.
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { getMetrics, isMetricsEnabled, isTracingEnabled, setupObservability, shutdownObservability, tool } from 'toolspan';
import { report } from './report.mjs';

const EVENTS = ['SIGTERM', 'SIGINT', 'beforeExit'];
const listeners = () => EVENTS.map((event) => process.listenerCount(event));
const greet = tool({ name: 'greet' }, async (name) => name);
const before = listeners();

const first = await setupObservability();
await greet('first');
await first.shutdown();
await shutdownObservability();
report('shut down', {
  result: await greet('untraced'),
  tracing: isTracingEnabled(),
  metrics: isMetricsEnabled(),
  text: getMetrics() !== undefined,
  listenersAreGone: JSON.stringify(listeners()) === JSON.stringify(before),
  scrape: await fetch(`http://127.0.0.1:${first.metricsPort}/metrics`).then(
    () => 'answered',
    () => 'refused',
  ),
});

report('globals', {
  provider: trace.setGlobalTracerProvider(new TracerProvider()),
  contextManager: context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()),
  propagator: propagation.setGlobalPropagator(new W3CTraceContextPropagator()),
});
for (const global of [trace, context, propagation]) global.disable();

const second = await setupObservability();
await greet('second');
const answer = await fetch(`http://127.0.0.1:${second.metricsPort}/metrics`);
report('second', { status: second, text: await answer.text() });

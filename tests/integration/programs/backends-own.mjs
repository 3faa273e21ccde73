// An application that has parts of its own beside the backend's.
import { context, propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { setupObservability, shutdownObservability, tool } from 'toolspan';
import { given, report } from './report.mjs';

const OWN = {
  options: {
    idGenerator: { generateTraceId: () => 'f'.repeat(32), generateSpanId: () => 'e'.repeat(16) },
    sampler: { shouldSample: () => ({ decision: 2 }), toString: () => 'own' },
    textMapPropagator: new W3CTraceContextPropagator(),
  },
};
if (given.propagator) propagation.setGlobalPropagator(new W3CTraceContextPropagator());
if (given.provider) trace.setGlobalTracerProvider(new TracerProvider());

const setUp = (options) => setupObservability({ enableMetrics: false, backend: 'xray', ...options }).then(({ warnings }) => warnings);
report('first', await setUp(given.own ? { tracing: OWN.options } : {}));
report('second', await setUp({ backend: 'gcp' }));

const greet = tool({ name: 'greet' }, async () => {
  const headers = {};
  propagation.inject(context.active(), headers);
  return headers;
});
report('headers', await greet());
await shutdownObservability();
report('fields after shutdown', propagation.fields());

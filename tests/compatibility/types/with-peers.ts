// Compiled, not run: the types of the optional packages fit where ours ask for them, and ours where theirs do.
import { trace, type Span, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { Registry } from 'prom-client';
import { getTracer, setupObservability } from 'toolspan';

void setupObservability({ registry: new Registry(), tracing: { traceExporter: new OTLPTraceExporter() }, logger: console });
export const tracer: Tracer = getTracer();
export const mine: ReturnType<typeof getTracer> = trace.getTracer('mine');
getTracer().startActiveSpan('own', { attributes: { a: 1, b: ['x'] } }, (span) => {
  const real: Span = span;
  real.end();
});

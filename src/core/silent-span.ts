import type { Span, Tracer } from './span.js';

const NO_CONTEXT = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };

/** A span that records nothing: what user code gets where tracing is off. */
export const silentSpan: Span = {
  spanContext: () => NO_CONTEXT,
  setAttribute: () => silentSpan,
  setAttributes: () => silentSpan,
  addEvent: () => silentSpan,
  addLink: () => silentSpan,
  addLinks: () => silentSpan,
  setStatus: () => silentSpan,
  updateName: () => silentSpan,
  end: () => undefined,
  isRecording: () => false,
  recordException: () => undefined,
};

/** A tracer of such spans: what `getTracer()` gives where @opentelemetry/api is not installed. */
export const silentTracer: Tracer = {
  startSpan: () => silentSpan,
  startActiveSpan: (...args: unknown[]) => (args[args.length - 1] as (span: Span) => never)(silentSpan),
};

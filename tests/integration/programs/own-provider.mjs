// An application that has registered a TracerProvider of its own before set-up.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { setupObservability, tool } from 'toolspan';
import { report } from './report.mjs';

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const status = await setupObservability({ enableMetrics: false });
const ownTracer = trace.getTracer('the application');
const names = () => exporter.getFinishedSpans().map(({ name, instrumentationScope }) => `${instrumentationScope.name}: ${name}`);

const greet = tool({ name: 'greet' }, async () => ownTracer.startSpan('greeting').end());
await greet();
report('before', { status, names: names() });

exporter.reset();
await status.shutdown();
await greet();
ownTracer.startActiveSpan('still here', (span) => {
  trace.getTracer('another').startSpan('child').end();
  span.end();
});
const [first, child, parent] = exporter.getFinishedSpans();
report('after', {
  names: names(),
  isChild: child.parentSpanContext?.spanId === parent.spanContext().spanId,
  isRoot: first.parentSpanContext === undefined,
  isStillRegistered: trace.getTracerProvider().getDelegate() === provider,
});

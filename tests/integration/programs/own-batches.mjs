// An application whose own TracerProvider delivers in batches, once a minute.
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { setupObservability, tool } from 'toolspan';
import { given, report } from './report.mjs';

const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 60_000 });
const resource = defaultResource().merge(detectResources({ detectors: [envDetector] }));
trace.setGlobalTracerProvider(new TracerProvider({ resource, spanProcessors: [processor] }));

await setupObservability({ enableMetrics: false });
await tool({ name: 'greet' }, async () => 'Hello')();
if (given.stays) setInterval(() => undefined, 1_000);
report('done');

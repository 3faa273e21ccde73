import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { DiscardingExporter } from './discarding-exporter.js';

/** Tracing as an application sets it up: every span sampled, in batches, to nowhere. toolspan joins what is registered. */
export function registerApplicationTracing(maxQueueSize: number): { exporter: DiscardingExporter; flush: () => Promise<void> } {
  const exporter = new DiscardingExporter();
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return { exporter, flush: () => provider.forceFlush() };
}

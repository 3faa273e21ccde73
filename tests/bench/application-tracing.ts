import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { DiscardingExporter } from './discarding-exporter.js';

/** Spans that may wait for the next flush. */
const QUEUE = 16_384;

/** What stands behind the application's tracing. */
export interface ApplicationTracing {
  readonly exporter: DiscardingExporter;
  flush(): Promise<void>;
}

/**
 * Tracing as an application sets it up, in batches, to nowhere. toolspan joins what is registered.
 * @param sampled share of the traces, 0 to 1
 */
export function registerApplicationTracing(sampled = 1): ApplicationTracing {
  const exporter = new DiscardingExporter();
  const root = sampled === 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(sampled);
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: QUEUE })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return { exporter, flush: () => provider.forceFlush() };
}

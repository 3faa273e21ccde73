// Loaded before the sample app (`node --import`): writes down how many spans it makes, which of them an export that succeeded has taken,
// and its memory after a collection. The app itself knows nothing of it: its own set-up finds tracing switched on.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { setupObservability } from 'toolspan';

const folder = process.env.WATCH_FOLDER;
const acknowledged = openSync(join(folder, 'acknowledged'), 'a');
const counts = openSync(join(folder, 'counts'), 'a');
let made = 0;
let delivered = 0;

class WatchedExporter extends OTLPTraceExporter {
  export(spans, callback) {
    super.export(spans, (result) => {
      if (result.code === 0) {
        delivered += spans.length;
        writeSync(acknowledged, spans.map((span) => `${span.spanContext().spanId}\n`).join(''));
      }
      callback(result);
    });
  }
}

const counter = {
  onStart: () => undefined,
  onEnd: () => (made += 1),
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};
await setupObservability({ tracing: { spanProcessors: [counter], traceExporter: new WatchedExporter() } });

setInterval(() => {
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  writeSync(counts, `${JSON.stringify({ made, delivered, heapUsed, rss })}\n`);
}, 250).unref();

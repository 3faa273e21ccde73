import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { getMetrics, initMetrics, initTracer, Tool } from 'toolspan';
import { registerApplicationTracing } from '../application-tracing.js';
import type { Contest } from '../contest.js';
import { expectCounted, expectEqual } from '../expectations.js';
import { expectSameSpans } from '../expected-spans.js';
import { handMadeMetrics } from '../by-hand/metrics.js';

const BY_HAND = 'by-hand';
const { registry, executions, durations } = handMadeMetrics();
const tracer = trace.getTracer(BY_HAND);

class Decorated {
  @Tool({ namespace: 'bench' })
  async add(a: number, b: number): Promise<number> {
    return a + b;
  }
}

const spanOptions = {
  kind: SpanKind.INTERNAL,
  attributes: {
    'tool.name': 'add',
    'tool.namespace': 'bench',
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'add',
    'gen_ai.tool.type': 'function',
  },
};

class ByHand {
  add(a: number, b: number): Promise<number> {
    return tracer.startActiveSpan('tool.execute', spanOptions, async (span) => {
      const startedAt = performance.now();
      let status = 'success';
      try {
        return a + b;
      } catch (error) {
        status = 'error';
        span.recordException(error as Error);
        span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
        throw error;
      } finally {
        const durationMs = performance.now() - startedAt;
        span.setAttributes({ 'tool.duration_ms': durationMs, 'tool.cached': false, 'tool.success': status === 'success' });
        span.end();
        executions.inc({ tool: 'add', namespace: 'bench', status });
        durations.observe({ tool: 'add', namespace: 'bench' }, durationMs / 1_000);
      }
    });
  }
}

/** A span and the counts of a call, against OpenTelemetry and prom-client written into the method. */
export function spans(): Contest {
  const { exporter, flush } = registerApplicationTracing();
  initTracer();
  initMetrics();
  const decorated = new Decorated();
  const byHand = new ByHand();
  return {
    flush,
    ours: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await decorated.add(call, 1);
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await byHand.add(call, 1);
      },
    },
    async verify(issued) {
      await flush();
      expectEqual('spans of the decorated method', exporter.count('toolspan', 'add', 'tool.execute'), issued.ours);
      expectEqual('spans by hand', exporter.count(BY_HAND, 'add', 'tool.execute'), issued.rival);
      expectSameSpans(exporter, ['toolspan', BY_HAND], 'add', ['tool.execute']);
      expectCounted((await getMetrics()!.text()).body, 'add', issued.ours);
      expectCounted(await registry.metrics(), 'add', issued.rival);
    },
  };
}

import { getMetrics, initMetrics, initTracer } from 'toolspan';
import { registerApplicationTracing } from '../application-tracing.js';
import { ByDecorator } from '../by-decorator.js';
import { bareSpans, FLOOR } from '../by-hand/bare-spans.js';
import type { Contest } from '../contest.js';
import { expectCounted, expectPoliciesCounted } from '../expectations.js';
import { expectSameSpans, expectSpans, SPANS } from '../expected-spans.js';

/** A miss through all policies, traced and counted, against nothing but its spans. */
export function floor(): Contest {
  const { exporter, flush } = registerApplicationTracing();
  initTracer();
  initMetrics();
  const decorated = new ByDecorator();
  let page = 0;
  return {
    flush,
    ours: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await decorated.find('word', page++);
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) bareSpans();
      },
    },
    async verify(issued) {
      await flush();
      const { body } = await getMetrics()!.text();
      expectCounted(body, 'find', issued.ours);
      expectPoliciesCounted(body, 'find', { calls: issued.ours, misses: issued.ours });
      expectSpans(exporter, 'toolspan', { calls: issued.ours, misses: issued.ours });
      expectSpans(exporter, FLOOR, { calls: issued.rival, misses: issued.rival });
      expectSameSpans(exporter, ['toolspan', FLOOR], 'find', SPANS.miss);
    },
  };
}

import { getMetrics, initMetrics, initTracer } from 'toolspan';
import { registerApplicationTracing } from '../application-tracing.js';
import { BY_HAND, TracedByHand } from '../by-hand/find.js';
import type { Contest } from '../contest.js';
import { expectCounted, expectEqual, expectPoliciesCounted } from '../expectations.js';
import { expectSameSpans, expectSampled, expectSpans, SPANS } from '../expected-spans.js';
import { ByDecorator } from '../by-decorator.js';

const SAMPLED = 0.1;
const PAGES = 100;

/** Every call a miss, all of them sampled. */
export function missTraced(): Contest {
  return contest({ sampled: 1, pages: Infinity });
}

/** Every call a miss, one trace in ten sampled. */
export function missSampled(): Contest {
  return contest({ sampled: SAMPLED, pages: Infinity });
}

/** Every call a hit. */
export function hitTraced(): Contest {
  return contest({ sampled: 1, pages: PAGES });
}

function contest({ sampled, pages }: { sampled: number; pages: number }): Contest {
  const { exporter, flush } = registerApplicationTracing(sampled);
  initTracer();
  initMetrics();
  const decorated = new ByDecorator();
  const byHand = new TracedByHand();
  let call = 0;
  return {
    flush,
    ours: {
      async run(calls) {
        for (const end = call + calls; call < end; call++) await decorated.find('word', call % pages);
      },
    },
    rival: {
      async run(calls) {
        for (const end = call + calls; call < end; call++) await byHand.find('word', call % pages);
      },
    },
    async verify(issued) {
      await flush();
      for (const { tracer, calls, runs, exposition } of [
        { tracer: 'toolspan', calls: issued.ours, runs: decorated.runs, exposition: (await getMetrics()!.text()).body },
        { tracer: BY_HAND, calls: issued.rival, runs: byHand.runs, exposition: await byHand.exposition() },
      ]) {
        const misses = Math.min(calls, pages);
        expectEqual(`${tracer}: runs of the method`, runs, misses);
        expectCounted(exposition, 'find', calls);
        expectPoliciesCounted(exposition, 'find', { calls, misses });
        if (sampled === 1) expectSpans(exporter, tracer, { calls, misses });
        else expectSampled(exporter, tracer, { calls, share: sampled });
      }
      expectSameSpans(exporter, ['toolspan', BY_HAND], 'find', pages === Infinity ? SPANS.miss : SPANS.hit);
    },
  };
}

import { getMetrics, initMetrics, Tool } from 'toolspan';
import type { Contest } from '../contest.js';
import { expectCounted } from '../expectations.js';
import { handMadeMetrics } from '../by-hand/metrics.js';

const { registry, executions, durations } = handMadeMetrics();

class Decorated {
  @Tool({ namespace: 'bench' })
  async add(a: number, b: number): Promise<number> {
    return a + b;
  }
}

class ByHand {
  async add(a: number, b: number): Promise<number> {
    const startedAt = performance.now();
    let status = 'success';
    try {
      return a + b;
    } catch (error) {
      status = 'error';
      throw error;
    } finally {
      executions.inc({ tool: 'add', namespace: 'bench', status });
      durations.observe({ tool: 'add', namespace: 'bench' }, (performance.now() - startedAt) / 1_000);
    }
  }
}

/** Counting and timing a call, against prom-client written into the method. */
export function metrics(): Contest {
  initMetrics();
  const decorated = new Decorated();
  const byHand = new ByHand();
  return {
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
      expectCounted((await getMetrics()!.text()).body, 'add', issued.ours);
      expectCounted(await registry.metrics(), 'add', issued.rival);
    },
  };
}

import CircuitBreakerOfOpossum from 'opossum';
import { Registry } from 'prom-client';
import { CircuitBreaker, getMetrics, initMetrics, Tool } from 'toolspan';
import type { Contest } from '../contest.js';
import { expectCounted, expectEqual, sampleOf } from '../expectations.js';

class Decorated {
  @Tool({ namespace: 'bench' })
  @CircuitBreaker()
  async add(a: number, b: number): Promise<number> {
    return a + b;
  }
}

/** A circuit breaker with metrics, against opossum with its own. Neither has a time limit. */
export async function opossum(): Promise<Contest> {
  initMetrics();
  const { default: PrometheusMetrics } = await import('opossum-prometheus');
  const decorated = new Decorated();
  const breaker = new CircuitBreakerOfOpossum(async (a: number, b: number) => a + b, { name: 'add', timeout: false });
  const registry = new Registry();
  new PrometheusMetrics({ circuits: [breaker], registry });
  return {
    ours: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await decorated.add(call, 1);
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await breaker.fire(call, 1);
      },
    },
    async verify(issued) {
      expectCounted((await getMetrics()!.text()).body, 'add', issued.ours);
      const body = await registry.metrics();
      for (const event of ['fire', 'success']) {
        const sample = `circuit{name="add",event="${event}"}`;
        expectEqual(sample, sampleOf(body, sample), issued.rival);
      }
    },
  };
}

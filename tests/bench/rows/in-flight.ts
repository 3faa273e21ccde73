import { getMetrics, initMetrics, initTracer, Tool } from 'toolspan';
import { registerApplicationTracing } from '../application-tracing.js';
import type { Contest } from '../contest.js';
import { expectCounted, expectEqual } from '../expectations.js';

const AT_ONCE = 1_000;

/** Calls that last until they are told to end. */
class Waiting {
  readonly #ends: (() => void)[] = [];

  @Tool({ namespace: 'bench' })
  async crowded(n: number): Promise<number> {
    await new Promise<void>((resolve) => this.#ends.push(resolve));
    return n;
  }

  @Tool({ namespace: 'bench' })
  async alone(n: number): Promise<number> {
    await new Promise<void>((resolve) => this.#ends.push(resolve));
    return n;
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

/** A thousand calls under way at a time, against one. Both are traced and counted. */
export function inFlight(): Contest {
  const { exporter, flush } = registerApplicationTracing();
  initTracer();
  initMetrics();
  const waiting = new Waiting();
  return {
    pace: { callsPerBatch: AT_ONCE, batchesPerRound: 10 },
    flush,
    ours: {
      async run(calls) {
        const answers: Promise<number>[] = [];
        for (let call = 0; call < calls; call++) answers.push(waiting.crowded(call));
        waiting.end();
        for (const answer of answers) await answer;
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) {
          const answer = waiting.alone(call);
          waiting.end();
          await answer;
        }
      },
    },
    async verify(issued) {
      await flush();
      const { body } = await getMetrics()!.text();
      for (const [tool, calls] of [
        ['crowded', issued.ours],
        ['alone', issued.rival],
      ] as const) {
        expectCounted(body, tool, calls);
        expectEqual(`${tool}: spans`, exporter.count('toolspan', tool, 'tool.execute'), calls);
      }
    },
  };
}

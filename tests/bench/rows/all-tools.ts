import { getMetrics, initTracer, setupObservability, Tool } from 'toolspan';
import { registerApplicationTracing } from '../application-tracing.js';
import type { Contest } from '../contest.js';
import { MOST_COMPANY } from '../company.js';
import { expectCounted, expectEqual } from '../expectations.js';

const FEW = 10;
const MANY = 10_000;

interface Adder {
  add(a: number, b: number): Promise<number>;
}

/** A class of its own for each tool, as in an application. */
function adders(name: string, howMany: number): Adder[] {
  return Array.from({ length: howMany }, (_, index) => {
    class Numbered {
      @Tool({ name: `${name} ${index}`, namespace: 'bench' })
      async add(a: number, b: number): Promise<number> {
        return a + b;
      }
    }
    return new Numbered();
  });
}

/** Calls that go round ten thousand tools, against calls that go round ten of the same kind. Both are traced and counted. */
export function allTools(): Contest {
  const { exporter, flush } = registerApplicationTracing();
  initTracer();
  // Instruments are on when it returns.
  void setupObservability({ enableTracing: false, enableMetricsServer: false, maxTools: MANY + FEW + MOST_COMPANY });
  const many = adders('many', MANY);
  const few = adders('few', FEW);
  let ours = 0;
  let rival = 0;
  return {
    flush,
    ours: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await many[ours++ % MANY]!.add(call, 1);
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await few[rival++ % FEW]!.add(call, 1);
      },
    },
    async verify(issued) {
      await flush();
      const { body } = await getMetrics()!.text();
      for (const [name, tools, calls] of [
        ['many', MANY, issued.ours],
        ['few', FEW, issued.rival],
      ] as const) {
        const executed = [...body.matchAll(new RegExp(`^tool_executions_total\\{tool="${name} \\d+",.*status="success"\\} (\\d+)$`, 'gm'))];
        expectEqual(`${name}: series`, executed.length, tools);
        expectEqual(
          `${name}: calls counted`,
          executed.map(([, count]) => Number(count)).reduce((total, count) => total + count),
          calls,
        );
        const last = `${name} ${tools - 1}`;
        const ofLast = Math.floor(calls / tools);
        expectCounted(body, last, ofLast);
        expectEqual(`${last}: spans`, exporter.count('toolspan', last, 'tool.execute'), ofLast);
      }
    },
  };
}

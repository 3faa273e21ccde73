import { Tool } from 'toolspan';
import type { Contest } from '../contest.js';
import { expectEqual } from '../expectations.js';

class Decorated {
  calls = 0;

  @Tool({ namespace: 'bench' })
  async add(a: number, b: number): Promise<number> {
    this.calls += 1;
    return a + b;
  }
}

class Bare {
  calls = 0;

  async add(a: number, b: number): Promise<number> {
    this.calls += 1;
    return a + b;
  }
}

/** What a decorator costs where nobody set telemetry up. */
export function bare(): Contest {
  const decorated = new Decorated();
  const plain = new Bare();
  return {
    ours: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await decorated.add(call, 1);
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await plain.add(call, 1);
      },
    },
    verify(issued) {
      expectEqual('runs of the decorated method', decorated.calls, issued.ours);
      expectEqual('runs of the bare method', plain.calls, issued.rival);
    },
  };
}

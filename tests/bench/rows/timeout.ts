import { Timeout, Tool } from 'toolspan';
import type { Contest } from '../contest.js';
import { expectEqual } from '../expectations.js';

class Decorated {
  calls = 0;

  @Tool({ namespace: 'bench' })
  @Timeout('5s')
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

/** A time limit that is not reached. */
export function timeout(): Contest {
  const decorated = new Decorated();
  const bare = new Bare();
  return {
    ours: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await decorated.add(call, 1);
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await bare.add(call, 1);
      },
    },
    verify(issued) {
      expectEqual('runs of the decorated method', decorated.calls, issued.ours);
      expectEqual('runs of the bare method', bare.calls, issued.rival);
    },
  };
}

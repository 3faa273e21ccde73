import { circuit, tool, type FunctionToolOptions } from 'toolspan';
import { outcome, type observed } from '../support/observed.js';

export const down = new Error('down');
export const busy = Object.assign(new Error('slow down'), { status: 429 });

/** What an attempt does: gives this, or throws that, after so many milliseconds. */
export interface Turn {
  readonly gives?: unknown;
  readonly throws?: unknown;
  readonly takes?: number;
}

export const fails: Turn = { throws: down };
export const works: Turn = { gives: 'up' };

let made = 0;

/** Makes tools behind a circuit whose runs do as they are told; each has a name of its own, so that nothing is merged. */
export function guardedBy(it: ReturnType<typeof observed>) {
  return (circuitBreaker: NonNullable<FunctionToolOptions['circuitBreaker']>, name = `guarded-${++made}`) => {
    let turn: Turn = {};
    let runs = 0;
    const fn = tool({ name, circuitBreaker }, async (_signal?: AbortSignal) => {
      runs += 1;
      const now = turn;
      if (now.takes !== undefined) await it.clock.advance(now.takes);
      if ('throws' in now) throw now.throws;
      return now.gives;
    });
    const call = (next: Turn, signal?: AbortSignal): Promise<unknown> => {
      turn = next;
      return outcome(fn(signal));
    };
    return {
      fn,
      call,
      async all(...turns: Turn[]): Promise<void> {
        for (const next of turns) await call(next);
      },
      runs: () => runs,
      /** Its circuit, asked for anew: a handle belongs to the circuit that there was. */
      get handle() {
        return circuit(fn);
      },
      metric: (metric: string, labels = {}) => it.seen.metric(metric, { tool: name, ...labels }),
    };
  };
}

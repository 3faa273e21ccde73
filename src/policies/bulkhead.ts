import { Begun } from '../core/begun.js';
import { isThenable, type Call, type Next, type Stage } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import { BulkheadFullError } from '../core/errors.js';
import { enderOf } from '../core/giving-up.js';
import { count, duration, nonEmptyText, type Rules } from '../core/options.js';
import { refusalOf } from '../core/refusals.js';
import type { Places } from './places.js';

/** Options of `@Bulkhead`. */
export interface BulkheadOptions {
  /** Attempts that may run at a time. */
  maxConcurrent: number;
  /** Attempts that may wait for a place, in arrival order; others are refused at once. Default 0. */
  maxQueue?: number;
  /** How long one may wait for a place. Default: as long as it takes. */
  maxWait?: Duration;
  /** Tools that give the same name share one bulkhead. Default: each tool has its own. */
  name?: string;
}

/** `BulkheadOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedBulkhead {
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  readonly maxWait?: number;
  readonly name?: string;
}

export const bulkheadRules: Rules<BulkheadOptions> = {
  maxConcurrent: count(1),
  maxQueue: count(0),
  maxWait: duration,
  name: nonEmptyText,
};

export const bulkheadDefaults = { maxQueue: 0 };

/** What the bulkhead needs besides its options. */
export interface BulkheadDeps {
  readonly clock: Clock;
  readonly places: Places;
}

const AT_ONCE = { type: 'bulkhead.admitted', waitedMs: 0 } as const;

/** Lets no more than `maxConcurrent` attempts run at a time; a place is free again as soon as its attempt has an outcome, a time limit's included. */
export function bulkhead(options: ResolvedBulkhead, deps: BulkheadDeps): Stage {
  const { places } = deps;
  return (next: Next): Next => {
    const run = (call: Call): unknown => {
      let result: unknown;
      try {
        result = next(call);
      } catch (error) {
        places.leave();
        throw error;
      }
      if (!isThenable(result)) {
        places.leave();
        return result;
      }
      return result.then(
        (value) => {
          if (value instanceof Begun) value.whenOver(() => places.leave());
          else places.leave();
          return value;
        },
        (error: unknown) => {
          places.leave();
          throw error;
        },
      );
    };

    return function throughBulkhead(call: Call): unknown {
      if (!places.tryEnter()) return afterWait(call, options, deps, run);
      call.observer.report(call, AT_ONCE);
      return run(call);
    };
  };
}

async function afterWait(call: Call, options: ResolvedBulkhead, { clock, places }: BulkheadDeps, run: Next): Promise<unknown> {
  const since = clock.now();
  const waited = (): number => clock.now() - since;
  if (places.queued >= options.maxQueue) throw refuse(call, options, 0);
  let isIn: boolean;
  try {
    isIn = await places.enter(options.maxWait, enderOf(call));
  } catch (aborted) {
    call.observer.report(call, { type: 'bulkhead.refused', waitedMs: waited() });
    throw aborted;
  }
  if (!isIn) throw refuse(call, options, waited());
  call.observer.report(call, { type: 'bulkhead.admitted', waitedMs: waited() });
  return run(call);
}

function refuse(call: Call, { maxConcurrent }: ResolvedBulkhead, waitedMs: number): BulkheadFullError {
  call.observer.report(call, { type: 'bulkhead.refused', waitedMs });
  const subject = { tool: call.tool.name, namespace: call.tool.namespace };
  const context = { attempts: call.attempt, ...(call.attempt > 0 && { cause: call.previousError }) };
  return refusalOf(call, new BulkheadFullError(subject, maxConcurrent, waitedMs, context));
}

import { Begun } from '../../core/begun.js';
import type { Call, Next, Outcome, Stage } from '../../core/call.js';
import type { Clock } from '../../core/clock.js';
import type { Duration } from '../../core/duration.js';
import { BulkheadFullError } from '../../core/errors.js';
import { enderOf } from '../../core/giving-up.js';
import { afterwards } from '../../core/outcome.js';
import { count, duration, nonEmptyText, type Rules } from '../../core/options.js';
import { ranBefore } from '../../core/progress.js';
import { refusalOf } from '../../core/refusals.js';
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
    const run: Next = (call, then) => next(call, new Occupied(places, then));
    return function throughBulkhead(call, then) {
      if (places.tryEnter()) {
        call.observer.report(call, AT_ONCE);
        run(call, then);
      } else if (places.queued < options.maxQueue) queue(call, then, options, deps, run);
      else then.failed(refuse(call, options, places, 0));
    };
  };
}

/** An attempt that has a place: gives it back with its outcome, or with the end of the stream that it gave. */
class Occupied implements Outcome {
  constructor(
    private readonly places: Places,
    private readonly outer: Outcome,
  ) {}

  answered(value: unknown): void {
    if (value instanceof Begun) value.whenOver(() => this.places.leave());
    else this.places.leave();
    this.outer.answered(value);
  }

  failed(error: unknown): void {
    this.places.leave();
    this.outer.failed(error);
  }
}

function queue(call: Call, then: Outcome, options: ResolvedBulkhead, { clock, places }: BulkheadDeps, run: Next): void {
  const since = clock.now();
  call.cancellation?.progress?.waits(call, 'bulkhead');
  afterwards(
    call,
    places.enter(options.maxWait, enderOf(call)),
    (isIn) => {
      const waitedMs = clock.now() - since;
      if (!isIn) return then.failed(refuse(call, options, places, waitedMs));
      call.observer.report(call, { type: 'bulkhead.admitted', waitedMs });
      run(call, then);
    },
    {
      answered: (value) => then.answered(value),
      failed(aborted) {
        call.observer.report(call, { type: 'bulkhead.refused', waitedMs: clock.now() - since });
        then.failed(aborted);
      },
    },
    (isIn) => isIn && places.leave(),
  );
}

function refuse(call: Call, options: ResolvedBulkhead, { size }: Places, waitedMs: number): BulkheadFullError {
  call.observer.report(call, { type: 'bulkhead.refused', waitedMs });
  const subject = { tool: call.tool.name, namespace: call.tool.namespace };
  const { name, maxQueue, maxWait = waitedMs } = options;
  // The wait as it was asked for: a timer is a little late.
  const waited = waitedMs > 0 ? maxWait : 0;
  return refusalOf(call, new BulkheadFullError(subject, size, waited, { ...ranBefore(call), sharedAs: name, maxQueue }));
}

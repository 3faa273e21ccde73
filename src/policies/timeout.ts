import { AsyncResource } from 'node:async_hooks';
import type { Call, Next, Outcome, Stage } from '../core/call.js';
import { discardLate } from '../core/begun.js';
import { Cancellation } from '../core/cancellation.js';
import type { Deadline, Deadlines } from '../core/deadlines.js';
import type { Duration } from '../core/duration.js';
import { ToolTimeoutError } from '../core/errors.js';
import { duration, type Rules } from '../core/options.js';
import { Progress } from '../core/progress.js';

/** Options of `@Timeout`. At least one of the two is given. */
export interface TimeoutOptions {
  /** The longest that an attempt may take; of a stream, until its first chunk. Default: there is no such limit. */
  attempt?: Duration;
  /** The longest that a call may take, with all its attempts and waits. Default: there is no such limit. */
  total?: Duration;
}

/** `TimeoutOptions` in milliseconds. */
export interface ResolvedTimeout {
  readonly attempt?: number;
  readonly total?: number;
}

export const timeoutRules: Rules<TimeoutOptions> = { attempt: duration, total: duration };

/** Runs what goes on as a part of the call; a timer fires wherever somebody set it. */
export type Inside = (call: Call, goOn: () => void) => void;

/** A length of time, and those who keep to it. */
export interface TimeLimit {
  readonly timeoutMs: number;
  /** What it is the limit of. */
  readonly scope: 'attempt' | 'call';
  /** Of that length. */
  readonly deadlines: Deadlines;
}

/**
 * Ends what lies further in with a `ToolTimeoutError` when its time is up. What comes later is thrown away.
 */
export function timeout(limit: TimeLimit, inside: Inside): Stage {
  return (next: Next): Next =>
    function timed(call, then) {
      if (call.cancellation?.isCancelled) return then.failed(call.cancellation.reason);
      const race = new Race(limit, inside, call, then);
      race.begin();
      next(call.cancellableBy(race), race);
    };
}

const MANUAL = { requireManualDestroy: true };

/** A run against the time: whichever is over first counts. It can be given up from around it as well. */
class Race extends Cancellation<Call> implements Deadline, Outcome {
  /** Where the call was made: the timer was set by another one, and the caller's own AsyncLocalStorages go by that. */
  readonly #place = new AsyncResource('toolspan.timeout', MANUAL);
  dueAt = 0;
  isListed = false;
  before: Deadline | undefined = undefined;
  after: Deadline | undefined = undefined;
  #isDecided = false;
  #unsubscribe: (() => void) | undefined = undefined;

  constructor(
    private readonly limit: TimeLimit,
    private readonly inside: Inside,
    call: Call,
    private readonly outer: Outcome,
  ) {
    super(call, limit.scope === 'call' ? new Progress() : undefined);
  }

  begin(): void {
    const { cancellation } = this.call;
    if (cancellation) this.#unsubscribe = cancellation.onCancel(() => this.#lose(cancellation.reason));
    this.#around?.begins(this.call);
    this.limit.deadlines.add(this);
  }

  expire(): void {
    const { timeoutMs, scope } = this.limit;
    const { tool, observer } = this.call;
    const details = scope === 'call' ? this.progress?.details : { attempts: this.call.attempt };
    const error = new ToolTimeoutError({ tool: tool.name, namespace: tool.namespace }, timeoutMs, scope, details);
    try {
      this.#place.runInAsyncScope(() =>
        this.inside(this.call, () => {
          observer.report(this.call, { type: 'timeout', scope, timeoutMs });
          this.#lose(error);
        }),
      );
    } finally {
      this.#lose(error); // also where it cannot be told of
    }
  }

  answered(value: unknown): void {
    if (this.#isDecided) return discardLate(value);
    this.#decide();
    this.#around?.ends();
    this.release();
    this.outer.answered(value);
  }

  failed(error: unknown): void {
    if (this.#isDecided) return;
    this.#decide();
    this.#around?.ends();
    this.release();
    this.outer.failed(error);
  }

  #lose(reason: Error): void {
    if (this.#isDecided) return;
    this.#decide();
    this.#around?.abandons();
    // What lies further in first: it reports, and ends its spans, before the call around it does.
    this.cancel(reason);
    this.end();
    this.outer.failed(reason);
  }

  /** Of the call that this is an attempt of. */
  get #around(): Progress | undefined {
    return this.limit.scope === 'attempt' ? this.progress : undefined;
  }

  #decide(): void {
    this.#isDecided = true;
    // Who expired was taken off the list already.
    if (this.isListed) this.limit.deadlines.remove(this);
    this.#unsubscribe?.();
  }
}

/** Ends what lies further in as soon as a policy around it gives it up, so that those in between hear at once. */
export function untilCancelled(): Stage {
  return (next: Next): Next =>
    function cancellable(call, then) {
      const { cancellation } = call;
      if (!cancellation) next(call, then);
      else if (cancellation.isCancelled) then.failed(cancellation.reason);
      else next(call, new Leash(call, cancellation, then));
    };
}

/** A run that lasts as long as nobody around it gives it up. */
class Leash implements Outcome {
  #isDecided = false;
  readonly #unsubscribe: () => void;

  constructor(
    call: Call,
    private readonly cancellation: Cancellation,
    private readonly outer: Outcome,
  ) {
    cancellation.progress?.begins(call);
    this.#unsubscribe = cancellation.onCancel(() => this.#giveUp());
  }

  answered(value: unknown): void {
    if (this.#isDecided) return discardLate(value);
    this.#decide();
    this.cancellation.progress?.ends();
    this.outer.answered(value);
  }

  failed(error: unknown): void {
    if (this.#isDecided) return;
    this.#decide();
    this.cancellation.progress?.ends();
    this.outer.failed(error);
  }

  #giveUp(): void {
    if (this.#isDecided) return;
    this.#decide();
    this.cancellation.progress?.abandons();
    this.outer.failed(this.cancellation.reason);
  }

  #decide(): void {
    this.#isDecided = true;
    this.#unsubscribe();
  }
}

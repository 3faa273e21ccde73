import { isThenable, type Call, type Next, type Stage } from '../core/call.js';
import { discardLate } from '../core/begun.js';
import { Cancellation } from '../core/cancellation.js';
import { Deadline, type Deadlines } from '../core/deadlines.js';
import type { Duration } from '../core/duration.js';
import { ToolTimeoutError } from '../core/errors.js';
import { duration, type Rules } from '../core/options.js';

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

/** A length of time, and those who keep to it. */
export interface TimeLimit {
  readonly timeoutMs: number;
  /** What it is the limit of. */
  readonly scope: 'attempt' | 'call';
  /** Of that length. */
  readonly deadlines: Deadlines;
}

/**
 * Ends what lies further in with a `ToolTimeoutError` when its time is up, and as soon as a policy around it gives it up, so that those in
 * between hear at once. What comes later is thrown away.
 * @param limit absent where only a policy around it may end it
 */
export function timeout(limit: TimeLimit | undefined): Stage {
  return (next: Next): Next =>
    function timed(call: Call): unknown {
      return limit || call.cancellation ? new Race(call, limit).run(next) : next(call);
    };
}

/** A run against what may end it: whichever comes first counts. */
class Race extends Deadline {
  readonly #own: Cancellation | undefined;
  #isOver = false;
  #lostTo: { readonly reason: Error } | undefined;
  #reject: ((reason: Error) => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(
    private readonly call: Call,
    private readonly limit: TimeLimit | undefined,
  ) {
    super();
    if (limit) this.#own = new Cancellation(call);
  }

  run(next: Next): unknown {
    const { call, limit } = this;
    const { cancellation } = call;
    if (cancellation?.isCancelled) throw cancellation.reason;
    this.#unsubscribe = cancellation?.onCancel(() => this.#lose(cancellation.reason));
    limit?.deadlines.add(this);
    let answer: unknown;
    try {
      answer = next(this.#own ? call.cancellableBy(this.#own) : call);
    } catch (error) {
      this.#end();
      throw error;
    }
    if (isThenable(answer)) return this.#race(answer);
    this.#end();
    return answer;
  }

  override expire(): void {
    const { timeoutMs, scope } = this.limit!;
    const { tool, observer } = this.call;
    const error = new ToolTimeoutError({ tool: tool.name, namespace: tool.namespace }, timeoutMs, scope);
    observer.report(this.call, { type: 'timeout', scope, timeoutMs });
    this.#lose(error);
  }

  #race(answer: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      answer.then(
        (value) => {
          if (!this.#isOver) {
            this.#end();
            resolve(value);
          } else discardLate(value);
        },
        (error: unknown) => {
          if (this.#isOver) return;
          this.#end();
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the tool threw, untouched
          reject(error);
        },
      );
      // It was given up while it began.
      if (this.#lostTo) reject(this.#lostTo.reason);
    });
  }

  #lose(reason: Error): void {
    if (this.#isOver) return;
    this.#lostTo = { reason };
    this.#end();
    this.#reject?.(reason);
    this.#own?.cancel(reason);
    this.#own?.end();
  }

  #end(): void {
    this.#isOver = true;
    // Who expired was taken off the list already.
    if (this.limit && this.isListed) this.limit.deadlines.remove(this);
    this.#unsubscribe?.();
    if (!this.#lostTo) this.#own?.release();
  }
}

import { Begun, discardLate } from '../../core/begun.js';
import type { Call, Next, Outcome, Stage } from '../../core/call.js';
import { atOnce, type Callback, type OnBroken, type Typing } from '../../core/callbacks.js';
import { sleep, type Clock, type Random, type Subscribe } from '../../core/clock.js';
import type { Duration } from '../../core/duration.js';
import { ConfigurationError } from '../../core/errors.js';
import type { RetryOutcome } from '../../core/events.js';
import { enderOf, isAbort, isGivenUp } from '../../core/giving-up.js';
import { atLeast, callback, count, duration, durationOrZero, either, flag, oneOf, options, share, type Rules } from '../../core/options.js';
import { afterwards } from '../../core/outcome.js';
import { isOwnRefusal } from '../../core/refusals.js';
import { backoff, type BackoffOptions, type Jitter } from './backoff.js';
import { retryAfterOf } from './retry-after.js';
import type { RetryBudget, RetryBudgetOptions } from './retry-budget.js';

/** Options of `@Retry`. */
export interface RetryOptions<Result = unknown, How extends Typing = 'loose'> {
  /** Retries after the first attempt: `3` runs the method at most 4 times. Default 3. */
  maxRetries?: number;
  /** Wait before the first retry. Default 200 ms; 0 is allowed. */
  baseDelay?: Duration;
  /** No wait is longer; an error that asks to be tried again later than that ends the call. Default 10 s. */
  maxDelay?: Duration;
  /** What each wait is multiplied by, at least 1. Default 2. */
  factor?: number;
  /** How each wait is spread at random: `true` and `'full'` take any share of it, `'equal'` the upper half, `'decorrelated'` goes by the wait before. Default true. */
  jitter?: boolean | Jitter;
  /** No retry begins later than this after the call's first attempt, and none is waited for beyond it. Default: there is no such limit. */
  maxElapsed?: Duration;
  /** Whether an error is worth another attempt; `attempt` is the number of the one that failed, 0 for the first. Default: every error is. */
  retryIf?: (error: unknown, attempt: number) => boolean;
  /** Whether a result is no result yet: then the tool runs again, and the last result is given where attempts are used up. Default: none is. */
  retryResult?: Callback<[result: Result, attempt: number], boolean, How>;
  /** Retries of this tool under way at a time: a share of its calls under way (default 0.2), or `min` (default 3). Default: there is no such limit. */
  budget?: RetryBudgetOptions;
}

/** `RetryOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedRetry extends BackoffOptions {
  readonly maxRetries: number;
  readonly maxElapsed?: number;
  readonly retryIf?: (error: unknown, attempt: number) => boolean;
  readonly retryResult?: (result: unknown, attempt: number) => boolean;
  readonly budget?: RetryBudgetOptions;
}

export const retryRules: Rules<RetryOptions> = {
  maxRetries: count(0),
  baseDelay: durationOrZero,
  maxDelay: duration,
  factor: atLeast(1),
  jitter: either(flag, oneOf('full', 'equal', 'decorrelated', 'none')),
  maxElapsed: duration,
  retryIf: callback,
  retryResult: callback,
  budget: options<RetryBudgetOptions>({ ratio: share, min: count(0) }),
};

export const retryDefaults: ResolvedRetry = { maxRetries: 3, baseDelay: 200, maxDelay: 10_000, factor: 2, jitter: true };

/** What the retry loop needs besides its options. */
export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly budget?: RetryBudget | undefined;
  /** Whether the circuit below would refuse the next attempt for sure: then the loop does not wait to hear it. */
  readonly refuses?: (now: number) => boolean;
  /** Calls back when that becomes so during a wait. */
  readonly onRefusing?: Subscribe;
  /** Told when `retryIf` or `retryResult` threw; the call goes on as if there were none. */
  readonly onBroken: OnBroken;
}

/** Runs the rest of the row until it succeeds, is not worth another attempt, or `maxRetries` are used up. */
export function retry(options: ResolvedRetry, deps: RetryDeps): Stage {
  const { clock, budget } = deps;
  return (next: Next): Next => {
    const loop: Loop = { options, deps, next };
    return function retrying(call, then) {
      budget?.begin();
      const current = options.maxElapsed === undefined ? call : call.until(clock.now() + options.maxElapsed);
      next(current, new Attempts(loop, current, then));
    };
  };
}

/** What the attempts of all calls have in common. */
interface Loop {
  readonly options: ResolvedRetry;
  readonly deps: RetryDeps;
  readonly next: Next;
}

/** The attempts of one call, one after the other. */
class Attempts implements Outcome {
  /** Milliseconds waited before the present attempt; `undefined` for the first. */
  #waited: number | undefined = undefined;

  constructor(
    private readonly loop: Loop,
    private call: Call,
    private readonly outer: Outcome,
  ) {}

  answered(value: unknown): void {
    const { options, deps } = this.loop;
    this.#attemptEnded();
    if (isRejected(options, deps, this.call, value)) return this.#goOn(value, false);
    this.#finish(true);
    this.outer.answered(value);
  }

  failed(error: unknown): void {
    this.#attemptEnded();
    this.#goOn(error, true);
  }

  #goOn(value: unknown, failed: boolean): void {
    const wait = waitAfter(this.loop, this.call, value, failed, this.#waited);
    if (wait === undefined) {
      this.#finish(false);
      return failed ? this.outer.failed(value) : this.outer.answered(value);
    }
    this.#waited = wait;
    if (!failed) discardLate(value);
    // What was wrong with a result is not known: there is no error to be the cause of another one.
    const call = (this.call = this.call.forAttempt(this.call.attempt + 1, failed ? value : undefined));
    call.cancellation?.progress?.waits(call, 'backoff');
    afterwards(call, waitFor(wait, call, this.loop.deps), () => this.loop.next(call, this), this);
  }

  #attemptEnded(): void {
    if (this.#waited !== undefined) this.loop.deps.budget?.retryEnded();
  }

  #finish(isGood: boolean): void {
    const { call } = this;
    this.loop.deps.budget?.end();
    call.observer.report(call, FINISHED[isGood ? 'good' : 'bad'][call.attempt > 0 ? 1 : 0]);
  }
}

const FINISHED = {
  good: [
    { type: 'retry.finished', outcome: 'successful_without_retry' },
    { type: 'retry.finished', outcome: 'successful_with_retry' },
  ],
  bad: [
    { type: 'retry.finished', outcome: 'failed_without_retry' },
    { type: 'retry.finished', outcome: 'failed_with_retry' },
  ],
} as const satisfies Record<string, readonly { type: 'retry.finished'; outcome: RetryOutcome }[]>;

async function waitFor(delayMs: number, call: Call, { clock, refuses, onRefusing }: RetryDeps): Promise<void> {
  if (refuses?.(clock.now())) return;
  call.observer.report(call, { type: 'retry.wait', delayMs, error: call.previousError });
  await sleep(clock, delayMs, enderOf(call), onRefusing);
}

/** Milliseconds to wait before the next attempt; `undefined` where there is to be none. */
function waitAfter({ options, deps }: Loop, call: Call, answer: unknown, failed: boolean, last: number | undefined): number | undefined {
  if (call.attempt >= options.maxRetries || isGivenUp(call)) return undefined;
  if (failed && !isWorthRetrying(options, deps, call, answer)) return undefined;
  const wait = retryAfterOf(answer, deps.clock) ?? backoff(options, call.attempt, deps.random, last);
  if (wait > options.maxDelay || isTooLate(call, wait, deps.clock)) return undefined;
  if (!deps.budget || deps.budget.tryRetry()) return wait;
  call.observer.report(call, { type: 'retry.budget_exhausted' });
  return undefined;
}

/** Nobody sleeps past the end of the loop. */
function isTooLate({ giveUpAt }: Call, wait: number, clock: Clock): boolean {
  return giveUpAt !== undefined && clock.now() + wait > giveUpAt;
}

function isWorthRetrying({ retryIf }: ResolvedRetry, deps: RetryDeps, call: Call, error: unknown): boolean {
  if (isOwnRefusal(call, error) || error instanceof ConfigurationError || isAbort(call, error)) return false;
  return !retryIf || asked('retryIf', retryIf, true, deps, call, error);
}

/** Of a stream there is nothing to be asked about yet. */
function isRejected({ retryResult }: ResolvedRetry, deps: RetryDeps, call: Call, result: unknown): boolean {
  if (!retryResult || result instanceof Begun) return false;
  return asked('retryResult', retryResult, false, deps, call, result);
}

/** What a callback says; `otherwise` where it does not work. */
function asked(
  option: string,
  callback: (answer: unknown, attempt: number) => boolean,
  otherwise: boolean,
  deps: RetryDeps,
  call: Call,
  answer: unknown,
): boolean {
  try {
    return atOnce(callback(answer, call.attempt));
  } catch (broken) {
    deps.onBroken(option, broken, call);
    return otherwise;
  }
}

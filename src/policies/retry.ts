import type { Call, Next, Stage } from '../core/call.js';
import { sleep, type Clock, type Random, type Subscribe } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import { ConfigurationError } from '../core/errors.js';
import type { RetryOutcome } from '../core/events.js';
import { enderOf, isAbort, isGivenUp } from '../core/giving-up.js';
import { atLeast, callback, count, duration, durationOrZero, either, flag, oneOf, options, share, type Rules } from '../core/options.js';
import { isOwnRefusal } from '../core/refusals.js';
import { backoff, type BackoffOptions, type Jitter } from './backoff.js';
import { retryAfterOf } from './retry-after.js';
import type { RetryBudget, RetryBudgetOptions } from './retry-budget.js';

/** Options of `@Retry`. */
export interface RetryOptions {
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
  retryResult?: (result: unknown, attempt: number) => boolean;
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
  readonly onBrokenCallback: (option: string, error: unknown, call: Call) => void;
}

/** Runs the rest of the row until it succeeds, is not worth another attempt, or `maxRetries` are used up. */
export function retry(options: ResolvedRetry, deps: RetryDeps): Stage {
  const { clock, budget } = deps;
  return (next: Next): Next => {
    const retrying = async (call: Call): Promise<unknown> => {
      let current = options.maxElapsed === undefined ? call : call.until(clock.now() + options.maxElapsed);
      let wait: number | undefined;
      for (;;) {
        let attempt: Attempt;
        try {
          if (wait !== undefined) await waitFor(wait, current, deps);
          attempt = { failed: false, value: await next(current) };
        } catch (error) {
          attempt = { failed: true, value: error };
        } finally {
          if (wait !== undefined) budget?.retryEnded();
        }
        if (isGood(attempt, options, deps, current)) return finish(current, true, attempt);
        wait = waitAfter(options, deps, current, attempt, wait);
        if (wait === undefined) return finish(current, false, attempt);
        // What was wrong with a result is not known: there is no error to be the cause of another one.
        current = current.forAttempt(current.attempt + 1, attempt.failed ? attempt.value : undefined);
      }
    };
    return budget ? counted(retrying, budget) : retrying;
  };
}

/** How an attempt ended: with a result, or with an error. */
interface Attempt {
  readonly failed: boolean;
  readonly value: unknown;
}

/** Takes down which calls are under way: the budget is a share of them. */
function counted(retrying: (call: Call) => Promise<unknown>, budget: RetryBudget): Next {
  return async (call) => {
    budget.begin();
    try {
      return await retrying(call);
    } finally {
      budget.end();
    }
  };
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

function finish(call: Call, isGood: boolean, { failed, value }: Attempt): unknown {
  call.observer.report(call, FINISHED[isGood ? 'good' : 'bad'][call.attempt > 0 ? 1 : 0]);
  if (failed) throw value;
  return value;
}

async function waitFor(delayMs: number, call: Call, { clock, refuses, onRefusing }: RetryDeps): Promise<void> {
  if (refuses?.(clock.now())) return;
  call.observer.report(call, { type: 'retry.wait', delayMs, error: call.previousError });
  await sleep(clock, delayMs, enderOf(call), onRefusing);
}

function isGood({ failed, value }: Attempt, { retryResult }: ResolvedRetry, deps: RetryDeps, call: Call): boolean {
  if (failed) return false;
  return !retryResult || !asked('retryResult', retryResult, false, deps, call, value);
}

/** Milliseconds to wait before the next attempt; `undefined` where there is to be none. */
function waitAfter(options: ResolvedRetry, deps: RetryDeps, call: Call, attempt: Attempt, last: number | undefined): number | undefined {
  if (call.attempt >= options.maxRetries || isGivenUp(call)) return undefined;
  if (attempt.failed && !isWorthRetrying(options, deps, call, attempt.value)) return undefined;
  const wait = retryAfterOf(attempt.value, deps.clock) ?? backoff(options, call.attempt, deps.random, last);
  if (wait > options.maxDelay || deps.clock.now() + wait > call.giveUpAt) return undefined;
  if (!deps.budget || deps.budget.tryRetry()) return wait;
  call.observer.report(call, { type: 'retry.budget_exhausted' });
  return undefined;
}

function isWorthRetrying({ retryIf }: ResolvedRetry, deps: RetryDeps, call: Call, error: unknown): boolean {
  if (isOwnRefusal(call, error) || error instanceof ConfigurationError || isAbort(call, error)) return false;
  return !retryIf || asked('retryIf', retryIf, true, deps, call, error);
}

/** What a callback says; `otherwise` where it throws. */
function asked(
  option: string,
  callback: (answer: unknown, attempt: number) => boolean,
  otherwise: boolean,
  deps: RetryDeps,
  call: Call,
  answer: unknown,
): boolean {
  try {
    return callback(answer, call.attempt);
  } catch (broken) {
    deps.onBrokenCallback(option, broken, call);
    return otherwise;
  }
}

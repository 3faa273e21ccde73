import { isAbort, signalOf } from '../core/abort.js';
import type { Call, Next, Stage } from '../core/call.js';
import { sleep, type Clock, type Random, type Subscribe } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import { ConfigurationError, memberOf } from '../core/errors.js';
import { atLeast, callback, count, duration, durationOrZero, flag, type Rules } from '../core/options.js';
import { isOwnRefusal } from '../core/refusals.js';
import { backoff, type BackoffOptions } from './backoff.js';

/** Options of `@Retry`. */
export interface RetryOptions {
  /** Retries after the first attempt: `3` runs the method at most 4 times. Default 3. */
  maxRetries?: number;
  /** Wait before the first retry. Default 200 ms; 0 is allowed. */
  baseDelay?: Duration;
  /** No wait is longer; an error whose `retryAfterMs` exceeds it ends the call. Default 10 s. */
  maxDelay?: Duration;
  /** What each wait is multiplied by, at least 1. Default 2. */
  factor?: number;
  /** Full jitter: each wait is a random share of the computed one. Default true. */
  jitter?: boolean;
  /** Whether an error is worth another attempt. Default: every error is. */
  retryIf?: (error: unknown) => boolean;
}

/** `RetryOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedRetry extends BackoffOptions {
  readonly maxRetries: number;
  readonly retryIf?: (error: unknown) => boolean;
}

export const retryRules: Rules<RetryOptions> = {
  maxRetries: count(0),
  baseDelay: durationOrZero,
  maxDelay: duration,
  factor: atLeast(1),
  jitter: flag,
  retryIf: callback,
};

export const retryDefaults: ResolvedRetry = { maxRetries: 3, baseDelay: 200, maxDelay: 10_000, factor: 2, jitter: true };

/** What the retry loop needs besides its options. */
export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the circuit below would refuse the next attempt for sure: then the loop does not wait to hear it. */
  readonly refuses?: (now: number) => boolean;
  /** Calls back when that becomes so during a wait. */
  readonly onRefusing?: Subscribe;
  /** Told once per call when `retryIf` itself threw; the call goes on as if there were none. */
  readonly onBrokenCallback: (option: string, error: unknown) => void;
}

/** Runs the rest of the row until it succeeds, is not worth another attempt, or `maxRetries` are used up. */
export function retry(options: ResolvedRetry, deps: RetryDeps): Stage {
  return (next: Next): Next =>
    async function retrying(call: Call): Promise<unknown> {
      let current = call;
      for (;;) {
        try {
          return await next(current);
        } catch (error) {
          const wait = waitAfter(options, deps, current, error);
          if (wait === undefined) throw error;
          if (!deps.refuses?.(deps.clock.now())) await sleep(deps.clock, wait, signalOf(call), deps.onRefusing);
          current = call.forAttempt(current.attempt + 1, error);
        }
      }
    };
}

/** Milliseconds to wait before the next attempt; `undefined` where there is to be none. */
function waitAfter(options: ResolvedRetry, deps: RetryDeps, call: Call, error: unknown): number | undefined {
  if (call.attempt >= options.maxRetries || isOwnRefusal(call, error)) return undefined;
  if (error instanceof ConfigurationError || isAbort(call, error)) return undefined;
  if (!isWorthRetrying(options, deps, error)) return undefined;
  const asked = retryAfterOf(error);
  if (asked === undefined) return backoff(options, call.attempt, deps.random);
  return asked <= options.maxDelay ? asked : undefined;
}

function isWorthRetrying({ retryIf }: ResolvedRetry, deps: RetryDeps, error: unknown): boolean {
  if (!retryIf) return true;
  try {
    return retryIf(error);
  } catch (broken) {
    deps.onBrokenCallback('retryIf', broken);
    return true;
  }
}

function retryAfterOf(error: unknown): number | undefined {
  const asked = memberOf(error, 'retryAfterMs');
  return typeof asked === 'number' && asked >= 0 ? asked : undefined;
}

import type { Random } from '../core/clock.js';

/** How long to wait between two attempts. */
export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  readonly baseDelay: number;
  /** Milliseconds that no wait exceeds. */
  readonly maxDelay: number;
  /** What each wait is multiplied by. */
  readonly factor: number;
  /** Full jitter: a random share of the wait. */
  readonly jitter: boolean;
}

/**
 * Milliseconds to wait before retry number `retry` (0-based): `min(baseDelay * factor^retry, maxDelay)`, with full jitter a
 * random share of it. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoff(options: BackoffOptions, retry: number, random: Random): number {
  // A power beyond all numbers times 0 would be NaN.
  const growth = Math.min(options.factor ** retry, Number.MAX_VALUE);
  const ceiling = Math.min(options.baseDelay * growth, options.maxDelay);
  return options.jitter ? random() * ceiling : ceiling;
}

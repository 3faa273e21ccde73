import type { Random } from '../../core/clock.js';

/** How the computed wait is spread at random, so that callers that failed together do not come back together. */
export type Jitter = 'full' | 'equal' | 'decorrelated' | 'none';

/** How long to wait between two attempts. */
export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  readonly baseDelay: number;
  /** Milliseconds that no wait exceeds. */
  readonly maxDelay: number;
  /** What each wait is multiplied by. */
  readonly factor: number;
  /** `true` is `'full'`, `false` is `'none'`. */
  readonly jitter: Jitter | boolean;
}

/**
 * Milliseconds to wait before retry number `retry` (0-based): `min(baseDelay * factor^retry, maxDelay)`, of which full jitter takes a random
 * share and equal jitter a random share of its half. Decorrelated jitter takes a random wait from `baseDelay` to `factor + 1` times the last
 * one (3 times by default). Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param last milliseconds that the wait before this one took
 */
export function backoff(options: BackoffOptions, retry: number, random: Random, last = options.baseDelay): number {
  const { baseDelay, maxDelay, factor, jitter } = options;
  // Infinity times 0 would be NaN.
  if (jitter === 'decorrelated') {
    const longest = Math.min(Math.max(last * (factor + 1), baseDelay), Number.MAX_VALUE);
    return Math.min(baseDelay + random() * (longest - baseDelay), maxDelay);
  }
  const growth = Math.min(factor ** retry, Number.MAX_VALUE);
  const ceiling = Math.min(baseDelay * growth, maxDelay);
  if (jitter === true || jitter === 'full') return random() * ceiling;
  return jitter === 'equal' ? ceiling / 2 + (random() * ceiling) / 2 : ceiling;
}

import type { RetryOptions } from '../policies/retry/retry.js';
import { decoratorFor, type PolicyDecorator } from './decorator.js';

/**
 * Runs the method again when it fails: with full jitter, and with the waits that errors ask for (`retryAfterMs`).
 * @param options how many retries after the first attempt (default 3), or `{ maxRetries, baseDelay, maxDelay, factor, jitter, maxElapsed, retryIf, retryResult, budget }`
 * @throws ConfigurationError where it is applied, on options it cannot work with
 */
export function Retry(options?: number | RetryOptions): PolicyDecorator {
  return decoratorFor('retry', options);
}

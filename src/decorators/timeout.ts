import type { Duration } from '../core/duration.js';
import type { TimeoutOptions } from '../policies/timeout.js';
import { decoratorFor, type PolicyDecorator } from './decorator.js';

/**
 * Ends an attempt that takes too long with `ToolTimeoutError`, which is retried and counted like any failure; `total` ends the call with all
 * its attempts and waits. `currentCall().signal` aborts then, for who looks at it; the method itself cannot be stopped, and what it gives
 * later is thrown away. Of a stream, the time until its first chunk counts.
 * @param attempt the longest that an attempt may take, or `{ attempt, total }`
 * @param options `{ total }`, beside a bare duration
 * @throws ConfigurationError where it is applied, on options it cannot work with
 */
export function Timeout(attempt: Duration | TimeoutOptions, options: TimeoutOptions = {}): PolicyDecorator {
  // Without its parentheses it is given a class or a method.
  const isBare = typeof attempt !== 'object' && typeof attempt !== 'function';
  return decoratorFor('timeout', isBare ? { ...options, attempt } : attempt);
}

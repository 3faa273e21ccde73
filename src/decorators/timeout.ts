import type { Duration } from '../core/duration.js';
import { ConfigurationError } from '../core/errors.js';
import { shown } from '../core/options.js';
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
export function Timeout(attempt: Duration, options?: Pick<TimeoutOptions, 'total'>): PolicyDecorator;
export function Timeout(options: TimeoutOptions): PolicyDecorator;
export function Timeout(attempt: Duration | TimeoutOptions, options: TimeoutOptions = {}): PolicyDecorator {
  if (typeof attempt !== 'object' && typeof attempt !== 'function') return decoratorFor('timeout', both({ attempt }, options));
  // Without its parentheses it is given a class or a method.
  const isMore = typeof attempt === 'object' && typeof options === 'object' && Object.keys(options).length > 0;
  return decoratorFor('timeout', isMore ? both(attempt, options) : attempt);
}

function both(first: TimeoutOptions, second: TimeoutOptions): TimeoutOptions {
  if (first.attempt === undefined || second.attempt === undefined) return { ...second, ...first };
  throw new ConfigurationError(`@Timeout: attempt is given twice, ${shown(first.attempt)} and ${shown(second.attempt)}`);
}

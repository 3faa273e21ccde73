import type { RateLimitedOptions } from '../policies/rate-limit/rate-limit.js';
import { decoratorFor, type PolicyDecorator } from './decorator.js';

/**
 * Admits `limit` calls per `per`, evenly, `burst` of them at once; others end with `RateLimitError`, or wait for up to `maxWait`.
 * @param options `{ limit, per, burst, maxWait, key, cost, scope, name, … }`
 * @throws ConfigurationError where it is applied, on options it cannot work with
 */
export function RateLimited(options: RateLimitedOptions): PolicyDecorator {
  return decoratorFor('rateLimited', options);
}

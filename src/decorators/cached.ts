import type { Duration } from '../core/duration.js';
import type { CachedOptions } from '../policies/cache/cache-options.js';
import { decoratorFor, type CachedDecorator } from './decorator.js';

/**
 * Serves a result again for calls with the same arguments, and runs concurrent ones once. A hit costs no token of a rate limit and
 * is served while the circuit is open. Errors are not cached.
 * @param options how long a result is served (default 5 minutes), or `{ ttl, key, maxEntries, scope, staleWhileRevalidate, … }`
 * @throws ConfigurationError where it is applied, on options it cannot work with
 */
export function Cached(options?: Duration | CachedOptions): CachedDecorator {
  return decoratorFor('cached', options);
}

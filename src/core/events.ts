import type { RateLimitReason } from './errors.js';

/** The call whose result another one waits for, as telemetry sees it. */
interface Leader {
  readonly scope?: unknown;
}

/** The three states of a circuit breaker. */
export type CircuitState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/**
 * What can happen inside a call. Policies say it, telemetry knows what it is called.
 * `startedAt` is in milliseconds of the clock that was handed to the policy; the step ends when it is reported.
 * `error` is set only where the step itself broke.
 */
export type PolicyEvent =
  | { readonly type: 'cache.lookup'; readonly startedAt: number; readonly hit: boolean; readonly error?: unknown }
  | { readonly type: 'cache.coalesced'; readonly leader: Leader }
  | { readonly type: 'cache.set'; readonly startedAt: number; readonly ttlMs: number; readonly error?: unknown }
  | { readonly type: 'rate_limit.check'; readonly startedAt: number; readonly allowed: boolean; readonly reason?: RateLimitReason }
  | { readonly type: 'circuit_breaker.check'; readonly startedAt: number; readonly state: CircuitState; readonly failureCount: number }
  | { readonly type: 'circuit_breaker.failure' };

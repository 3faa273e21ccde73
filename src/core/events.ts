import type { RateLimitReason } from './error-data.js';

/** The call whose result another one waits for, as telemetry sees it. */
interface Leader {
  readonly scope?: unknown;
}

/** The three states of a circuit breaker. */
export type CircuitState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/** What became of a call that may be retried; resilience4j's four kinds. */
export type RetryOutcome = 'successful_without_retry' | 'successful_with_retry' | 'failed_without_retry' | 'failed_with_retry';

/**
 * What can happen inside a call. Policies say it, telemetry knows what it is called.
 * `startedAt` is what the observer's `now()` gave as the step began; the step ends when it is reported.
 * `error` is set only where the step itself broke, or where it says what came before.
 */
export type PolicyEvent =
  | { readonly type: 'cache.lookup'; readonly startedAt: number; readonly hit: boolean; readonly error?: unknown }
  | { readonly type: 'cache.coalesced'; readonly leader: Leader }
  | { readonly type: 'cache.set'; readonly startedAt: number; readonly ttlMs: number; readonly error?: unknown }
  /** A result beyond its time is served: while a new one is fetched, or in place of an error. */
  | { readonly type: 'cache.stale'; readonly reason: 'revalidate' | 'error'; readonly staleMs: number; readonly error?: unknown }
  | {
      readonly type: 'rate_limit.check';
      readonly startedAt: number;
      readonly allowed: boolean;
      readonly reason?: RateLimitReason;
      /** Milliseconds that it was made to wait. */
      readonly waitedMs: number;
    }
  | { readonly type: 'retry.wait'; readonly delayMs: number; readonly error: unknown }
  | { readonly type: 'retry.budget_exhausted' }
  | { readonly type: 'retry.finished'; readonly outcome: RetryOutcome }
  | { readonly type: 'circuit_breaker.check'; readonly startedAt: number; readonly state: CircuitState; readonly failureCount: number }
  | { readonly type: 'circuit_breaker.failure' }
  | { readonly type: 'circuit_breaker.transition'; readonly from: CircuitState; readonly to: CircuitState }
  | { readonly type: 'bulkhead.admitted'; readonly waitedMs: number }
  | { readonly type: 'bulkhead.refused'; readonly waitedMs: number }
  | { readonly type: 'timeout'; readonly scope: 'attempt' | 'call'; readonly timeoutMs: number }
  | { readonly type: 'hedge.started'; readonly hedge: number }
  | { readonly type: 'hedge.finished'; readonly won: boolean }
  | { readonly type: 'fallback'; readonly error: unknown }
  /** A callback of the user's threw; the call goes on without it. */
  | { readonly type: 'callback.broken'; readonly option: string };

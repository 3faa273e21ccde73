import type { Stage } from '../core/call.js';
import { bulkhead } from '../policies/bulkhead/bulkhead.js';
import { cache } from '../policies/cache/cache.js';
import { circuitBreaker } from '../policies/circuit/circuit-breaker.js';
import { fallback } from '../policies/fallback.js';
import { hedge } from '../policies/hedge/hedge.js';
import { rateLimit } from '../policies/rate-limit/rate-limit.js';
import { retry } from '../policies/retry/retry.js';
import { timeout, untilCancelled } from '../policies/timeout.js';
import type { ResolvedPolicies } from './resolve-policies.js';
import type { RowParts } from './state.js';
import { watched } from './watched.js';

/** A policy at its place in the row. */
export interface PlacedPolicy {
  readonly name: keyof ResolvedPolicies;
  readonly options: object;
}

/** The policies in the one order in which a call meets them, outermost first: what `describeTool` shows. A policy may act at two places. */
export function chainOf(policies: ResolvedPolicies): PlacedPolicy[] {
  const { fallback, timeout, cached, rateLimited, retry, hedge, circuitBreaker, bulkhead } = policies;
  const isPerAttempt = rateLimited?.scope === 'attempt';
  const chain: { name: keyof ResolvedPolicies; options: object | undefined }[] = [
    { name: 'fallback', options: fallback },
    { name: 'timeout', options: timeout?.total === undefined ? undefined : { total: timeout.total } },
    { name: 'cached', options: cached },
    { name: 'rateLimited', options: isPerAttempt ? undefined : rateLimited },
    { name: 'retry', options: retry },
    { name: 'hedge', options: hedge },
    { name: 'rateLimited', options: isPerAttempt ? rateLimited : undefined },
    { name: 'circuitBreaker', options: circuitBreaker },
    { name: 'bulkhead', options: bulkhead },
    { name: 'timeout', options: timeout?.attempt === undefined ? undefined : { attempt: timeout.attempt } },
  ];
  return chain.filter((placed): placed is PlacedPolicy => placed.options !== undefined);
}

/**
 * The same order as it runs, whatever order the decorators were written in.
 * The bracket around an attempt lies inside circuit and bulkhead: an attempt that was refused is none. The time limit lies inside the bracket,
 * for an attempt is over when it is given up, whatever the method does.
 */
export const ROW: readonly ((parts: RowParts) => Stage | undefined)[] = [
  ({ policies, fallback: deps }) => policies.fallback && deps && fallback(policies.fallback, deps),
  ({ total, inside }) => total && timeout(total, inside),
  ({ policies, cache: deps, total, inside }) => policies.cached && deps && cache(policies.cached, deps, total && timeout(total, inside)),
  ({ policies, clock, globalLimit, limiter, isLimitedPerAttempt }) => {
    const own = isLimitedPerAttempt ? undefined : limiter;
    return globalLimit || own ? rateLimit({ clock, globalLimit, limiter: own, maxWait: policies.rateLimited?.maxWait ?? 0 }) : undefined;
  },
  ({ policies, retry: deps }) => policies.retry && deps && retry(policies.retry, deps),
  ({ policies, hedge: deps }) => policies.hedge && deps && hedge(policies.hedge, deps),
  ({ policies, clock, limiter, isLimitedPerAttempt }) => {
    // Unless it says so itself, it may wait as long as the back-off between two attempts may.
    const maxWait = policies.rateLimited?.maxWait ?? policies.retry?.maxDelay ?? 0;
    // None waits longer than all attempts together may take.
    const longest = Math.min(maxWait, policies.retry?.maxElapsed ?? Infinity);
    return isLimitedPerAttempt ? rateLimit({ clock, limiter, maxWait: longest }) : undefined;
  },
  ({ policies, circuitBreaker: deps }) => policies.circuitBreaker && deps && circuitBreaker(policies.circuitBreaker, deps),
  ({ policies, bulkhead: deps }) => policies.bulkhead && deps && bulkhead(policies.bulkhead, deps),
  ({ policies, observer, isObserved }) => (policies.retry && isObserved ? watched(observer.attempt) : undefined),
  ({ attempt, isCancellable, inside }) => (attempt ? timeout(attempt, inside) : isCancellable ? untilCancelled() : undefined),
];

import { humanDuration } from '../core/duration.js';
import { duration } from '../core/options.js';
import { placeOf } from '../metadata/card.js';
import type { ResolvedTool } from './resolve.js';
import type { ResolvedPolicies } from './resolve-policies.js';
import { retryDefaults } from '../policies/retry/retry.js';
import { runtime } from './runtime.js';

/** What is allowed, each by itself, and does not work together; says so once for each tool. */
export function warnOfUnworkable({ name, namespace, card, policies }: ResolvedTool): void {
  for (const problem of problemsOf(policies))
    runtime.once.warn(`unworkable ${namespace} ${name} ${problem}`, `tool "${name}" (${placeOf(card)}): ${problem}`);
}

/** In words, with the cure. */
export function problemsOf(policies: ResolvedPolicies): string[] {
  return CHECKS.map((check) => check(policies)).filter((problem) => problem !== undefined);
}

type Check = (policies: ResolvedPolicies) => string | undefined;

const CHECKS: readonly Check[] = [
  ({ timeout }) => {
    const { attempt, total } = timeout ?? {};
    if (attempt === undefined || total === undefined || attempt <= total) return undefined;
    return `the time limit of an attempt (${humanDuration(attempt)}) is longer than that of the call (${humanDuration(total)}) and never acts: make it shorter, or take it away`;
  },
  ({ timeout, circuitBreaker }) => {
    const window = typeof circuitBreaker?.window === 'string' ? (duration.parse(circuitBreaker.window) as number) : undefined;
    const attempt = timeout?.attempt;
    if (window === undefined || attempt === undefined || window >= 2 * attempt) return undefined;
    return `the circuit breaker's window (${humanDuration(window)}) is shorter than two time limits (${humanDuration(attempt)} each), so attempts that hang are gone from it before they count: make it longer`;
  },
  ({ timeout, circuitBreaker }) => {
    const { slowCall } = circuitBreaker ?? {};
    if (slowCall === undefined || timeout?.attempt === undefined || slowCall < timeout.attempt) return undefined;
    return `slowCall (${humanDuration(slowCall)}) is not shorter than the time limit of an attempt (${humanDuration(timeout.attempt)}), so nothing is ever slow: make it shorter`;
  },
  ({ timeout, hedge }) => {
    const limit = timeout?.attempt;
    if (typeof hedge?.after !== 'number' || limit === undefined || hedge.after < limit) return undefined;
    return `@Hedge begins after ${humanDuration(hedge.after)}, which is not before the time limit of an attempt (${humanDuration(limit)}): make it shorter`;
  },
  ({ timeout, rateLimited, bulkhead }) => {
    const total = timeout?.total;
    const wait = Math.max(rateLimited?.maxWait ?? 0, bulkhead?.maxWait ?? 0);
    if (total === undefined || wait < total) return undefined;
    const whose = wait === rateLimited?.maxWait ? 'rateLimited' : 'bulkhead';
    return `maxWait of ${whose} (${humanDuration(wait)}) is not shorter than the time limit of the call (${humanDuration(total)}), so who waits that long is never run: make it shorter`;
  },
  ({ retry }) => {
    if (!retry || retry.baseDelay === retryDefaults.baseDelay || retry.baseDelay <= retry.maxDelay) return undefined;
    return `baseDelay (${humanDuration(retry.baseDelay)}) is longer than maxDelay (${humanDuration(retry.maxDelay)}), so every wait is cut to that: make it shorter`;
  },
  ({ retry }) => {
    const { maxElapsed, baseDelay = 0 } = retry ?? {};
    if (maxElapsed === undefined || baseDelay < maxElapsed) return undefined;
    return `maxElapsed (${humanDuration(maxElapsed)}) is not longer than baseDelay (${humanDuration(baseDelay)}), so there is hardly time for a retry: make it longer`;
  },
  ({ retry, timeout }) => {
    const { maxElapsed } = retry ?? {};
    if (maxElapsed === undefined || timeout?.total === undefined || maxElapsed < timeout.total) return undefined;
    return `maxElapsed (${humanDuration(maxElapsed)}) is not shorter than the time limit of the call (${humanDuration(timeout.total)}) and never acts: make it shorter, or take it away`;
  },
  ({ retry, timeout }) => {
    const { maxRetries = 0, baseDelay = 0, jitter } = retry ?? {};
    if (maxRetries === 0 || (jitter !== 'none' && jitter !== false) || timeout?.total === undefined || baseDelay < timeout.total)
      return undefined;
    return `baseDelay (${humanDuration(baseDelay)}) is not shorter than the time limit of the call (${humanDuration(timeout.total)}), so there is never time for a retry: make it shorter`;
  },
];

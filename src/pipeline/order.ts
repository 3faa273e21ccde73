import type { Stage } from '../core/call.js';
import { watched } from './watched.js';
import { cache } from '../policies/cache.js';
import { circuitBreaker } from '../policies/circuit-breaker.js';
import { rateLimit } from '../policies/rate-limit.js';
import { retry } from '../policies/retry.js';
import type { RowParts } from './parts.js';

/** The decorators' keys of the policies, outermost first: the order that `describeTool` shows. */
export const POLICY_ORDER = ['cached', 'rateLimited', 'retry', 'circuitBreaker'] as const;

/**
 * The one order in which a call meets the policies, outermost first, whatever order the decorators were written in.
 * The bracket around an attempt lies inside the circuit: an attempt that was refused is none.
 */
export const ROW: readonly ((parts: RowParts) => Stage | undefined)[] = [
  ({ policies, cache: deps }) => policies.cached && deps && cache(policies.cached, deps),
  ({ globalLimit, toolLimit, clock }) => (globalLimit || toolLimit ? rateLimit({ clock, globalLimit, toolLimit }) : undefined),
  ({ policies, retry: deps }) => policies.retry && deps && retry(policies.retry, deps),
  ({ policies, circuitBreaker: deps }) => policies.circuitBreaker && deps && circuitBreaker(policies.circuitBreaker, deps),
  ({ policies, observer }) => (policies.retry ? watched(observer.attempt) : undefined),
];

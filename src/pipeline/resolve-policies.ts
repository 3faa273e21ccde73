import { ConfigurationError } from '../core/errors.js';
import { reject, type Subject } from '../core/options.js';
import type { Parts } from '../metadata/card.js';
import { contradictionIn } from '../metadata/contradictions.js';
import { bulkheadDefaults, type ResolvedBulkhead } from '../policies/bulkhead/bulkhead.js';
import { cacheDefaults, type ResolvedCache } from '../policies/cache/cache-options.js';
import { circuitBreakerDefaults, windowDefaults, type ResolvedCircuitBreaker } from '../policies/circuit/circuit-options.js';
import type { ResolvedFallback } from '../policies/fallback.js';
import { hedgeDefaults, type ResolvedHedge } from '../policies/hedge/hedge.js';
import { DEFAULT_MAX_KEYS, type ResolvedRateLimit } from '../policies/rate-limit/rate-limit.js';
import { retryDefaults, type ResolvedRetry } from '../policies/retry/retry.js';
import { budgetDefaults } from '../policies/retry/retry-budget.js';
import type { ResolvedTimeout } from '../policies/timeout.js';
import { runtime } from './runtime.js';

/** The policies of a tool, every option filled in. */
export interface ResolvedPolicies {
  readonly fallback?: ResolvedFallback | undefined;
  readonly timeout?: ResolvedTimeout | undefined;
  readonly cached?: ResolvedCache | undefined;
  readonly rateLimited?: ResolvedRateLimit | undefined;
  readonly retry?: ResolvedRetry | undefined;
  readonly hedge?: ResolvedHedge | undefined;
  readonly circuitBreaker?: ResolvedCircuitBreaker | undefined;
  readonly bulkhead?: ResolvedBulkhead | undefined;
}

/** A policy by its key in `tool()`. */
export type PolicyName = keyof ResolvedPolicies;

/** What each option is where nobody says it. */
const DEFAULTS: Readonly<Record<PolicyName, object>> = {
  fallback: {},
  timeout: {},
  cached: cacheDefaults,
  rateLimited: {},
  retry: retryDefaults,
  hedge: hedgeDefaults,
  circuitBreaker: circuitBreakerDefaults,
  bulkhead: bulkheadDefaults,
};

/**
 * The policies that the method, its classes and the named policies say, option by option: the method's own win, then the nearest class, then
 * the named policies in their order; process-wide defaults fill in what is left of the policies that there are.
 * @param said the method's parts, then those of its classes, nearest first
 * @throws ConfigurationError on a name that is not known, and on options that contradict each other
 */
export function resolvePolicies(subject: Subject, said: readonly Parts[]): ResolvedPolicies {
  const sources = [...said, ...namedPolicies(subject, said)];
  const resolved: Record<string, object> = {};
  for (const name of Object.keys(DEFAULTS) as PolicyName[]) {
    const policy = merge(name, sources);
    if (!policy) continue;
    const wrong = contradictionIn(name, policy as Record<string, unknown>);
    const title = `${subject.title} ${name}`;
    if (wrong) reject({ ...subject, title }, wrong.option, (policy as Record<string, unknown>)[wrong.option], wrong.allowed);
    resolved[name] = policy;
  }
  return resolved;
}

function namedPolicies(subject: Subject, said: readonly Parts[]): Parts[] {
  return said
    .flatMap(({ use }) => use?.policies ?? [])
    .map((name) => {
      const named = runtime.policies.get(name);
      if (named) return named;
      const known = runtime.policies.size > 0 ? `there are: ${[...runtime.policies.keys()].join(', ')}` : 'there are none yet';
      throw new ConfigurationError(
        `${subject.title}: there is no policy "${name}"; ${known}. Write configureTools({ policies: { '${name}': { … } } }) before its first call`,
        subject,
      );
    });
}

/** `sources`: the strongest first. */
function merge(name: PolicyName, sources: readonly Parts[]): object | undefined {
  const given = sources.map((parts) => parts[name]).filter((part) => part !== undefined);
  if (given.length === 0) return undefined;
  const last = runtime.defaults[name];
  const merged = Object.assign({}, ...[...given, ...(last ? [last] : [])].reverse()) as Record<string, unknown>;
  return completed(name, merged, given);
}

/** Fills in what goes by the other options. */
function completed(name: PolicyName, merged: Record<string, unknown>, given: readonly object[]): object {
  if (name === 'fallback') return nearestFallback(given);
  const policy: Record<string, unknown> = { ...DEFAULTS[name], ...merged };
  if (name === 'rateLimited') completeLimit(policy);
  if (name === 'circuitBreaker') completeCircuit(policy, merged);
  if (name === 'retry' && policy['budget']) policy['budget'] = { ...budgetDefaults, ...policy['budget'] };
  return policy;
}

function completeLimit(policy: Record<string, unknown>): void {
  policy['burst'] ??= policy['limit'];
  if (policy['key']) policy['maxKeys'] ??= DEFAULT_MAX_KEYS;
}

function completeCircuit(policy: Record<string, unknown>, { failureRate, failureThreshold, slowCall }: Record<string, unknown>): void {
  // A rate takes the place of the count, unless somebody wants both.
  if (failureRate !== undefined && failureThreshold === undefined) delete policy['failureThreshold'];
  if (failureRate === undefined && slowCall === undefined) return;
  const { window, minimumCalls } = windowDefaults;
  policy['window'] ??= window;
  policy['minimumCalls'] ??= typeof policy['window'] === 'number' ? Math.min(minimumCalls, policy['window']) : minimumCalls;
  if (slowCall !== undefined) policy['slowCallRate'] ??= 1;
}

/** What to give is one thing in three forms, so it is said in one place. */
function nearestFallback(given: readonly ResolvedFallback[]): ResolvedFallback {
  const { value, handler, method } = given.find((part) => part.value ?? part.handler ?? part.method) ?? {};
  const fallbackIf = given.find((part) => part.fallbackIf)?.fallbackIf;
  return { ...(value && { value }), ...(handler && { handler }), ...(method && { method }), ...(fallbackIf && { fallbackIf }) };
}

import { isAbort } from '../core/abort.js';
import type { Call, Next, Stage } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import { CircuitOpenError, memberOf } from '../core/errors.js';
import { callback, count, duration, type Rules } from '../core/options.js';
import { isOwnRefusal, refusalOf } from '../core/refusals.js';
import type { Circuit, CircuitSettings, Permit } from './circuit.js';

/** Options of `@CircuitBreaker`. */
export interface CircuitBreakerOptions {
  /** Consecutive failures that open the circuit. Default 5. */
  failureThreshold?: number;
  /** How long it stays open before it lets a probe through; also how long a probe may take before it loses its place. Default 60 s. */
  resetTimeout?: Duration;
  /** Probes that may run at a time while half-open. Default 1. */
  halfOpenMax?: number;
  /** Successful probes that close it again. Default 2. */
  successThreshold?: number;
  /** Whether an error counts as a failure. Default: every error does but refusals of this call, aborts by the caller and HTTP 429. */
  countIf?: (error: unknown) => boolean;
}

/** `CircuitBreakerOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedCircuitBreaker extends CircuitSettings {
  readonly countIf?: (error: unknown) => boolean;
}

export const circuitBreakerRules: Rules<CircuitBreakerOptions> = {
  failureThreshold: count(1),
  resetTimeout: duration,
  halfOpenMax: count(1),
  successThreshold: count(1),
  countIf: callback,
};

export const circuitBreakerDefaults: ResolvedCircuitBreaker = {
  failureThreshold: 5,
  resetTimeout: 60_000,
  halfOpenMax: 1,
  successThreshold: 2,
};

/** What the circuit breaker needs besides its options. */
export interface CircuitBreakerDeps {
  readonly clock: Clock;
  readonly circuit: Circuit;
  /** Told when `countIf` itself threw; the error then counts. */
  readonly onBrokenCallback: (option: string, error: unknown) => void;
}

/** Asks the circuit before the attempt and tells it the outcome after. */
export function circuitBreaker(options: ResolvedCircuitBreaker, deps: CircuitBreakerDeps): Stage {
  const { circuit, clock } = deps;
  return (next: Next): Next =>
    async function throughCircuit(call: Call): Promise<unknown> {
      const permit = check(call, deps);
      try {
        const result = await next(call);
        circuit.succeeded(permit);
        return result;
      } catch (error) {
        if (!isFailure(options, deps, call, error)) circuit.ignored(permit);
        else if (circuit.failed(permit, clock.now())) call.observer.report(call, { type: 'circuit_breaker.failure' });
        throw error;
      }
    };
}

function check(call: Call, { circuit, clock }: CircuitBreakerDeps): Permit {
  const startedAt = clock.now();
  const answer = circuit.enter(startedAt);
  const { state, failureCount } = answer;
  call.observer.report(call, { type: 'circuit_breaker.check', startedAt, state, failureCount });
  if (answer.admitted) return answer;
  const cause = call.attempt > 0 ? { cause: call.previousError } : undefined;
  const subject = { tool: call.tool.name, namespace: call.tool.namespace };
  throw refusalOf(call, new CircuitOpenError(subject, failureCount, answer.retryAfterMs, cause));
}

function isFailure({ countIf }: ResolvedCircuitBreaker, deps: CircuitBreakerDeps, call: Call, error: unknown): boolean {
  if (isOwnRefusal(call, error) || isTooManyRequests(error) || isAbort(call, error)) return false;
  if (!countIf) return true;
  try {
    return countIf(error);
  } catch (broken) {
    deps.onBrokenCallback('countIf', broken);
    return true;
  }
}

/** The other side is well, it only wants fewer calls. */
function isTooManyRequests(error: unknown): boolean {
  return memberOf(error, 'status') === 429 || memberOf(error, 'statusCode') === 429;
}

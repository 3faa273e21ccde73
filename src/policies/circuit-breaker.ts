import type { Call, Next, Stage } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import { type Duration } from '../core/duration.js';
import { CircuitOpenError } from '../core/errors.js';
import type { CircuitState } from '../core/events.js';
import { isAbort } from '../core/giving-up.js';
import { callback, count, duration, either, nonEmptyText, oneOf, share, type Rules } from '../core/options.js';
import { isOwnRefusal, refusalOf } from '../core/refusals.js';
import { memberOf } from '../core/thrown.js';
import type { Circuit, CircuitSettings, Permit } from './circuit.js';

/** Whether a circuit breaker refuses calls, only watches, or is off. */
export type CircuitMode = 'enforce' | 'observe' | 'disabled';

/** Options of `@CircuitBreaker`. */
export interface CircuitBreakerOptions {
  /** Consecutive failures that open the circuit. Default 5; where `failureRate` is given, none. */
  failureThreshold?: number;
  /** How long it stays open before it lets a probe through; also how long a probe may take before it loses its place. Default 60 s. */
  resetTimeout?: Duration;
  /** It stays open twice as long each time a probe fails, up to this. Default: always `resetTimeout`. */
  maxResetTimeout?: Duration;
  /** Probes that may run at a time while half-open. Default 1. */
  halfOpenMax?: number;
  /** Successful probes that close it again. Default 2. */
  successThreshold?: number;
  /** Share of the attempts in the window that opens the circuit when they failed, above 0 and at most 1. Default: only consecutive failures do. */
  failureRate?: number;
  /** What the rates are about: a number of attempts, or a length of time such as `'30s'`. Default 100 attempts. */
  window?: number | Exclude<Duration, number>;
  /** No rate opens the circuit before there are so many attempts in the window. Default 10, or the window where that is smaller. */
  minimumCalls?: number;
  /** An attempt that takes this long or longer counts as slow, whatever it gives. Default: none does. */
  slowCall?: Duration;
  /** Share of slow attempts in the window that opens the circuit, above 0 and at most 1. Default 1. */
  slowCallRate?: number;
  /**
   * Whether an error, or a result, counts as a failure. Default: every error does but refusals of this call, aborts by the caller and HTTP 429.
   * A function that would count `{ ok: true, status: 200 }` is taken to be about errors, and is not asked about results.
   */
  countIf?: (errorOrResult: unknown) => boolean;
  /** `'observe'`: counts and changes its state, but refuses nothing; `'disabled'`: does nothing at all. Default `'enforce'`. */
  mode?: CircuitMode;
  /** Tools that give the same name share one circuit. Default: each tool has its own. */
  name?: string;
}

/** `CircuitBreakerOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedCircuitBreaker {
  readonly failureThreshold?: number;
  readonly resetTimeout: number;
  readonly maxResetTimeout?: number;
  readonly halfOpenMax: number;
  readonly successThreshold: number;
  readonly failureRate?: number;
  /** A number of attempts, or a length of time as text. */
  readonly window?: number | Duration;
  readonly minimumCalls?: number;
  readonly slowCall?: number;
  readonly slowCallRate?: number;
  readonly countIf?: (errorOrResult: unknown) => boolean;
  readonly mode?: CircuitMode;
  readonly name?: string;
}

const windowRule = either(
  { ...count(1), allowed: 'a whole number of attempts of at least 1' },
  {
    allowed: "a length of time such as '30s'",
    parse: (value) => (typeof value === 'string' && duration.parse(value) !== undefined ? value : undefined),
  },
);

export const circuitBreakerRules: Rules<CircuitBreakerOptions> = {
  failureThreshold: count(1),
  resetTimeout: duration,
  maxResetTimeout: duration,
  halfOpenMax: count(1),
  successThreshold: count(1),
  failureRate: share,
  window: windowRule,
  minimumCalls: count(1),
  slowCall: duration,
  slowCallRate: share,
  countIf: callback,
  mode: oneOf('enforce', 'observe', 'disabled'),
  name: nonEmptyText,
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
  /** Told when `countIf` itself threw; an error then counts, a result does not. */
  readonly onBrokenCallback: (option: string, error: unknown, call: Call) => void;
}

/** Asks the circuit before the attempt and tells it the outcome after. */
export function circuitBreaker(options: ResolvedCircuitBreaker, deps: CircuitBreakerDeps): Stage {
  const { circuit, clock } = deps;
  const { slowCall = Infinity } = options;
  const isTimed = options.slowCall !== undefined || typeof options.window === 'string';
  const countsResult = options.countIf && resultCounter(options.countIf, deps);

  const fail = (call: Call, permit: Permit, startedAt: number): void => {
    const now = clock.now();
    const before = circuit.state;
    if (circuit.failed(permit, now, now - startedAt >= slowCall)) call.observer.report(call, { type: 'circuit_breaker.failure' });
    reportTransition(call, before, circuit.state);
  };

  const succeed = (call: Call, permit: Permit, startedAt: number): void => {
    const before = circuit.state;
    const now = isTimed ? clock.now() : 0;
    circuit.succeeded(permit, now, isTimed && now - startedAt >= slowCall);
    reportTransition(call, before, circuit.state);
  };

  return (next: Next): Next =>
    async function throughCircuit(call: Call): Promise<unknown> {
      // A closed circuit does not ask what time it is.
      const now = isTimed || circuit.state !== 'CLOSED' ? clock.now() : 0;
      const permit = check(call, options, deps, now);
      if (!permit) return next(call);
      let result: unknown;
      try {
        result = await next(call);
      } catch (error) {
        if (isFailure(options, deps, call, error)) fail(call, permit, now);
        else circuit.ignored(permit);
        throw error;
      }
      if (countsResult?.(result, call)) fail(call, permit, now);
      else succeed(call, permit, now);
      return result;
    };
}

/** Lets the attempt through, or throws; `undefined` where it goes on though the circuit would not have it. */
function check(call: Call, { mode }: ResolvedCircuitBreaker, { circuit }: CircuitBreakerDeps, now: number): Permit | undefined {
  const startedAt = call.observer.now();
  const before = circuit.state;
  const answer = circuit.enter(now);
  const { state, failureCount } = answer;
  call.observer.report(call, { type: 'circuit_breaker.check', startedAt, state, failureCount });
  reportTransition(call, before, state);
  if (answer.admitted) return answer;
  if (mode === 'observe') return undefined;
  const context = { attempts: call.attempt, ...(call.attempt > 0 && { cause: call.previousError }) };
  const subject = { tool: call.tool.name, namespace: call.tool.namespace };
  throw refusalOf(call, new CircuitOpenError(subject, whyOf(circuit, state), answer.retryAfterMs, context));
}

function reportTransition(call: Call, from: CircuitState, to: CircuitState): void {
  if (from !== to) call.observer.report(call, { type: 'circuit_breaker.transition', from, to });
}

/** A clause for the message. */
function whyOf(circuit: Circuit, state: CircuitState): number | string {
  if (state === 'HALF_OPEN') return 'it failed before and a trial call is finding out whether it works again';
  const { total, failed, slow } = circuit.seen;
  switch (circuit.reason) {
    case 'by_hand':
      return 'its circuit was opened by hand';
    case 'failure_rate':
      return `${failed} of its last ${total} attempts failed, so its circuit is open`;
    case 'slow_calls':
      return `${slow} of its last ${total} attempts were too slow, so its circuit is open`;
    default:
      return circuit.failureCount > 0 ? circuit.failureCount : 'it was too slow when it was tried again, so its circuit is open';
  }
}

function isFailure({ countIf }: ResolvedCircuitBreaker, deps: CircuitBreakerDeps, call: Call, error: unknown): boolean {
  if (isOwnRefusal(call, error) || isTooManyRequests(error) || isAbort(call, error)) return false;
  if (!countIf) return true;
  try {
    return countIf(error);
  } catch (broken) {
    deps.onBrokenCallback('countIf', broken, call);
    return true;
  }
}

/** The other side is well, it only wants fewer calls. */
function isTooManyRequests(error: unknown): boolean {
  return memberOf(error, 'status') === 429 || memberOf(error, 'statusCode') === 429;
}

/** A result that is surely none to be counted. */
const GOOD_RESULT = Object.freeze({ ok: true, status: 200, statusCode: 200 });

/**
 * Asks `countIf` about results. Most are written for errors alone, "all but `NotFound`", and would count every success: one that counts a
 * good result as well is not asked about results again.
 */
function resultCounter(countIf: (result: unknown) => boolean, deps: CircuitBreakerDeps): (result: unknown, call: Call) => boolean {
  let isAboutResults: boolean | undefined;
  return (result, call) => {
    if (isAboutResults === undefined) isAboutResults = !counts(countIf, GOOD_RESULT);
    if (!isAboutResults) return false;
    try {
      return countIf(result);
    } catch (broken) {
      deps.onBrokenCallback('countIf', broken, call);
      return false;
    }
  };
}

/** True also where it throws: it did not expect a result. */
function counts(countIf: (result: unknown) => boolean, result: unknown): boolean {
  try {
    return countIf(result);
  } catch {
    return true;
  }
}

/** What the state machine goes by. */
export function circuitSettings(options: ResolvedCircuitBreaker): CircuitSettings {
  const { failureRate, slowCall, slowCallRate = 1, window = 100, minimumCalls = 10, mode } = options;
  const hasWindow = failureRate !== undefined || slowCall !== undefined;
  const calls = typeof window === 'number' ? window : undefined;
  return {
    failureThreshold: options.failureThreshold,
    resetTimeout: options.resetTimeout,
    maxResetTimeout: options.maxResetTimeout,
    halfOpenMax: options.halfOpenMax,
    successThreshold: options.successThreshold,
    failureRate,
    slowCallRate: slowCall === undefined ? undefined : slowCallRate,
    window: hasWindow ? (calls === undefined ? { ms: duration.parse(window) as number } : { calls }) : undefined,
    minimumCalls: Math.min(minimumCalls, calls ?? Infinity),
    isObserving: mode === 'observe',
  };
}

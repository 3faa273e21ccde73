import type { Callback, Typing } from '../../core/callbacks.js';
import type { Duration } from '../../core/duration.js';
import { callback, count, duration, either, nonEmptyText, oneOf, share, type Rules } from '../../core/options.js';

/** Whether a circuit breaker refuses calls, only watches, or is off. */
export type CircuitMode = 'enforce' | 'observe' | 'disabled';

/** Options of `@CircuitBreaker`. */
export interface CircuitBreakerOptions<Result = unknown, How extends Typing = 'loose'> {
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
   * Where `countResultIf` is given, it is asked about errors only. So it is where it would count `{ ok: true, status: 200, statusCode: 200 }`,
   * or what a result lacks of that: then it was written for errors.
   */
  countIf?: Callback<[errorOrResult: unknown], boolean>;
  /** Whether a result counts as a failure; streams are not asked about. Default: what `countIf` says of it. */
  countResultIf?: Callback<[result: Result], boolean, How>;
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
  readonly countResultIf?: (result: unknown) => boolean;
  readonly mode?: CircuitMode;
  readonly name?: string;
}

// A byte for each of them is kept.
const LONGEST_WINDOW = 1_000_000;

const windowRule = either(
  {
    allowed: `a whole number of attempts from 1 to ${LONGEST_WINDOW.toLocaleString('en')}`,
    parse: (value) => ((value as number) <= LONGEST_WINDOW ? count(1).parse(value) : undefined),
  },
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
  countResultIf: callback,
  mode: oneOf('enforce', 'observe', 'disabled'),
  name: nonEmptyText,
};

/** Of circuits that go by rates. */
export const windowDefaults = { window: 100, minimumCalls: 10 };

export const circuitBreakerDefaults: ResolvedCircuitBreaker = {
  failureThreshold: 5,
  resetTimeout: 60_000,
  halfOpenMax: 1,
  successThreshold: 2,
};

/** Thresholds of a circuit; times in milliseconds. */
export interface CircuitSettings {
  /** Consecutive failures that open it; `undefined`: only a rate does. */
  readonly failureThreshold?: number | undefined;
  readonly resetTimeout: number;
  /** It stays open twice as long each time it opens again without having closed, up to this. Absent: always `resetTimeout`. */
  readonly maxResetTimeout?: number | undefined;
  readonly halfOpenMax: number;
  readonly successThreshold: number;
  /** Shares of the attempts in the window that open it. */
  readonly failureRate?: number | undefined;
  readonly slowCallRate?: number | undefined;
  /** What the rates are about: the last so many attempts, or those of the last so many milliseconds. */
  readonly window?: { readonly calls: number } | { readonly ms: number } | undefined;
  /** No rate opens it before there are so many attempts in the window. */
  readonly minimumCalls?: number | undefined;
  /** Whether it only watches, and refuses nothing. */
  readonly isObserving?: boolean | undefined;
}

/** What the state machine goes by. */
export function circuitSettings(options: ResolvedCircuitBreaker): CircuitSettings {
  const {
    failureRate,
    slowCall,
    slowCallRate = 1,
    window = windowDefaults.window,
    minimumCalls = windowDefaults.minimumCalls,
    mode,
  } = options;
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

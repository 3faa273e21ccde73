import { messageOf, typeOf } from './thrown.js';

/** The codes that tell our errors apart, in place of `instanceof` where two copies of the package meet. */
export type ToolErrorCode = 'RATE_LIMITED' | 'CIRCUIT_OPEN' | 'BULKHEAD_FULL' | 'TIMEOUT' | 'CONFIGURATION';

/** An error as plain data, for logs and for language models. */
export interface ToolErrorData {
  readonly name: string;
  readonly code: ToolErrorCode;
  readonly tool: string;
  readonly namespace: string;
  readonly message: string;
}

/** The error behind another one, as plain data. */
export interface ToolErrorCause {
  /** `_OTHER` for what is no Error. */
  readonly name: string;
  readonly message: string;
}

/** What who may try again should know, as plain data. */
export interface ToolRetryData {
  /** Attempts that ran in this call before. */
  readonly attempts: number;
  /** What the last of them ended with; `null` where none failed. */
  readonly cause: ToolErrorCause | null;
  /** Whether it is worth trying again at once. */
  readonly retryNowHelps: boolean;
  /** Whether trying again can ever help, be it later. */
  readonly retryable: boolean;
}

/** A refusal as plain data. */
export interface ToolRefusalData extends ToolErrorData, ToolRetryData {
  /** Why, in words. */
  readonly why: string;
  /** Milliseconds until the call may be admitted; `null` where nobody can know. */
  readonly retryAfterMs: number | null;
}

/** Which of the two limits refused a call. */
export type RateLimitReason = 'global_limit' | 'tool_limit';

/** The refusal of a rate limit as plain data. */
export interface RateLimitData extends ToolRefusalData {
  readonly reason: RateLimitReason;
  /** The name under which tools share the limit. */
  readonly sharedAs: string | null;
  /** Whether it is the limit of a key: calls with another one may pass. */
  readonly keyed: boolean;
  /** What the call takes from the limit. */
  readonly cost: number;
  /** How much would pass at this moment. */
  readonly remaining: number;
  /** Milliseconds until a call like this may be let in to wait for its turn; `null` where none may wait. */
  readonly mayWaitAfterMs: number | null;
}

/** Why a circuit refuses: what opened it, or that trial calls are under way. */
export type CircuitOpenReason = 'failures' | 'failure_rate' | 'slow_calls' | 'probe' | 'by_hand' | 'probing';

/** Attempts that a circuit counted. */
export interface CircuitWindowData {
  readonly total: number;
  readonly failed: number;
  readonly slow: number;
}

/** The refusal of a circuit breaker as plain data. */
export interface CircuitOpenData extends ToolRefusalData {
  readonly state: 'OPEN' | 'HALF_OPEN';
  /** `null` where whoever made the error said it in words only. */
  readonly reason: CircuitOpenReason | null;
  /** The name under which tools share the circuit. */
  readonly sharedAs: string | null;
  /** Consecutive failures. */
  readonly failureCount: number;
  /** The attempts by which a rate opened it; `null` where none did. */
  readonly window: CircuitWindowData | null;
}

/** The refusal of a bulkhead as plain data. */
export interface BulkheadFullData extends ToolRefusalData {
  /** The name under which tools share the bulkhead. */
  readonly sharedAs: string | null;
  /** How many may run at a time. */
  readonly maxConcurrent: number;
  /** How many may wait. */
  readonly maxQueue: number;
  /** Milliseconds for which it waited in the queue; 0 where it was refused at once. */
  readonly waitedMs: number;
}

/** What a call may wait for: a rate limit, a place in a bulkhead, its next attempt, or another call with the same arguments. */
export type WaitedFor = 'rate_limit' | 'bulkhead' | 'backoff' | 'other_call';

/** A time limit as plain data. */
export interface ToolTimeoutData extends ToolErrorData, ToolRetryData {
  readonly timeoutMs: number;
  readonly scope: 'attempt' | 'call';
  /** What it was doing when its time was up. */
  readonly during: 'running' | WaitedFor;
  /** Whether something may still be running for it, and take effect. */
  readonly mayTakeEffect: boolean;
}

/** The error behind `error`; `null` where there is none. Never throws. */
export function causeData(error: { readonly cause?: unknown }): ToolErrorCause | null {
  const { cause } = error;
  return cause === undefined ? null : { name: typeOf(cause), message: messageOf(cause) };
}

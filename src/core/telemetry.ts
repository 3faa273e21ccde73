import type { Attributes } from './attributes.js';
import type { Call, Observer, ToolIdentity } from './call.js';
import type { CircuitState } from './events.js';
import type { Span } from './span.js';

/** The present state of a tool's policies, to be read whenever somebody looks. */
export interface StateReading {
  readonly tool: string;
  /** Absent without a circuit breaker. */
  readonly circuitState?: CircuitState | undefined;
  /** Calls that wait for a place in the bulkhead. */
  readonly bulkheadQueue?: number | undefined;
}

/** What telemetry must know of a tool before its first call. */
export interface ToolFacts extends ToolIdentity {
  readonly description?: string | undefined;
  readonly attributes?: Attributes | undefined;
  readonly hasCache: boolean;
  readonly hasRateLimit: boolean;
  readonly hasCircuit: boolean;
  readonly hasBulkhead?: boolean;
  readonly hasFallback?: boolean;
  readonly hasHedge?: boolean;
  /** Whether results beyond their time may be served. */
  readonly hasStale?: boolean;
  readonly hasAttemptTimeout?: boolean;
  readonly hasTotalTimeout?: boolean;
  /** Options of its policies that are functions of the user's, as `cached.key`. */
  readonly callbacks?: readonly string[];
  /** `undefined` for a tool that does not retry. */
  readonly maxRetries?: number | undefined;
}

/** Makes the observers. Its presence means that telemetry is on. */
export interface Telemetry {
  observe(facts: ToolFacts): Observer;
  /** The span around a call that is under way; one that records nothing where tracing is off. */
  spanOf(call: Call): Span;
  /** The call in which the code that asks is running; absent where no context of telemetry's own carries it along. */
  readonly callHere?: (() => Call | undefined) | undefined;
}

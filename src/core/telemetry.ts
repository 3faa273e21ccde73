import type { Attributes } from './attributes.js';
import type { Call, Observer, ToolIdentity } from './call.js';
import type { CircuitState } from './events.js';
import type { Span } from './span.js';

/** The circuit of a tool, to be read whenever somebody looks. */
export interface CircuitReading {
  readonly tool: string;
  readonly state: CircuitState;
}

/** What telemetry must know of a tool before its first call. */
export interface ToolFacts extends ToolIdentity {
  readonly description?: string | undefined;
  readonly attributes?: Attributes | undefined;
  readonly hasCache: boolean;
  readonly hasRateLimit: boolean;
  readonly hasCircuit: boolean;
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

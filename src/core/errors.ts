import { humanDuration } from './duration.js';

/** The codes that tell our errors apart, in place of `instanceof` where two copies of the package meet. */
export type ToolErrorCode = 'RATE_LIMITED' | 'CIRCUIT_OPEN' | 'CONFIGURATION';

/** Which tool an error is about. */
export interface ToolErrorSubject {
  readonly tool: string;
  readonly namespace: string;
}

// Kept on the prototypes under a shared symbol: an error made by the CommonJS copy is an instance for the ESM copy too.
const KIND = Symbol.for('toolspan.error.kind');

function isKind(this: { prototype: object }, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.prototype.isPrototypeOf.call(this.prototype, value)) return true;
  if (!Object.hasOwn(this.prototype, KIND)) return false; // a subclass of the user's own: the plain rule
  const wanted = (this.prototype as Marked)[KIND];
  for (let at: unknown = value; at; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, KIND) && (at as Marked)[KIND] === wanted) return true;
  }
  return false;
}

interface Marked {
  [KIND]?: string;
}

// The kind is spelled out: a minifier may rename the class.
function mark(errorClass: { readonly prototype: object }, kind: string): void {
  Object.defineProperty(errorClass.prototype, KIND, { value: kind });
  Object.defineProperty(errorClass.prototype, 'name', { value: kind, configurable: true, writable: true });
  Object.defineProperty(errorClass, Symbol.hasInstance, { value: isKind });
}

/** What the standard library calls `ErrorOptions`, since 2022: our types must compile for older targets. */
export interface CausedBy {
  /** The error behind this one. */
  readonly cause?: unknown;
}

/** Every error that this library throws by itself. The errors of your own tools are rethrown untouched. */
export abstract class ToolError extends Error {
  abstract readonly code: ToolErrorCode;
  /** Name of the tool; where it is not known yet, class and method. */
  readonly tool: string;
  readonly namespace: string;

  constructor(subject: ToolErrorSubject, message: string, options?: CausedBy) {
    super(message, options);
    this.tool = subject.tool;
    this.namespace = subject.namespace;
  }
}
mark(ToolError, 'ToolError');

/** A decision of ours not to run the tool. The message tells a caller, a language model included, when to come back. */
export abstract class ToolRefusedError extends ToolError {
  /** Milliseconds until the call may be admitted; `undefined` where nobody can know. */
  readonly retryAfterMs: number | undefined;

  constructor(subject: ToolErrorSubject, message: string, retryAfterMs: number | undefined, options?: CausedBy) {
    super(subject, message, options);
    // Whole milliseconds: a timer cuts fractions off, and an obedient caller would come too early.
    this.retryAfterMs = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs - 1e-6));
  }
}
mark(ToolRefusedError, 'ToolRefusedError');

/** Which of the two limits refused a call. */
export type RateLimitReason = 'global_limit' | 'tool_limit';

/** The tool's rate limit, or the global one, is used up. Code `RATE_LIMITED`. */
export class RateLimitError extends ToolRefusedError {
  readonly code = 'RATE_LIMITED';
  readonly reason: RateLimitReason;

  constructor(subject: ToolErrorSubject, reason: RateLimitReason, retryAfterMs: number) {
    const whose = reason === 'global_limit' ? 'the rate limit that all tools share' : 'its rate limit';
    super(
      subject,
      `Tool "${subject.tool}" was not run: ${whose} is used up. Try again in ${humanDuration(retryAfterMs)}; before that it is refused again.`,
      retryAfterMs,
    );
    this.reason = reason;
  }
}
mark(RateLimitError, 'RateLimitError');

/** The tool's circuit is open, or half-open with all its probes taken. Code `CIRCUIT_OPEN`; `cause` is the last error of a retry loop. */
export class CircuitOpenError extends ToolRefusedError {
  readonly code = 'CIRCUIT_OPEN';

  constructor(subject: ToolErrorSubject, failureCount: number, retryAfterMs: number | undefined, options?: CausedBy) {
    super(subject, circuitMessage(subject.tool, failureCount, retryAfterMs), retryAfterMs, options);
  }
}
mark(CircuitOpenError, 'CircuitOpenError');

function circuitMessage(tool: string, failureCount: number, retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) {
    return `Tool "${tool}" was not run: it failed before and a trial call is finding out whether it works again. Try again later.`;
  }
  const failures = failureCount === 1 ? 'its last call failed' : `its last ${failureCount} calls failed`;
  return `Tool "${tool}" was not run: ${failures}, so its circuit is open. Try again in ${humanDuration(retryAfterMs)}; before that it is refused again.`;
}

/** A decorator, a function or set-up was given something it cannot work with. Code `CONFIGURATION`. */
export class ConfigurationError extends ToolError {
  readonly code = 'CONFIGURATION';

  constructor(message: string, subject: ToolErrorSubject = { tool: 'toolspan', namespace: 'default' }) {
    super(subject, message);
  }
}
mark(ConfigurationError, 'ConfigurationError');

/** A member of whatever was thrown or given; `undefined` where it has none, or a getter that throws: that is not ours to meet. */
export function memberOf(value: unknown, name: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/** The message of whatever was thrown, an Error or not. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    if (isErrorLike(thrown)) return String(thrown.message);
    return String(thrown);
  } catch {
    return 'an object that cannot be printed';
  }
}

/** The `name` of an Error; `_OTHER` for what is no Error, the value OpenTelemetry reserves for that. Never throws. */
export function typeOf(thrown: unknown): string {
  try {
    return isErrorLike(thrown) && typeof thrown.name === 'string' && thrown.name !== '' ? thrown.name : '_OTHER';
  } catch {
    return '_OTHER';
  }
}

/** True for errors of any realm: test runners and worker contexts have an `Error` of their own. */
export function isErrorLike(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]' || isDomException(thrown);
}

function isDomException(thrown: unknown): boolean {
  return Object.prototype.toString.call(thrown) === '[object DOMException]';
}

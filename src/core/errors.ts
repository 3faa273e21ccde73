import { wholeMilliseconds } from './duration.js';
import {
  causeData,
  type BulkheadFullData,
  type CircuitOpenData,
  type CircuitOpenReason,
  type RateLimitData,
  type RateLimitReason,
  type ToolErrorCode,
  type ToolErrorData,
  type ToolRefusalData,
  type ToolTimeoutData,
  type WaitedFor,
} from './error-data.js';
import { refusalMessage, type RefusalWords } from './refusal-message.js';
import {
  bulkheadWords,
  circuitWords,
  isWorthAnotherCall,
  mayWaitAfter,
  rateLimitWords,
  timeoutMessage,
  type BulkheadDetails,
  type CircuitDetails,
  type RateLimitDetails,
  type TimeoutDetails,
} from './refusal-words.js';

/** Which tool an error is about. */
export interface ToolErrorSubject {
  readonly tool: string;
  readonly namespace: string;
}

// Kept on the prototypes under a shared symbol: an error made by the CommonJS copy is an instance for the ESM copy too.
const KIND = Symbol.for('toolspan.error.kind');

function isKind(this: { prototype: object }, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (!Object.hasOwn(this.prototype, KIND)) return Object.prototype.isPrototypeOf.call(this.prototype, value); // a subclass of the user's own: the plain rule
  const wanted = (this.prototype as Marked)[KIND];
  try {
    for (let at: unknown = value; at; at = Object.getPrototypeOf(at)) {
      if (Object.hasOwn(at, KIND) && (at as Marked)[KIND] === wanted) return true;
    }
  } catch {
    // A proxy that forbids to look is none of ours.
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

  /** What `JSON.stringify` shows: the same as the message, as data. */
  toJSON(): ToolErrorData {
    const { name, code, tool, namespace, message } = this;
    return { name, code, tool, namespace, message };
  }
}
mark(ToolError, 'ToolError');

/** What a refusal knows besides its reason. */
export interface RefusalContext extends CausedBy {
  /** Attempts that ran in this call before it was refused. Default 0. */
  readonly attempts?: number;
}

/** A decision of ours not to run the tool. The message tells a caller, a language model included, why, and when to come back. */
export abstract class ToolRefusedError extends ToolError {
  /** Milliseconds until the call may be admitted; `undefined` where nobody can know. */
  readonly retryAfterMs: number | undefined;
  /** Attempts that ran in this call before it was refused. */
  readonly attempts: number;
  readonly #words: RefusalWords;

  constructor(subject: ToolErrorSubject, words: RefusalWords, retryAfterMs: number | undefined, context: RefusalContext = {}) {
    super(subject, refusalMessage(subject.tool, words, wholeMs(retryAfterMs), context), 'cause' in context ? context : undefined);
    this.retryAfterMs = wholeMs(retryAfterMs);
    this.attempts = context.attempts ?? 0;
    this.#words = words;
  }

  override toJSON(): ToolRefusalData {
    const { retryAfterMs = null, attempts } = this;
    const { why, retryNowHelps = false, retryable = true } = this.#words;
    return { ...super.toJSON(), why, attempts, cause: causeData(this), retryAfterMs, retryNowHelps, retryable };
  }
}
mark(ToolRefusedError, 'ToolRefusedError');

function wholeMs(retryAfterMs: number | undefined): number | undefined {
  return retryAfterMs === undefined ? undefined : Math.max(1, wholeMilliseconds(retryAfterMs));
}

/** The tool's rate limit, or the global one, is used up, or has less left than the call costs. Code `RATE_LIMITED`. */
export class RateLimitError extends ToolRefusedError {
  readonly code = 'RATE_LIMITED';
  readonly reason: RateLimitReason;
  readonly #details: RateLimitDetails;

  /** @param retryAfterMs `undefined`: it costs more than the limit ever lets pass at once */
  constructor(
    subject: ToolErrorSubject,
    reason: RateLimitReason,
    retryAfterMs: number | undefined,
    context: RefusalContext & RateLimitDetails = {},
  ) {
    super(subject, rateLimitWords(reason, wholeMs(retryAfterMs), context), retryAfterMs, context);
    this.reason = reason;
    this.#details = context;
  }

  override toJSON(): RateLimitData {
    const { reason, retryAfterMs } = this;
    const { sharedAs = null, keyed = false, cost = 1, remaining = 0, maxWaitMs } = this.#details;
    const mayWaitAfterMs = mayWaitAfter(retryAfterMs, maxWaitMs) ?? null;
    return { ...super.toJSON(), reason, sharedAs, keyed, cost, remaining, mayWaitAfterMs };
  }
}
mark(RateLimitError, 'RateLimitError');

/** The tool's circuit is open, or half-open with all its probes taken. Code `CIRCUIT_OPEN`; `cause` is the last error of a retry loop. */
export class CircuitOpenError extends ToolRefusedError {
  readonly code = 'CIRCUIT_OPEN';
  readonly state: 'OPEN' | 'HALF_OPEN';
  /** What opened it, or that trial calls are under way (`'probing'`); `undefined` where that was given in words only. */
  readonly reason: CircuitOpenReason | undefined;
  readonly #details: Partial<CircuitDetails>;

  /** @param why what the circuit knows, or the number of consecutive failures, or a clause that says what opened the circuit */
  constructor(
    subject: ToolErrorSubject,
    why: CircuitDetails | number | string,
    retryAfterMs: number | undefined,
    context?: RefusalContext,
  ) {
    const known = typeof why === 'number' ? failures(why, retryAfterMs) : why;
    super(subject, circuitWords(known, retryAfterMs), retryAfterMs, context);
    this.#details = typeof known === 'string' ? {} : known;
    this.reason = this.#details.reason;
    this.state = this.reason === 'probing' ? 'HALF_OPEN' : 'OPEN';
  }

  override toJSON(): CircuitOpenData {
    const { state, reason = null } = this;
    const { sharedAs = null, failureCount = 0, window = null } = this.#details;
    return { ...super.toJSON(), state, reason, sharedAs, failureCount, window };
  }
}
mark(CircuitOpenError, 'CircuitOpenError');

function failures(failureCount: number, retryAfterMs: number | undefined): CircuitDetails {
  return { reason: retryAfterMs === undefined ? 'probing' : 'failures', failureCount };
}

/** As many calls as may run at a time are running, and there was no place in the queue, or none became free in time. Code `BULKHEAD_FULL`. */
export class BulkheadFullError extends ToolRefusedError {
  readonly code = 'BULKHEAD_FULL';
  readonly #details: Pick<BulkheadFullData, 'maxConcurrent' | 'maxQueue' | 'waitedMs' | 'sharedAs'>;

  /**
   * @param maxConcurrent how many may run at a time
   * @param waitedMs how long it waited in the queue; 0: it was refused at once
   */
  constructor(subject: ToolErrorSubject, maxConcurrent: number, waitedMs: number, context: RefusalContext & BulkheadDetails = {}) {
    super(subject, bulkheadWords(maxConcurrent, waitedMs, context), undefined, context);
    const { maxQueue = 0, sharedAs = null } = context;
    this.#details = { sharedAs, maxConcurrent, maxQueue, waitedMs };
  }

  override toJSON(): BulkheadFullData {
    return { ...super.toJSON(), ...this.#details };
  }
}
mark(BulkheadFullError, 'BulkheadFullError');

/** An attempt, or the whole call, took longer than its `@Timeout`. Code `TIMEOUT`; `cause` is the last error of the attempts before, where the call ended. */
export class ToolTimeoutError extends ToolError {
  readonly code = 'TIMEOUT';
  /** Attempts that ran in this call before. */
  readonly attempts: number;
  /** What it was doing when its time was up: running, or waiting for something. */
  readonly during: 'running' | WaitedFor;
  /** Whether something may still be running for it, and take effect. */
  readonly mayTakeEffect: boolean;

  constructor(
    subject: ToolErrorSubject,
    /** The limit, in milliseconds. */
    readonly timeoutMs: number,
    /** What it is the limit of: one attempt, or the call with all its attempts and waits. */
    readonly scope: 'attempt' | 'call' = 'attempt',
    details: CausedBy & TimeoutDetails = {},
  ) {
    super(subject, timeoutMessage(subject.tool, timeoutMs, scope, details), 'cause' in details ? details : undefined);
    this.attempts = details.attempts ?? 0;
    this.during = details.during ?? 'running';
    this.mayTakeEffect = details.mayTakeEffect ?? this.during === 'running';
  }

  override toJSON(): ToolTimeoutData {
    const { timeoutMs, scope, during, mayTakeEffect, attempts } = this;
    const retryNowHelps = isWorthAnotherCall({ during });
    return { ...super.toJSON(), timeoutMs, scope, during, mayTakeEffect, attempts, cause: causeData(this), retryNowHelps, retryable: true };
  }
}
mark(ToolTimeoutError, 'ToolTimeoutError');

/** A decorator, a function or set-up was given something it cannot work with. Code `CONFIGURATION`. */
export class ConfigurationError extends ToolError {
  readonly code = 'CONFIGURATION';

  constructor(message: string, subject: ToolErrorSubject = { tool: 'toolspan', namespace: 'default' }) {
    super(subject, message);
  }
}
mark(ConfigurationError, 'ConfigurationError');

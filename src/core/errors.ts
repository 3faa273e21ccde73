import { humanDuration } from './duration.js';
import { refusalMessage, type RefusalWords } from './refusal-message.js';

/** The codes that tell our errors apart, in place of `instanceof` where two copies of the package meet. */
export type ToolErrorCode = 'RATE_LIMITED' | 'CIRCUIT_OPEN' | 'BULKHEAD_FULL' | 'TIMEOUT' | 'CONFIGURATION';

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

/** An error as plain data, for logs and for language models. */
export interface ToolErrorData {
  readonly name: string;
  readonly code: ToolErrorCode;
  readonly tool: string;
  readonly namespace: string;
  readonly message: string;
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

/** A refusal as plain data. */
export interface ToolRefusalData extends ToolErrorData {
  /** Why, in words. */
  readonly why: string;
  /** Attempts that ran in this call before it was refused. */
  readonly attempts: number;
  /** Milliseconds until the call may be admitted; `null` where nobody can know. */
  readonly retryAfterMs: number | null;
  /** Whether it is worth trying again at once. */
  readonly retryNowHelps: boolean;
}

/** A decision of ours not to run the tool. The message tells a caller, a language model included, why, and when to come back. */
export abstract class ToolRefusedError extends ToolError {
  /** Milliseconds until the call may be admitted; `undefined` where nobody can know. */
  readonly retryAfterMs: number | undefined;
  /** Attempts that ran in this call before it was refused. */
  readonly attempts: number;
  readonly #why: string;

  constructor(subject: ToolErrorSubject, words: RefusalWords, retryAfterMs: number | undefined, context: RefusalContext = {}) {
    super(subject, refusalMessage(subject.tool, words, retryAfterMs, context.attempts), 'cause' in context ? context : undefined);
    // Whole milliseconds: a timer cuts fractions off, and an obedient caller would come too early.
    this.retryAfterMs = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs - 1e-6));
    this.attempts = context.attempts ?? 0;
    this.#why = words.why;
  }

  override toJSON(): ToolRefusalData {
    const { retryAfterMs = null, attempts } = this;
    return { ...super.toJSON(), why: this.#why, attempts, retryAfterMs, retryNowHelps: false };
  }
}
mark(ToolRefusedError, 'ToolRefusedError');

/** Which of the two limits refused a call. */
export type RateLimitReason = 'global_limit' | 'tool_limit';

/** The tool's rate limit, or the global one, is used up. Code `RATE_LIMITED`. */
export class RateLimitError extends ToolRefusedError {
  readonly code = 'RATE_LIMITED';
  readonly reason: RateLimitReason;

  /** @param retryAfterMs `undefined`: it costs more than the limit ever lets pass at once */
  constructor(subject: ToolErrorSubject, reason: RateLimitReason, retryAfterMs: number | undefined, context?: RefusalContext) {
    const whose = reason === 'global_limit' ? 'the rate limit that all tools share' : 'its rate limit';
    const words =
      retryAfterMs === undefined
        ? { why: `it costs more than ${whose} ever lets pass at once`, otherwise: 'Trying again never helps; ask for less.' }
        : { why: `${whose} is used up` };
    super(subject, words, retryAfterMs, context);
    this.reason = reason;
  }
}
mark(RateLimitError, 'RateLimitError');

/** The tool's circuit is open, or half-open with all its probes taken. Code `CIRCUIT_OPEN`; `cause` is the last error of a retry loop. */
export class CircuitOpenError extends ToolRefusedError {
  readonly code = 'CIRCUIT_OPEN';

  /** @param why the number of consecutive failures, or a clause that says what opened the circuit */
  constructor(subject: ToolErrorSubject, why: number | string, retryAfterMs: number | undefined, context?: RefusalContext) {
    super(subject, circuitWords(why, retryAfterMs), retryAfterMs, context);
  }
}
mark(CircuitOpenError, 'CircuitOpenError');

function circuitWords(why: number | string, retryAfterMs: number | undefined): RefusalWords {
  if (typeof why === 'string') return { why, otherwise: 'Trying again now does not help; try again later.' };
  if (retryAfterMs === undefined) {
    return {
      why: 'it failed before and a trial call is finding out whether it works again',
      otherwise: 'Trying again now does not help; try again later.',
    };
  }
  return { why: `${why === 1 ? 'its last attempt failed' : `its last ${why} attempts failed`}, so its circuit is open` };
}

/** As many calls as may run at a time are running, and no place in the queue became free in time. Code `BULKHEAD_FULL`. */
export class BulkheadFullError extends ToolRefusedError {
  readonly code = 'BULKHEAD_FULL';

  /** @param maxConcurrent how many may run at a time */
  constructor(subject: ToolErrorSubject, maxConcurrent: number, waitedMs: number, context?: RefusalContext) {
    const running =
      maxConcurrent === 1 ? 'the one call that may run at a time is' : `all ${maxConcurrent} calls that may run at a time are`;
    const waited = waitedMs > 0 ? `, and none ended within ${humanDuration(waitedMs)}` : '';
    const otherwise = 'Trying again at once hardly helps; try again when one of them has ended.';
    super(subject, { why: `${running} running${waited}`, otherwise }, undefined, context);
  }
}
mark(BulkheadFullError, 'BulkheadFullError');

/** A time limit as plain data. */
export interface ToolTimeoutData extends ToolErrorData {
  readonly timeoutMs: number;
  readonly scope: 'attempt' | 'call';
}

/** An attempt, or the whole call, took longer than its `@Timeout`. Code `TIMEOUT`. */
export class ToolTimeoutError extends ToolError {
  readonly code = 'TIMEOUT';

  constructor(
    subject: ToolErrorSubject,
    /** The limit, in milliseconds. */
    readonly timeoutMs: number,
    /** What it is the limit of: one attempt, or the call with all its attempts and waits. */
    readonly scope: 'attempt' | 'call' = 'attempt',
    options?: CausedBy,
  ) {
    const what = scope === 'attempt' ? 'an attempt may take' : 'a call may take with all its attempts and waits';
    super(
      subject,
      `Tool "${subject.tool}" gave no answer within ${humanDuration(timeoutMs)}, the longest that ${what}. It may still take effect.`,
      options,
    );
  }

  override toJSON(): ToolTimeoutData {
    const { timeoutMs, scope } = this;
    return { ...super.toJSON(), timeoutMs, scope };
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

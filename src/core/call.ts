import { memberOf } from './errors.js';
import type { PolicyEvent } from './events.js';

/** Any function at all; `never[]` so that every parameter list fits. */
export type AnyFunction = (...args: never[]) => unknown;

/** What a tool is called, in spans, metrics and errors. */
export interface ToolIdentity {
  readonly name: string;
  readonly namespace: string;
}

/** One invocation on its way through the row of stages. Never changed; a stage that needs another passes a copy on. */
export class Call {
  /** The same object in all copies of one call: who asked, and whose refusal an error is. */
  readonly origin: Call;

  constructor(
    readonly tool: ToolIdentity,
    /** The user's function that this call runs. */
    readonly fn: AnyFunction,
    readonly self: unknown,
    readonly args: readonly unknown[],
    readonly observer: Observer,
    /** 0 for the first attempt. */
    readonly attempt = 0,
    /** What the attempt before this one ended with. */
    readonly previousError?: unknown,
    /** What the observer opened around this call; nobody else looks at it. */
    readonly scope?: unknown,
    origin?: Call,
  ) {
    this.origin = origin ?? this;
  }

  withScope(scope: unknown): Call {
    return new Call(this.tool, this.fn, this.self, this.args, this.observer, this.attempt, this.previousError, scope, this.origin);
  }

  forAttempt(attempt: number, previousError: unknown): Call {
    return new Call(this.tool, this.fn, this.self, this.args, this.observer, attempt, previousError, this.scope, this.origin);
  }
}

/** The rest of the row: runs what lies further in. */
export type Next = (call: Call) => unknown;

/** A policy is a stage: given the rest of the row, it returns a row that is one longer. */
export type Stage = (next: Next) => Next;

/** How a stream ended, and what it had given until then. Moments are milliseconds of the clock handed in. */
export interface StreamEnding {
  /** `abandoned`: nobody read from it for so long that nobody will. */
  readonly outcome: 'completed' | 'cancelled' | 'failed' | 'abandoned';
  readonly chunks: number;
  readonly firstChunkAt: number | undefined;
  readonly endedAt: number;
}

/** A bracket around something that takes time. None of its members may throw because of telemetry. */
export interface Watch {
  /** Where the call is made, for `open` to be told when it comes later. */
  place(): unknown;
  /** Begins; returns the call to pass on, with what was opened in its scope. `place`: default is where `open` is called. */
  open(call: Call, place?: unknown): Call;
  /** Runs `next(call)` with what was opened active. */
  within(call: Call, next: Next): unknown;
  /** Ends; `error` is what was thrown where `failed` is true, `stream` is there for a call that gave one. */
  close(call: Call, failed: boolean, error?: unknown, stream?: StreamEnding): void;
}

/** What telemetry implements, one for each tool. */
export interface Observer {
  /** Around the whole call. */
  readonly call: Watch;
  /** Around each attempt; laid only for tools that retry. */
  readonly attempt: Watch;
  /** Something happened inside the call. Must never throw. */
  report(call: Call, event: PolicyEvent): void;
}

const silentWatch: Watch = {
  place: () => undefined,
  open: (call) => call,
  within: (call, next) => next(call),
  close: () => undefined,
};

/** No telemetry: a value, so that no stage asks whether there is an observer. */
export const silentObserver: Observer = { call: silentWatch, attempt: silentWatch, report: () => undefined };

/** A promise, or something that acts like one; what does not let itself be looked at is none. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof memberOf(value, 'then') === 'function';
}

import { unsignalled } from './abort.js';
import type { Cancellation } from './cancellation.js';
import { memberOf } from './thrown.js';
import type { PolicyEvent } from './events.js';

/** Any function at all; `never[]` so that every parameter list fits. */
export type AnyFunction = (...args: never[]) => unknown;

/** What a tool is called, in spans, metrics and errors. */
export interface ToolIdentity {
  readonly name: string;
  readonly namespace: string;
}

/** One invocation on its way through the row of stages. Never changed once it is on its way; a stage that needs another passes a copy on. */
export class Call {
  /** The same object in all copies of one call: who asked, and whose refusal an error is. */
  readonly origin: Call = this;
  /** 0 for the first attempt. */
  readonly attempt: number = 0;
  /** What the attempt before this one ended with. */
  readonly previousError: unknown = undefined;
  /** What the observer opened around this call; nobody else looks at it. */
  readonly scope: unknown = undefined;
  /** By what a policy may end this call, or this attempt; `undefined` where none may. */
  readonly cancellation: Cancellation | undefined = undefined;
  /** 0: the attempt itself; 1, 2, …: the hedges that run beside it. */
  readonly hedge: number = 0;
  /** The moment that no wait between attempts may go beyond, in milliseconds of the clock; `undefined`: there is none. */
  readonly giveUpAt: number | undefined = undefined;

  constructor(
    readonly tool: ToolIdentity,
    /** The user's function that this call runs. */
    readonly fn: AnyFunction,
    readonly self: unknown,
    readonly args: readonly unknown[],
    readonly observer: Observer,
  ) {}

  /** The same call, with what was opened around it. For one that nobody else holds yet: another would see its scope come. */
  opened(scope: unknown): this {
    (this as Changing<Call>).scope = scope;
    return this;
  }

  withScope(scope: unknown): Call {
    const copy = copyOf(this);
    copy.scope = scope;
    return copy;
  }

  forAttempt(attempt: number, previousError: unknown): Call {
    const copy = copyOf(this);
    copy.attempt = attempt;
    copy.previousError = previousError;
    return copy;
  }

  /** @param hedge which of those that run side by side it is */
  cancellableBy(cancellation: Cancellation, hedge = this.hedge): Call {
    const copy = copyOf(this);
    copy.cancellation = cancellation;
    copy.hedge = hedge;
    return copy;
  }

  until(giveUpAt: number): Call {
    const copy = copyOf(this);
    copy.giveUpAt = giveUpAt;
    return copy;
  }

  /** What goes on after the attempt that this is told of, as a stream does. */
  after({ attempt, cancellation, hedge }: Call): Call {
    const copy = copyOf(this);
    copy.attempt = attempt;
    copy.cancellation = cancellation;
    copy.hedge = hedge;
    return copy;
  }

  /** The same work for nobody in particular: outside of what is watched, and of what could cancel it, the caller's signal included. */
  detached(): Call {
    return new Call(this.tool, this.fn, this.self, unsignalled(this.args), this.observer);
  }
}

type Changing<T> = { -readonly [Name in keyof T]: T[Name] };

function copyOf(call: Call): Changing<Call> {
  const copy: Changing<Call> = new Call(call.tool, call.fn, call.self, call.args, call.observer);
  copy.origin = call.origin;
  copy.attempt = call.attempt;
  copy.previousError = call.previousError;
  copy.scope = call.scope;
  copy.cancellation = call.cancellation;
  copy.hedge = call.hedge;
  copy.giveUpAt = call.giveUpAt;
  return copy;
}

/** Takes what a call, or an attempt, comes to: exactly one of the two is called, once. */
export interface Outcome {
  answered(value: unknown): void;
  failed(error: unknown): void;
}

/**
 * The rest of the row: runs what lies further in, and tells `then` what it comes to, now or later. Never throws. Told thus, an outcome costs
 * a policy one small object, where each promise of its own would cost four times as much.
 */
export type Next = (call: Call, then: Outcome) => void;

/** Runs something as part of a call, and gives what that gives. */
export type Run = (call: Call) => unknown;

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
  /** Runs `run(call)` with what was opened active. */
  within(call: Call, run: Run): unknown;
  /** Ends; `result` is what was thrown where `failed` is true, else what was given; `stream` is there for a call that gave one. */
  close(call: Call, failed: boolean, result?: unknown, stream?: StreamEnding): void;
}

/** A bracket around a call that is only counted: the moment it began is all there is to keep of it. */
export interface Stopwatch {
  start(): number;
  stop(startedAt: number, failed: boolean): void;
  /** The call as if it had been opened at that moment, for the one that is to be closed as others are. */
  opened(call: Call, startedAt: number): Call;
}

/** What telemetry implements, one for each tool. */
export interface Observer {
  /** In place of `call`, where calls are only counted. */
  readonly stopwatch?: Stopwatch | undefined;
  /** Around the whole call. */
  readonly call: Watch;
  /** Around each attempt; laid only for tools that retry. */
  readonly attempt: Watch;
  /** Around work that nobody waits for, caused by a call. */
  readonly background: Watch;
  /** The moment at which a step of this call begins that will be reported; 0 where nobody will look at it. */
  now(call: Call): number;
  /** Something happened: inside the call, or by hand where there is none. Must never throw. */
  report(call: Call | undefined, event: PolicyEvent): void;
}

const silentWatch: Watch = {
  place: () => undefined,
  open: (call) => call,
  within: (call, run) => run(call),
  close: () => undefined,
};

/** No telemetry: a value, so that no stage asks whether there is an observer. */
export const silentObserver: Observer = {
  call: silentWatch,
  attempt: silentWatch,
  background: silentWatch,
  now: () => 0,
  report: () => undefined,
};

/** Whether anybody is told of events: nobody need make them otherwise, where that is done for every call. */
export function isWatched({ observer }: Call): boolean {
  return observer !== silentObserver;
}

/** A promise, or something that acts like one; what does not let itself be looked at is none. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof memberOf(value, 'then') === 'function';
}

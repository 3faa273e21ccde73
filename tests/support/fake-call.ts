import { Call, silentObserver, type Observer, type Run, type Stage, type ToolIdentity } from '../../src/core/call.js';
import type { Clock } from '../../src/core/clock.js';
import type { PolicyEvent } from '../../src/core/events.js';
import { ending, endingLater, immediate, promising } from '../../src/core/outcome.js';

/** An observer that writes down what policies report. */
export interface RecordingObserver extends Observer {
  readonly events: PolicyEvent[];
}

/** @param clock what `startedAt` goes by; default: always 0 */
export function recordingObserver(clock: Pick<Clock, 'now'> = { now: () => 0 }): RecordingObserver {
  const events: PolicyEvent[] = [];
  return { ...silentObserver, now: () => clock.now(), events, report: (_call, event) => void events.push(event) };
}

/** What of a call matters to the test at hand. */
export interface FakeCallOptions {
  readonly tool?: ToolIdentity;
  readonly self?: unknown;
  readonly observer?: Observer;
}

/** A call of the tool `web/search` with these arguments. */
export function fakeCall(args: readonly unknown[] = [], options: FakeCallOptions = {}): Call {
  const { tool = { name: 'search', namespace: 'web' }, self, observer = silentObserver } = options;
  return new Call(tool, () => undefined, self, args, observer);
}

/** A stage around what runs, as a function that answers with a promise. */
export function laid(stage: Stage): (run: Run) => (call: Call) => Promise<unknown> {
  return (run) => promising(stage(endingLater(run)));
}

/** The same as a function that answers at once: nothing in it waits. */
export function laidAtOnce(stage: Stage): (run: Run) => Run {
  return (run) => immediate(stage(ending(run)));
}

/** One run of the end of a row that waits for the test. */
export interface HeldRun {
  readonly call: Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The end of a row whose runs last until the test settles them. */
export function heldNext(): { readonly next: Run; readonly runs: HeldRun[] } {
  const runs: HeldRun[] = [];
  const next: Run = (call) => new Promise((resolve, reject) => void runs.push({ call, resolve, reject }));
  return { next, runs };
}

/** The end of a row that answers with these outcomes in turn, the last one for ever; an outcome is a function that returns or throws. */
export function scriptedNext(...outcomes: ((call: Call) => unknown)[]): { readonly next: Run; readonly calls: Call[] } {
  const calls: Call[] = [];
  const next: Run = async (call) => {
    calls.push(call);
    return outcomes[Math.min(calls.length, outcomes.length) - 1]!(call);
  };
  return { next, calls };
}

/** An outcome that throws. */
export function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

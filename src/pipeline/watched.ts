import type { Call, Next, Run, Stage, Watch } from '../core/call.js';
import type { StreamDeps } from '../streams/stream-record.js';
import { follow, isFollowable, isPlainPromise, settledAfter } from './answer.js';

/** Ends the bracket of a call that gave this, or has it end later. */
type Take = (call: Call, result: unknown) => void;

/** A bracket of telemetry around an attempt. */
export function watched(watch: Watch): Stage {
  return (next: Next): Next =>
    function attempt(call, then) {
      const open = watch.open(call);
      const answered = (value: unknown): void => {
        watch.close(open, false);
        then.answered(value);
      };
      const failed = (error: unknown): void => {
        watch.close(open, true, error);
        then.failed(error);
      };
      next(open, { answered, failed });
    };
}

/**
 * A bracket around a whole call, and what is thrown is thrown on as it was: a synchronous tool stays synchronous, and where the answer is a stream or a promise with methods of its
 * own, it stays what it is, and the call lasts as long as that.
 */
export function watchedCall(streams: StreamDeps, run: Run): Run {
  const { watch } = streams;
  const take: Take = (call, result) => {
    if (!isFollowable(result) || !follow(result, call, streams)) watch.close(call, false);
  };
  return function toolSpan(call: Call): unknown {
    const open = watch.open(call);
    let result: unknown;
    try {
      result = watch.within(open, run);
    } catch (error) {
      watch.close(open, true, error);
      throw error;
    }
    if (isPlainPromise(result)) return settled(watch, take, open, result);
    take(open, result);
    return result;
  };
}

function settled(watch: Watch, take: Take, open: Call, result: PromiseLike<unknown>): PromiseLike<unknown> {
  const answered = (value: unknown): unknown => {
    take(open, value);
    return value;
  };
  const failed = (error: unknown): never => {
    watch.close(open, true, error);
    throw error;
  };
  return settledAfter(result, answered, failed);
}

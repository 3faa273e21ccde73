import { isThenable, type Call, type Next, type Run, type Stage, type Watch } from '../core/call.js';
import { isStream } from '../core/stream.js';
import { observeAnswer } from '../streams/observe.js';
import { StreamRecord, type StreamDeps } from '../streams/stream-record.js';

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

// What async functions return, whatever a library puts in the place of the global one.
const NativePromise = (async () => Promise.resolve())().constructor as PromiseConstructor;

/** One without a class of its own: another in its place is not told apart. */
export function isPlainPromise(value: unknown): value is PromiseLike<unknown> {
  try {
    return value instanceof NativePromise && value.constructor === NativePromise;
  } catch {
    return false; // a revoked proxy
  }
}

function isFollowable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (isStream(value) || isThenable(value));
}

function follow(answer: object, call: Call, streams: StreamDeps): boolean {
  const record = new StreamRecord(call, streams);
  const isFollowed = observeAnswer(answer, record);
  if (!isFollowed) record.forget();
  return isFollowed;
}

function settled(watch: Watch, take: Take, open: Call, result: PromiseLike<unknown>): PromiseLike<unknown> {
  const answer = result.then(
    (value) => {
      take(open, value);
      return value;
    },
    (error: unknown) => {
      watch.close(open, true, error);
      throw error;
    },
  );
  // `await` would pass by whatever stands before a plain promise's `then`, so it is another one; what hangs on it comes along.
  for (const _ in result) return Object.defineProperties(answer, Object.getOwnPropertyDescriptors(result));
  return answer;
}

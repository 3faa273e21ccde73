import { isThenable, type Call, type Next, type Stage, type Watch } from '../core/call.js';
import { isStream } from '../core/stream.js';
import { observeStream } from '../streams/observe.js';
import { StreamRecord, type StreamDeps } from '../streams/stream-record.js';

/** Ends the bracket of a call that succeeded. */
type Close = (call: Call, result: unknown) => void;

/** A bracket of telemetry around the rest of the row. A synchronous tool stays synchronous; what is thrown is thrown on as it was. */
export function watched(watch: Watch): Stage {
  return bracket(watch, (call) => watch.close(call, false));
}

/** The same around a whole call: where the answer is a stream, the call lasts as long as that. */
export function watchedCall(streams: StreamDeps): Stage {
  const { watch } = streams;
  return bracket(watch, (call, result) => {
    if (!isStream(result) || !follow(result, call, streams)) watch.close(call, false);
  });
}

function follow(stream: object, call: Call, streams: StreamDeps): boolean {
  const record = new StreamRecord(call, streams);
  const isFollowed = observeStream(stream, record);
  if (!isFollowed) record.forget();
  return isFollowed;
}

function bracket(watch: Watch, close: Close): Stage {
  return (next: Next): Next =>
    function toolSpan(call: Call): unknown {
      const open = watch.open(call);
      let result: unknown;
      try {
        result = watch.within(open, next);
      } catch (error) {
        watch.close(open, true, error);
        throw error;
      }
      // A thenable of another kind may answer each `then` anew, or not with a promise.
      if (isThenable(result)) return settled(watch, close, open, result instanceof Promise ? result : Promise.resolve(result));
      close(open, result);
      return result;
    };
}

function settled(watch: Watch, close: Close, open: Call, result: PromiseLike<unknown>): PromiseLike<unknown> {
  return result.then(
    (value) => {
      close(open, value);
      return value;
    },
    (error: unknown) => {
      watch.close(open, true, error);
      throw error;
    },
  );
}

import { isThenable, type Call, type Next, type Stage, type Watch } from '../core/call.js';

/** A bracket of telemetry around the rest of the row. A synchronous tool stays synchronous; what is thrown is thrown on as it was. */
export function watched(watch: Watch): Stage {
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
      if (isThenable(result)) return settled(watch, open, result instanceof Promise ? result : Promise.resolve(result));
      watch.close(open, false);
      return result;
    };
}

function settled(watch: Watch, open: Call, result: PromiseLike<unknown>): PromiseLike<unknown> {
  return result.then(
    (value) => {
      watch.close(open, false);
      return value;
    },
    (error: unknown) => {
      watch.close(open, true, error);
      throw error;
    },
  );
}

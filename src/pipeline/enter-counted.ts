import { Call, type AnyFunction, type Stopwatch } from '../core/call.js';
import { follow, isFollowable, isPlainPromise, settledAfter } from './answer.js';
import type { Enter, Entrance } from './entry.js';
import { notedPlainly } from './running.js';

/**
 * A tool that is counted and nothing else: no policy, no span, nobody who asks for the call after a wait. The most frequent of all calls, so
 * no `Call` is made before it turns out that one is needed: for an answer that lasts longer than the call.
 */
export function enterCounted({ tool, observer, streams }: Entrance, stopwatch: Stopwatch): Enter {
  const run = notedPlainly(tool);

  const take = (startedAt: number, self: unknown, args: unknown[], fn: AnyFunction, result: unknown): void => {
    if (isFollowable(result)) {
      const call = stopwatch.opened(new Call(tool, fn, self, args, observer), startedAt);
      if (follow(result, call, streams)) return;
    }
    stopwatch.stop(startedAt, false);
  };

  return function counted(self, args, fn) {
    const startedAt = stopwatch.start();
    let result: unknown;
    try {
      result = run(self, args, fn);
    } catch (error) {
      stopwatch.stop(startedAt, true);
      throw error;
    }
    if (!isPlainPromise(result)) {
      take(startedAt, self, args, fn, result);
      return result;
    }
    const answered = (value: unknown): unknown => {
      take(startedAt, self, args, fn, value);
      return value;
    };
    const failed = (error: unknown): never => {
      stopwatch.stop(startedAt, true);
      throw error;
    };
    return settledAfter(result, answered, failed);
  };
}

import { Call, silentObserver, type AnyFunction, type Run, type ToolIdentity } from '../core/call.js';
import { runtime } from './runtime.js';

// Where calls are not carried along, what runs is known only as long as it runs synchronously: a variable that is set around each call.
// A tool for which nothing else is done is called thus in any case, so it gets no `Call` before somebody asks: its tool and its
// arguments, which are there already, will do.

/** The call that runs synchronously. */
export function runningCall(): Call | undefined {
  const { running, runningArgs } = runtime.following;
  if (running === undefined || 'args' in running) return running;
  return new Call(running, neverRun, undefined, runningArgs, silentObserver);
}

const neverRun: AnyFunction = () => undefined;

/** Takes down which call runs. */
export function noted(run: Run): Run {
  const { following } = runtime;
  return (call) => {
    const { running } = following;
    if (running === call) return run(call); // it was taken down further out
    following.running = call;
    try {
      return run(call);
    } finally {
      following.running = running;
      following.onReturn?.();
    }
  };
}

/**
 * The same for what is asked before there is a `Call`: one without arguments stands for it, since it has nothing to wait for.
 * @param ask does not throw
 */
export function notedBefore<T>(tool: ToolIdentity, ask: (self: unknown, args: unknown[]) => T): (self: unknown, args: unknown[]) => T {
  const { following } = runtime;
  const call = new Call(tool, neverRun, undefined, [], silentObserver);
  return (self, args) => {
    const { running } = following;
    following.running = call;
    const answer = ask(self, args);
    following.running = running;
    following.onReturn?.();
    return answer;
  };
}

/** Calls the method, and takes down that it runs. */
export function notedPlainly(tool: ToolIdentity): (self: unknown, args: unknown[], fn: AnyFunction) => unknown {
  const { following } = runtime;
  return (self, args, fn) => {
    const { running, runningArgs } = following;
    following.running = tool;
    following.runningArgs = args;
    try {
      return Reflect.apply(fn as (...args: unknown[]) => unknown, self, args);
    } finally {
      following.running = running;
      following.runningArgs = runningArgs;
      following.onReturn?.();
    }
  };
}

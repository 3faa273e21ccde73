import type { AnyFunction, Next, Observer, Stage } from '../core/call.js';
import { silentObserver } from '../core/call.js';
import type { StreamDeps } from '../streams/stream-record.js';
import { carried } from './following.js';
import { ROW } from './order.js';
import type { PolicyState } from './parts.js';
import { factsOf, STREAM_IDLE_TIMEOUT_MS, type ResolvedTool } from './resolve.js';
import { runtime } from './runtime.js';

/** Takes one call of the user's: the receiver, the arguments, the user's function. */
export type Enter = (self: unknown, args: unknown[], fn: AnyFunction) => unknown;

/** What every kind of entry is made from. */
export interface Entrance {
  readonly tool: ResolvedTool;
  readonly observer: Observer;
  readonly hasPolicies: boolean;
  /** Nobody watches, nothing is limited, no policy waits: the method may as well be called directly. */
  readonly isPlain: boolean;
  readonly isCarried: boolean;
  readonly isLimitedGlobally: boolean;
  readonly isObserved: boolean;
  /** For calls whose answer is a stream. */
  readonly streams: StreamDeps;
  /** The policies, in their order, around what runs the method. */
  lay(last: Next): Next;
}

/** Reads what is on now. `isCarried`: whether somebody may ask for the current call. */
export function entranceOf(tool: ResolvedTool, state: PolicyState, isCarried: boolean): Entrance {
  const { telemetry, globalLimit } = runtime;
  const hasPolicies = Object.values(tool.policies).some((policy) => policy !== undefined);
  const observer = telemetry ? telemetry.observe(factsOf(tool, globalLimit !== undefined)) : silentObserver;
  return {
    tool,
    observer,
    hasPolicies,
    isCarried,
    isPlain: !telemetry && !globalLimit && !hasPolicies,
    isLimitedGlobally: globalLimit !== undefined,
    isObserved: telemetry !== undefined,
    streams: streamsOf(observer, isCarried, telemetry ? tool.streamIdleTimeout : Infinity),
    lay(last) {
      const stages = ROW.map((stage) => stage({ ...state, globalLimit, observer })).filter((stage) => stage !== undefined);
      if (!isCarried) return fold(stages, last);
      // Attempts are calls of their own; everything else, callbacks of the policies included, sees the call itself.
      return carried(fold(stages, tool.policies.retry ? carried(last) : last));
    },
  };
}

function fold(stages: readonly Stage[], last: Next): Next {
  return stages.reduceRight((next, stage) => stage(next), last);
}

/** What the streams of a tool are followed with. `idleTimeout`: milliseconds, default 5 minutes. */
export function streamsOf({ call: watch }: Observer, isCarried: boolean, idleTimeout = STREAM_IDLE_TIMEOUT_MS): StreamDeps {
  return {
    watch,
    clock: runtime.clock,
    open: runtime.openStreams,
    idleTimeout,
    within: isCarried ? (call, step) => watch.within(call, carried(step)) : (call, step) => watch.within(call, step),
  };
}

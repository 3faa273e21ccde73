import { silentObserver, type AnyFunction, type Next, type Observer, type Run, type Stage } from '../core/call.js';
import { ending, endingLater, immediate, promising, promisingInTurn } from '../core/outcome.js';
import type { Inside } from '../policies/timeout.js';
import type { StreamDeps } from '../streams/stream-record.js';
import { carried, isFollowing } from './following.js';
import { glanceOf, type Glance } from './glance.js';
import { ROW } from './order.js';
import type { PolicyState } from './state.js';
import { factsOf, type ResolvedTool } from './resolve.js';
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
  /** Whether somebody may ask for the current call after a wait. */
  readonly isFollowed: boolean;
  readonly isLimitedGlobally: boolean;
  readonly isObserved: boolean;
  /** For calls whose answer is a stream. */
  readonly streams: StreamDeps;
  /** What may answer before there is a call. */
  readonly glance: Glance | undefined;
  /**
   * The policies, in their order, around what runs the method.
   * @param waits what it gives is a promise, and so is the answer
   * @param around what lies around all of them
   */
  lay(run: Run, waits: boolean, around?: Stage): Run;
}

/** Reads what is on now. */
export function entranceOf(tool: ResolvedTool, state: PolicyState): Entrance {
  const { telemetry, globalLimit } = runtime;
  const hasPolicies = Object.values(tool.policies).some((policy) => policy !== undefined);
  const observer = telemetry ? telemetry.observe(factsOf(tool, globalLimit !== undefined)) : silentObserver;
  return {
    tool,
    observer,
    hasPolicies,
    isFollowed: isFollowing(),
    isPlain: !telemetry && !globalLimit && !hasPolicies,
    isLimitedGlobally: globalLimit !== undefined,
    isObserved: telemetry !== undefined,
    streams: streamsOf(observer, tool.streamIdleTimeout),
    glance: telemetry || isFollowing() ? undefined : glanceOf(tool, state),
    lay(run, waits, around) {
      const { retry } = tool.policies;
      // Around it all, so that callbacks of the policies see the call, too; and again around what is an attempt, a call of its own, or
      // runs after a wait that not every way of carrying outlasts.
      const isApart = retry !== undefined || state.isCancellable || (hasPolicies && !isFollowing());
      const hasCopies = retry !== undefined || state.isCancellable;
      const last = inAttempt(observer, hasCopies && telemetry !== undefined, isApart ? carried(run) : run);
      if (!hasPolicies && !globalLimit) return carried(last);
      const inside: Inside = (call, goOn) =>
        void observer.call.within(
          call,
          carried(() => goOn()),
        );
      const parts = { ...state, globalLimit, observer, isObserved: telemetry !== undefined, inside };
      const stages = [around, ...ROW.map((stage) => stage(parts))].filter((stage) => stage !== undefined);
      return carried(waits ? answering(state)(fold(stages, endingLater(last))) : immediate(fold(stages, ending(last))));
    },
  };
}

/** Only what may be given up answers before the method has ended. */
function answering({ isCancellable }: PolicyState): typeof promising {
  return isCancellable ? promising : promisingInTurn;
}

/** Where attempts are told apart, who asks inside of one is told about that one. */
function inAttempt({ attempt }: Observer, isNeeded: boolean, run: Run): Run {
  return isNeeded ? (call) => attempt.within(call, run) : run;
}

function fold(stages: readonly Stage[], last: Next): Next {
  return stages.reduceRight((next, stage) => stage(next), last);
}

// A returned stream that is dropped says nothing: without a limit its span would never end.
const STREAM_IDLE_TIMEOUT_MS = 300_000;

/** What the streams of a tool are followed with. `idleTimeout`: milliseconds, default 5 minutes. */
export function streamsOf({ call: watch }: Observer, idleTimeout = STREAM_IDLE_TIMEOUT_MS): StreamDeps {
  return {
    watch,
    clock: runtime.clock,
    open: runtime.telemetry && runtime.openStreams,
    idleTimeout: runtime.telemetry ? idleTimeout : Infinity,
    within: (call, step) => watch.within(call, carried(step)),
  };
}

import { Call, isThenable, type AnyFunction, type Next } from '../core/call.js';
import { discard, isStream } from '../core/stream.js';
import { ConfigurationError, RateLimitError } from '../core/errors.js';
import { placeOf } from '../metadata/card.js';
import { carried } from './following.js';
import { notedPlainly } from './running.js';
import type { Enter, Entrance } from './entry.js';
import type { ResolvedTool } from './resolve.js';
import type { Shape } from './shape.js';
import { watchedCall } from './watched.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A tool that answers with a value, now or later; the value may turn out to be a stream. */
export function enterValue(entrance: Entrance, shape: Shape): Enter {
  const { tool, observer, hasPolicies, isPlain, isObserved, isLimitedGlobally, streams, lay } = entrance;
  if (isPlain) return enterPlain(entrance);

  const inner = lay(hasPolicies ? runPromising(tool) : run);
  const row = isObserved ? watchedCall(streams)(inner) : inner;
  if (hasPolicies || shape === 'promise') return enterAsync(entrance, row);
  return isLimitedGlobally ? enterLimited(entrance, row) : (self, args, fn) => row(new Call(tool, fn, self, args, observer));
}

/** Nothing to do. */
export function direct(self: unknown, args: unknown[], fn: AnyFunction): unknown {
  return Reflect.apply(fn as Method, self, args);
}

/** Nothing to do but to say which call it is. */
function enterPlain({ tool, observer, isFollowed }: Entrance): Enter {
  if (!isFollowed) return notedPlainly(tool);
  const row = carried(run);
  return (self, args, fn) => row(new Call(tool, fn, self, args, observer));
}

/** Only a global limit: a refusal is thrown as the tool answers, which is known after its first call. */
function enterLimited({ tool, observer }: Entrance, row: Next): Enter {
  let isPromising = false;
  return (self, args, fn) => {
    try {
      const result = row(new Call(tool, fn, self, args, observer));
      isPromising = isThenable(result);
      return result;
    } catch (error) {
      if (isPromising && error instanceof RateLimitError) return Promise.reject(error);
      throw error;
    }
  };
}

/** The call's answer is a promise in any case, a refusal included. */
function enterAsync({ tool, observer }: Entrance, row: Next): Enter {
  return (self, args, fn) => {
    try {
      return row(new Call(tool, fn, self, args, observer));
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the tool threw, untouched
      return Promise.reject(error);
    }
  };
}

/** Runs the user's function. */
export function run(call: Call): unknown {
  return Reflect.apply(call.fn as Method, call.self, call.args);
}

/** A policy takes time, so the method must be one that does. */
function runPromising(tool: ResolvedTool): Next {
  return (call) => {
    const result = run(call);
    if (isThenable(result)) return result;
    if (isStream(result)) discard(result);
    throw notPromising(tool);
  };
}

export function notPromising({ name, namespace, card }: ResolvedTool): ConfigurationError {
  return new ConfigurationError(
    `tool "${name}" (${placeOf(card)}) has a policy but returned no promise: make the method async, or take the policy away (@Tool alone leaves it synchronous)`,
    { tool: name, namespace },
  );
}

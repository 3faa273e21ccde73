import { Call, isThenable, type AnyFunction, type Run } from '../core/call.js';
import { discard, isStream } from '../core/stream.js';
import { ConfigurationError, RateLimitError } from '../core/errors.js';
import { refusalOf } from '../core/refusals.js';
import { placeOf } from '../metadata/card.js';
import { isPlainPromise } from './answer.js';
import { enterCounted } from './enter-counted.js';
import { carried } from './following.js';
import { notedPlainly } from './running.js';
import type { Enter, Entrance } from './entry.js';
import type { ResolvedTool } from './resolve.js';
import type { Shape } from './shape.js';
import { watchedCall, watchedRow } from './watched.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A tool that answers with a value, now or later; the value may turn out to be a stream. */
export function enterValue(entrance: Entrance, shape: Shape): Enter {
  const { tool, observer, hasPolicies, isPlain, isFollowed, isObserved, isLimitedGlobally, streams, lay } = entrance;
  if (isPlain) return enterPlain(entrance);
  if (hasPolicies) return enterPromising(entrance);
  const { stopwatch } = observer;
  if (stopwatch && !isLimitedGlobally && !isFollowed) return enterCounted(entrance, stopwatch);

  const inner = lay(run, false);
  const row = isObserved ? watchedCall(streams, inner) : inner;
  if (shape === 'promise') return enterAsync(entrance, row);
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
function enterLimited({ tool, observer }: Entrance, row: Run): Enter {
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
function enterAsync({ tool, observer }: Entrance, row: Run): Enter {
  return (self, args, fn) => {
    try {
      return row(new Call(tool, fn, self, args, observer));
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the tool threw, untouched
      return Promise.reject(error);
    }
  };
}

/** What was found out about a method when it ran. */
interface Findings {
  gaveStream: boolean;
}

/** A row with policies answers with a promise, whatever happens. A method that hands on a stream is refused, and its caller is about to read: who reads a plain promise never hears why. */
function enterPromising({ tool, observer, glance, isObserved, streams, lay }: Entrance): Enter {
  const findings: Findings = { gaveStream: false };
  const row = lay(runPromising(tool, findings), true, isObserved ? watchedRow(streams) : undefined);
  return (self, args, fn) => {
    const ready = glance?.(self, args);
    if (ready !== undefined) return ready;
    const answer = row(new Call(tool, fn, self, args, observer));
    return findings.gaveStream ? readable(answer as Promise<unknown>) : answer;
  };
}

function readable(refused: Promise<unknown>): Promise<unknown> {
  const value = (): object => ({ next: () => refused });
  return Object.defineProperty(refused, Symbol.asyncIterator, { value, configurable: true });
}

/** Runs the user's function. */
export function run(call: Call): unknown {
  return Reflect.apply(call.fn as Method, call.self, call.args);
}

/** A policy takes time, so the method must be one that does. */
function runPromising(tool: ResolvedTool, findings: Findings): Run {
  return (call) => {
    const result = run(call);
    // Mostly it is a plain promise, which is told at a tenth of the price.
    if (isPlainPromise(result) || isThenable(result)) return result;
    if (isStream(result)) {
      findings.gaveStream = true;
      discard(result);
    }
    throw refusalOf(call, notPromising(tool));
  };
}

/** `how`: the word that is missing before the method. */
export function notPromising({ name, namespace, card }: ResolvedTool, how = 'async'): ConfigurationError {
  const [what, alone] = card.form === 'function' ? ['function', 'tool() without one'] : ['method', '@Tool alone'];
  return new ConfigurationError(
    `tool "${name}" (${placeOf(card)}) has a policy but returned no promise: make the ${what} ${how}, or take the policy away (${alone} leaves it synchronous)`,
    { tool: name, namespace },
  );
}

import { Call, isThenable, silentObserver } from '../core/call.js';
import { ConfigurationError } from '../core/errors.js';
import type { CircuitState } from '../core/events.js';
import { shown } from '../core/options.js';
import { messageOf } from '../core/thrown.js';
import { nameOfClass, placeOf, type Card } from '../metadata/card.js';
import { findCard } from '../metadata/members.js';
import type { Circuit } from '../policies/circuit/circuit.js';
import { invalidateCall, invalidateTag } from '../policies/cache/invalidation.js';
import type { RateLimitPeek } from '../policies/rate-limit/limiter.js';
import type { ToolBinding } from './binding.js';
import { findTool } from './find.js';
import { NOBODY } from './interceptor.js';
import { runtime } from './runtime.js';

/** A circuit to look at and to work by hand. */
export interface CircuitHandle {
  /** The state as it stands; OPEN until a call probes it. */
  readonly state: CircuitState;
  /** Consecutive failures so far. */
  readonly failureCount: number;
  /** Opens it: it refuses every attempt until it is closed or reset by hand. */
  open(): void;
  /** Closes it, as if its probes had succeeded. */
  close(): void;
  /** Closes it and forgets what it counted. */
  reset(): void;
  /** Calls back after each change of state, whoever caused it; the function returned takes the listener back. A listener that throws is reported once. */
  onTransition(listener: (from: CircuitState, to: CircuitState) => void): () => void;
}

/**
 * The circuit of a tool, or the one that tools share under a name (`@CircuitBreaker({ name: 'github' })`). `target` is an instance, a class or
 * a function of `tool()`; `key` the method, which may be left out where there is only one tool. Each class of receivers has a circuit of its own.
 * The handle goes on working when options change: what was opened by hand stays open, and listeners go on hearing. That of a circuit breaker
 * that is disabled works as well, only no call asks it.
 * @throws ConfigurationError where there is no such tool, where it has no circuit breaker, and on a name that no tool that was called bears
 */
export function circuit(target: object | string, key?: PropertyKey): CircuitHandle {
  if (typeof target === 'string') return handleOf(() => namedCircuit(target), `circuit breaker "${target}"`);
  const find = (): FoundCircuit => {
    const binding = bindingOf('circuit', target, key);
    const { machine } = binding.state;
    if (!machine) throw without('circuit', binding, 'circuit breaker', '@CircuitBreaker()');
    return { machine, user: binding };
  };
  return handleOf(find, `tool "${bindingOf('circuit', target, key).tool.name}"`);
}

/** A circuit, and who is told of what is done to it by hand: it is counted as done to that tool. */
interface FoundCircuit {
  readonly machine: Circuit;
  readonly user: Pick<ToolBinding, 'report'> | undefined;
}

function namedCircuit(name: string): FoundCircuit {
  const machine = runtime.shared.circuitNamed(name);
  if (machine) return { machine, user: [...runtime.readings].find((reading) => reading.circuit === machine) };
  throw new ConfigurationError(
    `circuit: no tool that was called so far has a circuit breaker named "${name}"; call it once, or ask by a tool`,
  );
}

/** @param find finds the circuit anew each time: with other options there is another one */
function handleOf(find: () => FoundCircuit, who: string): CircuitHandle {
  find(); // says at once that there is none
  const byHand = (act: (machine: Circuit) => void): void => {
    const { machine, user } = find();
    const from = machine.state;
    act(machine);
    if (machine.state !== from) user?.report({ type: 'circuit_breaker.transition', from, to: machine.state });
  };
  return {
    get state() {
      return find().machine.state;
    },
    get failureCount() {
      return find().machine.failureCount;
    },
    open: () => byHand((machine) => machine.open(runtime.clock.now())),
    close: () => byHand((machine) => machine.close()),
    reset: () => byHand((machine) => machine.reset()),
    onTransition(listener) {
      if (typeof listener !== 'function') throw new ConfigurationError(`circuit: onTransition takes a function, not ${shown(listener)}`);
      return find().machine.onTransition((from, to) => tell(listener, from, to, who));
    },
  };
}

/** A listener that throws, or whose promise is rejected, is reported once. */
function tell(listener: (from: CircuitState, to: CircuitState) => unknown, from: CircuitState, to: CircuitState, who: string): void {
  const complain = (error: unknown): void =>
    runtime.once.warn(
      `listener ${who}`,
      `${who}: a listener of its transitions failed (${messageOf(error)}); the others are told all the same`,
    );
  try {
    const answer = listener(from, to);
    if (isThenable(answer)) answer.then(undefined, complain);
  } catch (error) {
    complain(error);
  }
}

/** A rate limit to look at. */
export interface RateLimitHandle {
  /** What would pass at this moment; takes nothing. `key`: of a limit that has keys, which of them. */
  peek(key?: string | number): RateLimitPeek;
}

/**
 * The rate limit of a tool; the global limit is not part of it. `target` and `key` as for `circuit`.
 * @throws ConfigurationError where there is no such tool, or it has no rate limit
 */
export function rateLimit(target: object, key?: PropertyKey): RateLimitHandle {
  const binding = bindingOf('rateLimit', target, key);
  const { limiter } = binding.state;
  if (!limiter) throw without('rateLimit', binding, 'rate limit', "@RateLimited({ limit: 10, per: '1s' })");
  return { peek: (limitKey) => limiter.peek(limitKey) };
}

/**
 * Forgets cached results: of calls with these arguments, or all that bear a tag. What is being fetched meanwhile is not kept. Returns how many
 * were forgotten.
 * @param target a function of `tool()`, or an instance or a class that has one tool only; otherwise the method's key comes between
 * @throws ConfigurationError where there is no such tool, or it has no cache
 */
export function invalidate(target: object, what: readonly unknown[] | string): number;
export function invalidate(target: object, key: PropertyKey, what: readonly unknown[] | string): number;
export function invalidate(target: object, ...rest: readonly unknown[]): number {
  const what = rest[rest.length - 1];
  if (rest.length === 1 && typeof what === 'string' && typeof target !== 'function' && findCard(target, what))
    throw new ConfigurationError(`invalidate: say what of "${what}": the arguments of a call as an array, or a tag`);
  const binding = bindingOf('invalidate', target, rest.length > 1 ? (rest[0] as PropertyKey) : undefined);
  const { cache, policies } = binding.state;
  if (!cache || !policies.cached) throw without('invalidate', binding, 'cache', '@Cached()');
  if (typeof what === 'string') return invalidateTag(policies.cached, cache, what);
  if (Array.isArray(what)) return invalidateCall(cache, callOf(binding, target, what));
  throw new ConfigurationError(`invalidate: give the arguments of the call as an array, or a tag, not ${shown(what)}`);
}

/** The call whose key is asked for. A function of `tool()` is called on nobody. */
function callOf({ tool }: ToolBinding, target: object, args: readonly unknown[]): Call {
  return new Call(tool, () => undefined, tool.card.member ? target : undefined, args, silentObserver);
}

function bindingOf(asker: string, target: object, key: PropertyKey | undefined): ToolBinding {
  const { card, receiver } = findTool(asker, target, key);
  const find = runtime.bindings.get(card);
  if (!find) throw new ConfigurationError(`${asker}: ${placeOf(card)} belongs to no instance yet; make one first`);
  const binding = find(kindOf(card, target, receiver)) as ToolBinding & { readonly error?: Error };
  if (binding.error) throw binding.error;
  return binding;
}

function kindOf({ member }: Card, target: object, receiver: { readonly prototype: unknown } | undefined): object {
  if (!member) return NOBODY;
  if (member.isStatic) return typeof target === 'function' ? target : (receiver as unknown as object);
  return typeof target === 'function' ? (target.prototype as object) : (Object.getPrototypeOf(target) as object);
}

function without(asker: string, { tool }: ToolBinding, what: string, cure: string): ConfigurationError {
  const { name, namespace, card } = tool;
  const home = card.home ? ` of ${nameOfClass(card.home)}` : '';
  return new ConfigurationError(`${asker}: tool "${name}"${home} has no ${what}; write ${cure}`, { tool: name, namespace });
}

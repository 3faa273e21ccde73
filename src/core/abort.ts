import type { Call } from './call.js';
import { memberOf } from './errors.js';

/** The caller's AbortSignal: the first argument that is one, or that has one as its `signal`. */
export function signalOf(call: Call): AbortSignal | undefined {
  for (const argument of call.args) {
    if (isAbortSignal(argument)) return argument;
    const signal = optionSignal(argument);
    if (signal) return signal;
  }
  return undefined;
}

function optionSignal(argument: unknown): AbortSignal | undefined {
  if (typeof argument !== 'object') return undefined;
  const signal = memberOf(argument, 'signal');
  return isAbortSignal(signal) ? signal : undefined;
}

/** By its tag, not by `instanceof`: realms have classes of their own. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return Object.prototype.toString.call(value) === '[object AbortSignal]';
  } catch {
    return false; // a revoked proxy
  }
}

/**
 * Whether the call ended because its caller gave it up. Where the caller's signal is to be seen, it decides:
 * an `AbortError` under a signal that did not abort is the tool's own time limit, an ordinary failure.
 */
export function isAbort(call: Call, error: unknown): boolean {
  const signal = signalOf(call);
  return signal ? signal.aborted : memberOf(error, 'name') === 'AbortError';
}

interface Hub {
  readonly callbacks: Set<() => void>;
  readonly fire: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/**
 * Calls back when the signal aborts; the function returned takes it back. However many wait, the signal has one listener of ours: Node
 * takes more than ten for a leak.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const hub = hubs.get(signal) ?? listen(signal);
  hub.callbacks.add(callback);
  return () => {
    hub.callbacks.delete(callback);
    if (hub.callbacks.size > 0 || hubs.get(signal) !== hub) return;
    hubs.delete(signal);
    signal.removeEventListener('abort', hub.fire);
  };
}

function listen(signal: AbortSignal): Hub {
  const callbacks = new Set<() => void>();
  const fire = (): void => {
    hubs.delete(signal);
    for (const callback of [...callbacks]) callback();
  };
  const hub = { callbacks, fire };
  signal.addEventListener('abort', fire, { once: true });
  hubs.set(signal, hub);
  return hub;
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts; leaves no listener behind. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const leave = onAbort(signal, () => reject(signal.reason as Error));
    promise.then(resolve, reject).finally(leave);
  });
}

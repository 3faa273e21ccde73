import { memberOf } from './thrown.js';

/** As much of a call as its caller's signal is found by. */
export interface Argued {
  readonly args: readonly unknown[];
}

/** Something that ends a wait before its time: the caller's signal, or a cancellation of ours. */
export interface Ender {
  readonly aborted: boolean;
  /** Mostly an Error; a caller may abort with anything. */
  readonly reason: Error;
}

/** An ender of ours, which takes callbacks by itself. */
interface Listening extends Ender {
  /** Calls back when it ends; the function returned takes it back. */
  onAbort(callback: () => void): () => void;
}

/** The caller's AbortSignal: the first argument that is one, or that has one as its `signal`. */
export function signalOf(call: Argued): AbortSignal | undefined {
  for (const argument of call.args) {
    if (typeof argument !== 'object' || argument === null) continue;
    if (isAbortSignal(argument)) return argument;
    const signal = memberOf(argument, 'signal');
    if (isAbortSignal(signal)) return signal;
  }
  return undefined;
}

/** The same arguments for work that its caller cannot give up: in the place of signals stand others, which never abort. */
export function unsignalled(args: readonly unknown[]): readonly unknown[] {
  if (!signalOf({ args })) return args;
  return args.map((argument) => {
    if (isAbortSignal(argument)) return new AbortController().signal;
    const isOption = isLiteral(argument) && isAbortSignal(memberOf(argument, 'signal'));
    return isOption ? { ...argument, signal: new AbortController().signal } : argument;
  });
}

function isLiteral(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
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

interface Hub {
  readonly callbacks: Set<() => void>;
  readonly fire: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/**
 * Calls back when it ends; the function returned takes it back. However many wait, a signal has one listener of ours: Node takes more than
 * ten for a leak.
 */
export function onAbort(ender: Ender, callback: () => void): () => void {
  return 'onAbort' in ender ? (ender as Listening).onAbort(callback) : onSignal(ender as AbortSignal, callback);
}

function onSignal(signal: AbortSignal, callback: () => void): () => void {
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

/** Settles as `promise` does, or rejects with the reason as soon as `ender` ends; leaves no listener behind. */
export function untilAborted<T>(promise: Promise<T>, ender: Ender | undefined): Promise<T> {
  if (!ender) return promise;
  return new Promise((resolve, reject) => {
    if (ender.aborted) {
      promise.catch(() => undefined);
      return reject(ender.reason);
    }
    const leave = onAbort(ender, () => reject(ender.reason));
    promise.then(resolve, reject).finally(leave);
  });
}

import type { Call } from './call.js';

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
  if (typeof argument !== 'object' || argument === null) return undefined;
  try {
    const { signal } = argument as { signal?: unknown };
    return isAbortSignal(signal) ? signal : undefined;
  } catch {
    return undefined; // a getter of the caller's that throws is for the tool to meet, not for us
  }
}

/** By its tag, not by `instanceof`: realms have classes of their own. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object AbortSignal]';
}

/**
 * Whether the call ended because its caller gave it up. Where the caller's signal is to be seen, it decides:
 * an `AbortError` under a signal that did not abort is the tool's own time limit, an ordinary failure.
 */
export function isAbort(call: Call, error: unknown): boolean {
  const signal = signalOf(call);
  return signal ? signal.aborted : (error as { name?: unknown } | null | undefined)?.name === 'AbortError';
}

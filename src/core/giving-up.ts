import { signalOf, type Ender } from './abort.js';
import type { Call } from './call.js';
import { memberOf } from './thrown.js';

/** What ends the waits of a call before their time: a time limit or a quicker attempt around it, and its caller's signal. */
export function enderOf(call: Call): Ender | undefined {
  return call.cancellation ?? signalOf(call);
}

/** Whether nobody waits for the call any more. */
export function isGivenUp(call: Call): boolean {
  return enderOf(call)?.aborted === true;
}

/**
 * Whether the call ended because its caller gave it up, or because another attempt was quicker. Where the caller's signal is to be seen, it
 * decides: an `AbortError` under a signal that did not abort is the tool's own time limit, an ordinary failure.
 */
export function isAbort(call: Call, error: unknown): boolean {
  if (call.cancellation?.isLost) return true;
  const signal = signalOf(call);
  return signal ? signal.aborted : memberOf(error, 'name') === 'AbortError';
}

import type { Call } from './call.js';
import type { ToolError } from './errors.js';

// Which call an error of ours refused: a refusal that comes out of another tool inside the method is an ordinary error.
const origins = new WeakMap<object, object>();

/** Notes that `error` is `call`'s own refusal, and returns it. An answer that is of no use to a policy is refused, too. */
export function refusalOf<E extends ToolError>(call: Call, error: E): E {
  origins.set(error, call.origin);
  return error;
}

/** Whether `error` is a decision of this very call's own policies. */
export function isOwnRefusal(call: Call, error: unknown): boolean {
  return typeof error === 'object' && error !== null && origins.get(error) === call.origin;
}

import { signalOf } from '../core/abort.js';
import type { AttributeValue } from '../core/attributes.js';
import type { Call } from '../core/call.js';
import { followedCall } from './following.js';
import { runtime } from './runtime.js';

/** The call in which the code that asks is running. */
export interface CurrentCall {
  /** Name of the tool. */
  readonly tool: string;
  readonly namespace: string;
  /** 0 for the first attempt, 1 for the first retry. */
  readonly attempt: number;
  /**
   * Aborts when nobody waits any more: when the caller's AbortSignal does (the first argument that is one, or that has one as its `signal`),
   * when a time limit is up, or when another attempt was quicker. `undefined` where none of these can happen.
   */
  readonly signal: AbortSignal | undefined;
  /** Sets an attribute on the span of the call (not on that of the attempt). Without tracing, nothing. */
  setAttribute(key: string, value: AttributeValue): void;
}

/**
 * The call of the innermost tool around the code that asks, also after an `await` and in each step of a stream; `undefined` outside of
 * tools.
 *
 * Where tracing is on, its context carries each call along. Where it is off, following calls beyond an `await` costs, so it is given up
 * when 1,000 calls went by in which nobody asked, and none of which was the first of its tool. Who asks for the first time only after that,
 * and only after an `await` or in a later step of a stream, gets `undefined`, as do calls that were waiting by then; calls that begin later
 * get the right answer.
 */
export function currentCall(): CurrentCall | undefined {
  const call = followedCall();
  return call && viewOf(call);
}

function viewOf(call: Call): CurrentCall {
  const { tool, attempt } = call;
  return {
    tool: tool.name,
    namespace: tool.namespace,
    attempt,
    get signal() {
      // Made only for who looks at it.
      return call.cancellation?.signal ?? signalOf(call);
    },
    setAttribute: (key, value) => void runtime.telemetry?.spanOf(call).setAttribute(key, value),
  };
}

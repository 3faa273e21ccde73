import { signalOf } from '../core/abort.js';
import type { AttributeValue } from '../core/attributes.js';
import type { Call, Next } from '../core/call.js';
import { layRowsAgain, runtime } from './runtime.js';

/** The call in which the code that asks is running. */
export interface CurrentCall {
  /** Name of the tool. */
  readonly tool: string;
  readonly namespace: string;
  /** 0 for the first attempt, 1 for the first retry. */
  readonly attempt: number;
  /** The caller's AbortSignal: the first argument that is one, or that has one as its `signal`; `undefined` where there is none. */
  readonly signal: AbortSignal | undefined;
  /** Sets an attribute on the span of the call (not on that of the attempt). Without tracing, nothing. */
  setAttribute(key: string, value: AttributeValue): void;
}

/**
 * The call of the innermost tool around the code that asks, also after an `await` and in each step of a stream; `undefined` outside of
 * tools.
 *
 * Calls are carried along by AsyncLocalStorage, which costs. So a tool whose first 1,000 calls went by without anybody in the process
 * asking is no longer followed; who then asks for the first time gets `undefined` once, and from the next call on the right answer.
 */
export function currentCall(): CurrentCall | undefined {
  if (!runtime.isAsked) {
    runtime.isAsked = true;
    layRowsAgain();
  }
  const call = runtime.carrier.getStore();
  return call && viewOf(call);
}

/** Runs the rest of the row as part of the call. */
export function carried(next: Next): Next {
  return (call) => runtime.carrier.run(call, next, call);
}

function viewOf(call: Call): CurrentCall {
  const { tool, attempt } = call;
  return {
    tool: tool.name,
    namespace: tool.namespace,
    attempt,
    signal: signalOf(call),
    setAttribute: (key, value) => void runtime.telemetry?.spanOf(call).setAttribute(key, value),
  };
}

import type { OpenSpan } from './spans.js';

/** What an observer keeps while a call, or an attempt, is open. */
export class Scope {
  isCached = false;
  bulkheadWaitedMs = 0;

  constructor(
    readonly startedAt: number,
    readonly open: OpenSpan | undefined,
    /** The span of the call: for an attempt another one. */
    readonly root: OpenSpan | undefined = open,
    /** The span around an attempt. */
    readonly around?: OpenSpan,
  ) {}
}

/** What was opened around a call; `undefined` where it was opened by nobody of ours. */
export function scopeOf(call: { readonly scope?: unknown }): Scope | undefined {
  return call.scope as Scope | undefined;
}

import { followedCall } from '../../pipeline/following.js';
import type { TracingApi } from '../../telemetry/tracing-api.js';
import { loadApi } from '../packages/opentelemetry.js';
import { observability } from '../state.js';

/** Where the code that asks is running, under the names that log backends know. */
export interface TraceContext {
  /** 32 hexadecimal digits; absent outside of spans. */
  trace_id?: string;
  /** 16 hexadecimal digits, of the innermost span. */
  span_id?: string;
  /** Name of the innermost tool; absent outside of tools. */
  tool?: string;
}

const NO_TRACE = /^0*$/;

/** The trace, the span and the tool in which the code that asks is running: `pino({ mixin: traceContext })`. Never throws. */
export function traceContext(): TraceContext {
  const tool = followedCall()?.tool.name;
  return { ...spanHere(), ...(tool !== undefined && { tool }) };
}

function spanHere(): TraceContext {
  try {
    const api = apiHere();
    const context = api?.trace.getSpan(api.context.active())?.spanContext();
    if (!context || NO_TRACE.test(context.traceId)) return {};
    return { trace_id: context.traceId, span_id: context.spanId };
  } catch {
    return {};
  }
}

let found: TracingApi | undefined;

/** Spans may also be the application's own, without tracing of ours. */
function apiHere(): TracingApi | undefined {
  return observability().tracing?.api ?? (found ??= loadApi().module);
}

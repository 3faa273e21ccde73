import { isThenable, type Call } from '../core/call.js';
import type { SpanContext } from '../core/span.js';
import { memberOf, messageOf, typeOf } from '../core/thrown.js';
import type { Disclosure } from './disclosure.js';
import type { Faults } from './faults.js';

/** A call that failed, as a line of a log. Nothing of it is a secret: the message passes the same redactor as those on spans. */
export interface FailedCall {
  tool: string;
  namespace: string;
  error_type: string;
  error: string;
  /** Of our own errors and of many others: `RATE_LIMITED`, `ECONNREFUSED`. */
  code?: string;
  duration_ms: number;
  /** After how long a refused caller may come back. */
  retry_after_ms?: number;
  trace_id?: string;
  span_id?: string;
}

/** Tells of each call that failed. */
export class FailureLog {
  constructor(
    private readonly disclosure: Disclosure,
    private readonly faults: Faults,
    private readonly tell: (failure: FailedCall) => unknown,
  ) {}

  /** @param span of the call, if it has one. Never throws. */
  failed({ tool }: Call, error: unknown, durationMs: number, span: SpanContext | undefined): void {
    try {
      const shown = (text: string): string => this.disclosure.text(text, tool);
      const code = memberOf(error, 'code');
      const retryAfterMs = memberOf(error, 'retryAfterMs');
      const told = this.tell({
        tool: tool.name,
        namespace: tool.namespace,
        error_type: shown(typeOf(error)),
        error: shown(messageOf(error)),
        ...(typeof code === 'string' && { code: shown(code) }),
        duration_ms: durationMs,
        ...(typeof retryAfterMs === 'number' && { retry_after_ms: retryAfterMs }),
        ...(span && { trace_id: span.traceId, span_id: span.spanId }),
      });
      if (isThenable(told)) told.then(undefined, (fault: unknown) => this.faults.report('span', fault));
    } catch (fault) {
      this.faults.report('span', fault);
    }
  }
}

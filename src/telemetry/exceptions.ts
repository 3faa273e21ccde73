import { isErrorLike, messageOf, typeOf } from '../core/thrown.js';
import type { Span, TimeInput } from '../core/span.js';

/** Takes down on a span what was thrown, an Error or not. */
export function recordException(span: Span, error: unknown, time: TimeInput): void {
  span.recordException(exceptionOf(error, messageOf(error)), time);
}

/** Without `code`, which OpenTelemetry would take for the exception's type. */
function exceptionOf(error: unknown, message: string): string | { name: string; message: string; stack?: string } {
  if (!isErrorLike(error)) return message;
  const stack = stackOf(error);
  return { name: typeOf(error), message, ...(stack !== undefined && { stack }) };
}

function stackOf(error: Error): string | undefined {
  try {
    return typeof error.stack === 'string' ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

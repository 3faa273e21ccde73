import { isErrorLike, messageOf, typeOf } from '../core/thrown.js';
import type { Span, TimeInput } from '../core/span.js';

/** What of an error's text may be shown. */
export type Shown = (text: string) => string;

/** Takes down on a span what was thrown, an Error or not. */
export function recordException(span: Span, error: unknown, time: TimeInput, shown: Shown): void {
  span.recordException(exceptionOf(error, shown), time);
}

/** Without `code`, which OpenTelemetry would take for the exception's type. */
function exceptionOf(error: unknown, shown: Shown): string | { name: string; message: string; stack?: string } {
  const message = shown(messageOf(error));
  if (!isErrorLike(error)) return message;
  const stack = stackOf(error);
  return { name: shown(typeOf(error)), message, ...(stack !== undefined && { stack: shown(stack) }) };
}

function stackOf(error: Error): string | undefined {
  try {
    return typeof error.stack === 'string' ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

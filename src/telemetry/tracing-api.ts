import type { Context, Span } from '../core/span.js';

/** What we use of @opentelemetry/api; handed in, so that nothing but set-up loads the package. */
export interface TracingApi {
  readonly context: {
    active(): Context;
    with<Args extends unknown[], Result>(context: Context, fn: (...args: Args) => Result, thisArg?: undefined, ...args: Args): Result;
  };
  readonly trace: { setSpan(context: Context, span: Span): Context; getSpan(context: Context): Span | undefined };
}

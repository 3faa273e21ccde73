import type { Attributes, AttributeValue } from './attributes.js';

// OpenTelemetry's own shapes, written out: our types must compile where @opentelemetry/api is not installed.

/** A moment: milliseconds since the epoch, seconds and nanoseconds, or a Date. */
export type TimeInput = number | [number, number] | Date;

/** What identifies a span; as OpenTelemetry's `SpanContext`. */
export interface SpanContext {
  traceId: string;
  spanId: string;
  isRemote?: boolean;
  traceFlags: number;
  traceState?: TraceState;
}

/** As OpenTelemetry's `TraceState`. */
export interface TraceState {
  set(key: string, value: string): TraceState;
  unset(key: string): TraceState;
  get(key: string): string | undefined;
  serialize(): string;
}

/** As OpenTelemetry's `Link`. */
export interface SpanLink {
  context: SpanContext;
  attributes?: Attributes;
  droppedAttributesCount?: number;
}

/** A span; as OpenTelemetry's `Span`. */
export interface Span {
  spanContext(): SpanContext;
  setAttribute(key: string, value: AttributeValue): this;
  setAttributes(attributes: Attributes): this;
  addEvent(name: string, attributesOrStartTime?: Attributes | TimeInput, startTime?: TimeInput): this;
  addLink(link: SpanLink): this;
  addLinks(links: SpanLink[]): this;
  setStatus(status: { code: 0 | 1 | 2; message?: string }): this;
  updateName(name: string): this;
  end(endTime?: TimeInput): void;
  isRecording(): boolean;
  recordException(exception: string | Error | ExceptionLike, time?: TimeInput): void;
}

/** What `recordException` needs of an exception. */
export interface ExceptionLike {
  name?: string;
  message: string;
  stack?: string;
}

/** A context that spans are carried in; as OpenTelemetry's `Context`. */
export interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
  deleteValue(key: symbol): Context;
}

/** What a span can be started with; as OpenTelemetry's `SpanOptions`. */
export interface SpanOptions {
  kind?: 0 | 1 | 2 | 3 | 4;
  attributes?: Attributes;
  links?: SpanLink[];
  startTime?: TimeInput;
  root?: boolean;
}

/** Makes spans; as OpenTelemetry's `Tracer`. */
export interface Tracer {
  startSpan(name: string, options?: SpanOptions, context?: Context): Span;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, context: Context, fn: F): ReturnType<F>;
}

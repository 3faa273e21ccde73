import type { Attributes } from '../core/attributes.js';
import type { Clock } from '../core/clock.js';
import type { Context, ExceptionLike, Span, SpanContext, SpanLink, SpanOptions, TimeInput, Tracer } from '../core/span.js';

/** Something that happened inside a span, an exception for one. */
export interface TestSpanEvent {
  readonly name: string;
  readonly attributes: Attributes;
}

/** A finished span. */
export interface TestSpan {
  readonly name: string;
  /** Name of the tracer that made it: `toolspan` for ours. */
  readonly tracer: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly startTime: number;
  readonly endTime: number;
  readonly attributes: Attributes;
  readonly status: { readonly code: 'UNSET' | 'OK' | 'ERROR'; readonly message?: string | undefined };
  readonly events: readonly TestSpanEvent[];
  /** Ids of the spans that this one is linked to. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

const STATUS = ['UNSET', 'OK', 'ERROR'] as const;

/** Keeps finished spans in memory, in the order in which they were started. */
export class SpanMemory {
  #started: MemorySpan[] = [];
  #ids = 0;

  constructor(
    private readonly clock: Clock,
    private readonly parentOf: (context: Context) => Span | undefined,
    private readonly activeContext: () => Context,
  ) {}

  /** Ids count up from 1: the same test has the same ones each time. */
  tracer(tracerName: string): Tracer {
    const startSpan = (name: string, options: SpanOptions = {}, context = this.activeContext()): Span => {
      const parent = options.root ? undefined : this.parentOf(context)?.spanContext();
      const spanId = this.#nextId(16);
      const spanContext = { spanId, traceId: parent?.traceId ?? this.#nextId(32), traceFlags: 1 };
      const span = new MemorySpan(name, tracerName, spanContext, parent?.spanId, options, this.clock);
      this.#started.push(span);
      return span;
    };
    return { startSpan, startActiveSpan: () => undefined as never };
  }

  get finished(): TestSpan[] {
    return this.#started.filter(({ isEnded }) => isEnded).map((span) => span.toTestSpan());
  }

  forget(): void {
    this.#started = [];
  }

  #nextId(length: number): string {
    this.#ids += 1;
    return this.#ids.toString(16).padStart(length, '0');
  }
}

/** As much of OpenTelemetry's `Span` as a test can see. */
class MemorySpan implements Span {
  isEnded = false;
  readonly #attributes: Attributes;
  readonly #events: TestSpanEvent[] = [];
  readonly #links: SpanLink[];
  readonly #startTime: number;
  #endTime = 0;
  #status: { code: 0 | 1 | 2; message?: string } = { code: 0 };

  constructor(
    private name: string,
    private readonly tracerName: string,
    private readonly context: SpanContext,
    private readonly parentSpanId: string | undefined,
    private readonly options: SpanOptions,
    private readonly clock: Clock,
  ) {
    this.#attributes = { ...options.attributes };
    this.#links = [...(options.links ?? [])];
    this.#startTime = this.#time(options.startTime);
  }

  spanContext(): SpanContext {
    return this.context;
  }

  setAttribute(key: string, value: Attributes[string]): this {
    if (!this.isEnded && value !== undefined) this.#attributes[key] = value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value);
    return this;
  }

  addEvent(name: string, attributes: Attributes | TimeInput = {}): this {
    const given = typeof attributes === 'object' && !Array.isArray(attributes) && !(attributes instanceof Date) ? attributes : {};
    if (!this.isEnded) this.#events.push({ name, attributes: { ...given } });
    return this;
  }

  addLink(link: SpanLink): this {
    if (!this.isEnded) this.#links.push(link);
    return this;
  }

  addLinks(links: SpanLink[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: { code: 0 | 1 | 2; message?: string }): this {
    if (!this.isEnded) this.#status = status;
    return this;
  }

  updateName(name: string): this {
    this.name = name;
    return this;
  }

  end(endTime?: TimeInput): void {
    if (this.isEnded) return;
    this.#endTime = this.#time(endTime);
    this.isEnded = true;
  }

  isRecording(): boolean {
    return !this.isEnded;
  }

  recordException(exception: string | Error | ExceptionLike): void {
    const { name, message, stack } = typeof exception === 'string' ? { message: exception } : exception;
    this.addEvent('exception', {
      ...(name !== undefined && { 'exception.type': name }),
      'exception.message': message,
      ...(stack !== undefined && { 'exception.stacktrace': stack }),
    });
  }

  toTestSpan(): TestSpan {
    const { name, tracerName: tracer, parentSpanId } = this;
    const { traceId, spanId } = this.context;
    return {
      name,
      tracer,
      kind: this.options.kind ?? 0,
      traceId,
      spanId,
      parentSpanId,
      startTime: this.#startTime,
      endTime: this.#endTime,
      attributes: this.#attributes,
      status: { code: STATUS[this.#status.code], message: this.#status.message },
      events: this.#events,
      links: this.#links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
    };
  }

  #time(given: TimeInput | undefined): number {
    if (given === undefined) return this.clock.wallTime();
    if (Array.isArray(given)) return given[0] * 1_000 + given[1] / 1e6;
    return Number(given);
  }
}

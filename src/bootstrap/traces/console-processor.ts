import type { ReadableSpan, SpanProcessor } from '../packages/opentelemetry.js';
import { renderTree, type TreeSpan } from '../../telemetry/span-tree.js';

/** Where the trees go, and how much is held back until they are finished. */
export interface ConsoleSettings {
  readonly write: (text: string) => void;
  readonly colour: boolean;
  /** Traces that may be open at a time; the oldest is printed unfinished. Default 100. */
  readonly maxTraces?: number;
  /** Spans kept of one trace; further ones are only counted. Default 500. */
  readonly maxSpansPerTrace?: number;
}

interface OpenTrace {
  open: number;
  left: number;
  readonly spans: TreeSpan[];
}

const STATUS_ERROR = 2;

/** `OTEL_TRACES_EXPORTER=console`: prints each finished trace as one tree. */
export class ConsoleProcessor implements SpanProcessor {
  readonly #traces = new Map<string, OpenTrace>();
  readonly #maxTraces: number;
  readonly #maxSpans: number;

  constructor(private readonly settings: ConsoleSettings) {
    this.#maxTraces = settings.maxTraces ?? 100;
    this.#maxSpans = settings.maxSpansPerTrace ?? 500;
  }

  onStart(span: ReadableSpan): void {
    const { traceId } = span.spanContext();
    const trace = this.#traces.get(traceId);
    if (trace) trace.open += 1;
    else this.#traces.set(traceId, { open: 1, left: 0, spans: [] });
    if (this.#traces.size > this.#maxTraces) this.#print(this.#traces.keys().next().value!);
  }

  onEnd(span: ReadableSpan): void {
    const { traceId } = span.spanContext();
    const trace = this.#traces.get(traceId);
    if (!trace) return; // printed already, unfinished
    if (trace.spans.length < this.#maxSpans) trace.spans.push(treeSpan(span));
    else trace.left += 1;
    trace.open -= 1;
    if (trace.open === 0) this.#print(traceId);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  /** Prints what has not finished as far as it came. */
  shutdown(): Promise<void> {
    for (const traceId of [...this.#traces.keys()]) this.#print(traceId);
    return Promise.resolve();
  }

  #print(traceId: string): void {
    const { spans, open, left } = this.#traces.get(traceId)!;
    this.#traces.delete(traceId);
    const notes = [open > 0 ? `${open} spans not finished` : '', left > 0 ? `${left} more spans` : ''].filter((note) => note !== '');
    const tree = renderTree(spans, { durations: true, colour: this.settings.colour });
    this.settings.write([tree, ...notes.map((note) => `(${note})`)].filter((part) => part !== '').join('\n') + '\n');
  }
}

function treeSpan(span: ReadableSpan): TreeSpan {
  const { name, attributes, parentSpanContext, status } = span;
  return {
    name,
    attributes,
    spanId: span.spanContext().spanId,
    parentSpanId: parentSpanContext?.spanId,
    startTime: milliseconds(span.startTime),
    endTime: milliseconds(span.endTime),
    error: status.code === STATUS_ERROR ? (status.message ?? 'error') : undefined,
  };
}

function milliseconds([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1_000 + nanoseconds / 1e6;
}

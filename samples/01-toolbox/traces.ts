import type { tracing } from '@opentelemetry/sdk-node';

/** A finished span. */
export type Span = tracing.ReadableSpan;

/** A trace worth showing. */
export interface Story {
  readonly title: string;
  /** Whether a finished trace tells it; the root comes first. */
  readonly isToldBy: (root: Span, spans: readonly Span[]) => boolean;
}

/** A span processor that keeps the first finished trace of each story, in place of an exporter. */
export class TraceAlbum implements tracing.SpanProcessor {
  readonly #pictures = new Map<Story, readonly Span[]>();
  readonly #unfinished = new Map<string, { open: number; spans: Span[] }>();

  constructor(private readonly stories: readonly Story[]) {}

  /** What was found, in the order of the stories. */
  get pictures(): { title: string; spans: readonly Span[] }[] {
    return this.stories.flatMap((story) => {
      const spans = this.#pictures.get(story);
      return spans ? [{ title: story.title, spans }] : [];
    });
  }

  onStart(span: Span): void {
    const { traceId } = span.spanContext();
    const trace = this.#unfinished.get(traceId) ?? { open: 0, spans: [] };
    trace.open += 1;
    this.#unfinished.set(traceId, trace);
  }

  onEnd(span: Span): void {
    const { traceId } = span.spanContext();
    const trace = this.#unfinished.get(traceId);
    if (!trace) return;
    trace.spans.push(span);
    trace.open -= 1;
    if (trace.open > 0) return;
    this.#unfinished.delete(traceId);
    this.#consider(trace.spans);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  #consider(spans: readonly Span[]): void {
    const root = spans.find(({ parentSpanContext }) => parentSpanContext === undefined);
    const story = root && this.stories.find((each) => !this.#pictures.has(each) && each.isToldBy(root, spans));
    if (story) this.#pictures.set(story, spans);
  }
}

/** The stories of this sample. */
export const STORIES: readonly Story[] = [
  {
    title: 'A question: one tool that uses three others',
    isToldBy: (root, spans) => isOf(root, 'research') && some(spans, 'retry.attempt', 0) && !some(spans, 'tool.success', false),
  },
  {
    title: 'The same question again: everything comes from a cache',
    isToldBy: (root, spans) => isOf(root, 'research') && some(spans, 'cache.hit', true) && !some(spans, 'cache.hit', false),
  },
  {
    title: 'The server says 429 and when to come back: the retry waits that long',
    isToldBy: (root, spans) => isOf(root, 'fetch') && isWell(root) && spans.some(({ status }) => status.message?.startsWith('429')),
  },
  {
    title: 'The server breaks: retries, until the circuit opens and ends them',
    isToldBy: (root, spans) =>
      isOf(root, 'fetch') && !isWell(root) && some(spans, 'retry.success', false) && some(spans, 'circuit.state', 'OPEN'),
  },
];

function isOf(root: Span, tool: string): boolean {
  return root.attributes['tool.name'] === tool;
}

function isWell(root: Span): boolean {
  return root.attributes['tool.success'] === true;
}

function some(spans: readonly Span[], attribute: string, value: unknown): boolean {
  return spans.some(({ attributes }) => attributes[attribute] === value);
}

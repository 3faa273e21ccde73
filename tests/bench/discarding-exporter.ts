import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** Counts the spans it is handed, keeps the last of each maker and tool, and forgets the rest. */
export class DiscardingExporter implements SpanExporter {
  readonly #counts = new Map<string, number>();
  readonly #last = new Map<string, ReadableSpan>();

  export(spans: ReadableSpan[], done: (result: { code: 0 }) => void): void {
    for (const span of spans) {
      const key = keyOf(span.instrumentationScope.name, span.attributes['tool.name']);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      this.#last.set(key, span);
    }
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  /** Spans that this tracer made about this tool. */
  count(tracer: string, tool: string): number {
    return this.#counts.get(keyOf(tracer, tool)) ?? 0;
  }

  /** The last of them. */
  last(tracer: string, tool: string): ReadableSpan {
    return this.#last.get(keyOf(tracer, tool))!;
  }
}

function keyOf(tracer: string, tool: unknown): string {
  return `${tracer} ${String(tool)}`;
}

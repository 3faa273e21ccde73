import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** Counts the spans it is handed, keeps the last of each name by maker and tool, and forgets the rest. */
export class DiscardingExporter implements SpanExporter {
  readonly #kinds = new Map<string, Kind>();

  export(spans: ReadableSpan[], done: (result: { code: 0 }) => void): void {
    for (const span of spans) {
      const key = keyOf(span.instrumentationScope.name, span.attributes['tool.name'], nameOf(span));
      const kind = this.#kinds.get(key);
      if (kind) {
        kind.count += 1;
        kind.last = span;
      } else this.#kinds.set(key, { count: 1, last: span });
    }
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  /** Spans of this name that this tracer made about this tool. */
  count(tracer: string, tool: string, name: string): number {
    return this.#kinds.get(keyOf(tracer, tool, name))?.count ?? 0;
  }

  /** The last of them. */
  last(tracer: string, tool: string, name: string): ReadableSpan {
    return this.#kinds.get(keyOf(tracer, tool, name))!.last;
  }
}

interface Kind {
  count: number;
  last: ReadableSpan;
}

/** That of an attempt has the same name as that of its call; what only a call's has tells them apart. */
function nameOf({ name, attributes }: ReadableSpan): string {
  return name === 'tool.execute' && attributes['gen_ai.tool.name'] === undefined ? 'tool.execute (attempt)' : name;
}

function keyOf(tracer: string, tool: unknown, name: string): string {
  return `${tracer} ${String(tool)} ${name}`;
}

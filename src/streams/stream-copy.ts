/** A web stream's reader, as much of it as we use. */
interface Reader {
  read(): Promise<{ done: boolean; value?: unknown }>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

interface Source {
  getReader(options?: object): Reader;
}

interface Controller {
  enqueue(chunk: unknown): void;
  close(): void;
  readonly byobRequest?: { respond(bytes: number): void } | null;
}

/** A web stream that gives what another one gives, chunk by chunk as it is asked; nothing is read ahead. */
export function copyOf(stream: object): { copy: object; release: () => void } {
  const source = stream as Source;
  const type = isByteStream(source) ? 'bytes' : undefined;
  const reader = source.getReader();
  const underlying = {
    type,
    async pull(controller: Controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      reader.releaseLock();
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
  return { copy: new ReadableStream(underlying as never, { highWaterMark: 0 }), release: () => reader.releaseLock() };
}

function isByteStream(source: Source): boolean {
  try {
    source.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

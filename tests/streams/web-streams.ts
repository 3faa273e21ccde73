/** A stream of these chunks. */
export function chunks<T>(...given: T[]): ReadableStream<T> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of given) controller.enqueue(chunk);
      controller.close();
    },
  });
}

/** A byte stream of these texts. */
export function bytes(...given: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      for (const chunk of given) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}

/** Gives these chunks, then breaks. */
export function failingAfter<T>(error: unknown, ...given: T[]): ReadableStream<T> {
  const left = [...given];
  return new ReadableStream(
    {
      pull(controller) {
        if (left.length > 0) controller.enqueue(left.shift()!);
        else controller.error(error);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Gives these chunks and stays open; takes down why it was cancelled. */
export function abandonable<T>(...given: T[]): { stream: ReadableStream<T>; cancelled: unknown[] } {
  const left = [...given];
  const cancelled: unknown[] = [];
  const stream = new ReadableStream<T>({
    pull: (controller) => (left.length > 0 ? controller.enqueue(left.shift()!) : new Promise(() => undefined)),
    cancel: (reason) => void cancelled.push(reason),
  });
  return { stream, cancelled };
}

/** A stream that the test pushes chunks into; `undefined` closes it. */
export function never<T>(): { stream: ReadableStream<T>; push: (chunk: T | undefined) => void } {
  let controller!: ReadableStreamDefaultController<T>;
  const stream = new ReadableStream<T>({ start: (given) => void (controller = given) });
  return { stream, push: (chunk) => (chunk === undefined ? controller.close() : controller.enqueue(chunk)) };
}

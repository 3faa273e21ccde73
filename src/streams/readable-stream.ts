import { observeIterator } from './async-iterable.js';
import { shadow, type Method } from './shadow.js';
import { CANCELLED, COMPLETED, type StreamRecord } from './stream-record.js';

type Read = () => Promise<IteratorResult<unknown, unknown>>;

interface Reader {
  read(): Promise<IteratorResult<unknown, unknown>>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

interface Controller {
  enqueue(chunk: unknown): void;
  close(): void;
  readonly byobRequest?: { respond(bytes: number): void } | null;
}

/** Takes down the chunks of a web stream, whichever of its ways they go. What others do with its inside the idle limit ends. */
export function observeReadableStream(stream: object, record: StreamRecord): boolean {
  const put = (key: PropertyKey, make: (original: Method) => Method): boolean => {
    const restore = shadow(stream, key, make);
    if (restore) record.onEnd(restore);
    return restore !== undefined;
  };
  if (!put('getReader', (original) => readerOf(original, record))) return false;
  put('cancel', (original) => cancelOf(original, record));
  for (const key of ['values', Symbol.asyncIterator]) put(key, (original) => iteratorOf(original, record));
  // Piping and splitting go by the inside of a stream: they are given one that reads from this one.
  for (const key of ['pipeTo', 'pipeThrough', 'tee']) put(key, (original) => onCopy(original));
  return true;
}

function readerOf(original: Method, record: StreamRecord): Method {
  return function (...args) {
    const reader = Reflect.apply(original, this, args) as object;
    let isReleased = false;
    shadow(
      reader,
      'releaseLock',
      (releaseLock) =>
        function () {
          isReleased = true;
          return Reflect.apply(releaseLock, this, []);
        },
    );
    shadow(
      reader,
      'read',
      (read) =>
        function (...views) {
          return record.step((() => Reflect.apply(read, this, views)) as Read, COMPLETED, () => isReleased);
        },
    );
    shadow(reader, 'cancel', (cancel) => cancelOf(cancel, record));
    return reader;
  };
}

function cancelOf(original: Method, record: StreamRecord): Method {
  return function (...args) {
    record.end(CANCELLED);
    return Reflect.apply(original, this, args);
  };
}

function iteratorOf(original: Method, record: StreamRecord): Method {
  return function (...args) {
    const iterator = Reflect.apply(original, this, args) as object;
    observeIterator(iterator, record);
    return iterator;
  };
}

function onCopy(original: Method): Method {
  return function (...args) {
    const { copy, release } = copyOf(this as { getReader(): Reader });
    const result = Reflect.apply(original, copy, args);
    return result instanceof Promise ? result.finally(release) : result;
  };
}

/** A stream that gives what another one gives, chunk by chunk as it is asked; nothing is read ahead. */
function copyOf(stream: { getReader(options?: object): Reader }): { copy: object; release: () => void } {
  const type = isByteStream(stream) ? 'bytes' : undefined;
  const reader = stream.getReader();
  const source = {
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
  return {
    copy: new ReadableStream(source as never, { highWaterMark: 0 }),
    release: () => reader.releaseLock(),
  };
}

function isByteStream(stream: { getReader(options?: object): Reader }): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

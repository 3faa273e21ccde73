import { CANCELLED, failedWith, type StreamRecord } from './stream-record.js';

/** What is left of an async generator after its first result, each step taken down. */
export function restOf(
  iterator: AsyncGenerator<unknown, unknown>,
  first: IteratorResult<unknown>,
  record: StreamRecord,
): AsyncGenerator<unknown, unknown> {
  let isFirst = true;
  const rest = {
    next(value: unknown): Promise<IteratorResult<unknown>> {
      if (!isFirst) return record.step(() => iterator.next(value));
      isFirst = false;
      return Promise.resolve(first);
    },
    return: (value: unknown) => record.step(() => iterator.return(value), CANCELLED),
    throw: (error: unknown) => record.step(() => iterator.throw(error), failedWith(error)),
    [Symbol.asyncIterator]: () => rest,
  };
  return rest as AsyncGenerator<unknown, unknown>;
}

/** The same for a generator. */
export function restOfSync(
  iterator: Generator<unknown, unknown>,
  first: IteratorResult<unknown>,
  record: StreamRecord,
): Generator<unknown, unknown> {
  let isFirst = true;
  const rest = {
    next(value: unknown): IteratorResult<unknown> {
      if (!isFirst) return record.stepSync(() => iterator.next(value));
      isFirst = false;
      return first;
    },
    return: (value: unknown) => record.stepSync(() => iterator.return(value), CANCELLED),
    throw: (error: unknown) => record.stepSync(() => iterator.throw(error), failedWith(error)),
    [Symbol.iterator]: () => rest,
  };
  return rest as Generator<unknown, unknown>;
}

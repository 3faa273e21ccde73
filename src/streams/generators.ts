import type { Call } from '../core/call.js';
import { CANCELLED, COMPLETED, failedWith, type Ending, type StreamRecord } from './stream-record.js';

type Step<Result> = (call: Call) => Result;
type Result = IteratorResult<unknown, unknown>;

/** Runs a step of an async generator and takes down what it gives. */
export async function step(record: StreamRecord, read: Step<Promise<Result>>, whenDone: Ending = COMPLETED): Promise<Result> {
  record.startReading();
  try {
    const result = await record.run(read);
    record.took(result, whenDone);
    return result;
  } catch (error) {
    record.end(failedWith(error));
    throw error;
  } finally {
    record.stopReading();
  }
}

/** The same for a generator. */
export function stepSync(record: StreamRecord, read: Step<Result>, whenDone: Ending = COMPLETED): Result {
  record.startReading();
  try {
    const result = record.run(read);
    record.took(result, whenDone);
    return result;
  } catch (error) {
    record.end(failedWith(error));
    throw error;
  } finally {
    record.stopReading();
  }
}

/** What is left of an async generator after its first result, each step taken down. */
export function restOf(iterator: AsyncGenerator<unknown, unknown>, first: Result, record: StreamRecord): AsyncGenerator<unknown, unknown> {
  let isFirst = true;
  let whenDone = COMPLETED;
  const rest = {
    next(value: unknown): Promise<Result> {
      if (!isFirst) return step(record, () => iterator.next(value), whenDone);
      isFirst = false;
      return Promise.resolve(first);
    },
    return(value: unknown): Promise<Result> {
      // It may have more to say before it obeys.
      whenDone = CANCELLED;
      return step(record, () => iterator.return(value), whenDone);
    },
    throw: (error: unknown) => step(record, () => iterator.throw(error), failedWith(error)),
    [Symbol.asyncIterator]: () => rest,
  };
  return rest as AsyncGenerator<unknown, unknown>;
}

/** The same for a generator. */
export function restOfSync(iterator: Generator<unknown, unknown>, first: Result, record: StreamRecord): Generator<unknown, unknown> {
  let isFirst = true;
  let whenDone = COMPLETED;
  const rest = {
    next(value: unknown): Result {
      if (!isFirst) return stepSync(record, () => iterator.next(value), whenDone);
      isFirst = false;
      return first;
    },
    return(value: unknown): Result {
      whenDone = CANCELLED;
      return stepSync(record, () => iterator.return(value), whenDone);
    },
    throw: (error: unknown) => stepSync(record, () => iterator.throw(error), failedWith(error)),
    [Symbol.iterator]: () => rest,
  };
  return rest as Generator<unknown, unknown>;
}

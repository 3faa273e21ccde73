import { shadow } from './shadow.js';
import { CANCELLED, failedWith, type StreamRecord } from './stream-record.js';

type Read = () => PromiseLike<IteratorResult<unknown>>;

/** Takes down the steps of an async iterator. False where it cannot be done. */
export function observeIterator(iterator: object, record: StreamRecord): boolean {
  const restore = shadow(
    iterator,
    'next',
    (next) =>
      function (...args) {
        return record.step((() => Reflect.apply(next, this, args)) as Read);
      },
  );
  if (!restore) return false;
  record.onEnd(restore);
  for (const [key, endingOf] of [
    ['return', () => CANCELLED],
    ['throw', failedWith],
  ] as const) {
    const restoreEnd = shadow(
      iterator,
      key,
      (original) =>
        function (...args) {
          return record.step((() => Reflect.apply(original, this, args)) as Read, endingOf(args[0]));
        },
    );
    if (restoreEnd) record.onEnd(restoreEnd);
  }
  return true;
}

/** Takes down the first iteration of an AsyncIterable, the one that the call was made for. */
export function observeIterable(iterable: object, record: StreamRecord): boolean {
  let isFirst = true;
  const restore = shadow(
    iterable,
    Symbol.asyncIterator,
    (open) =>
      function (...args) {
        const iterator = Reflect.apply(open, this, args);
        if (isFirst && typeof iterator === 'object' && iterator !== null) {
          isFirst = false;
          // Without `return` a reader that stops says nothing: nothing is lost, the idle limit ends it.
          observeIterator(iterator, record);
        }
        return iterator;
      },
  );
  if (!restore) return false;
  record.onEnd(restore);
  return true;
}

import type { Followers, Read } from './followers.js';
import { CANCELLED, failedWith, type Ending } from './stream-record.js';

const ENDS: readonly (readonly [key: string, endingOf: (argument: unknown) => Ending])[] = [
  ['return', () => CANCELLED],
  ['throw', failedWith],
];

/** Takes down the steps of an async iterator. False where it cannot be done. */
export function observeIterator(iterator: object, followers: Followers): boolean {
  if (!observeNext(iterator, followers)) return false;
  for (const [key, endingOf] of ENDS) {
    followers.put(
      iterator,
      key,
      (original) =>
        function (...args) {
          return followers.step((() => Reflect.apply(original, this, args)) as Read, endingOf(args[0]));
        },
    );
  }
  return true;
}

/** The same for one that says nothing of the stream's end when it is left. */
export function observeNext(iterator: object, followers: Followers): boolean {
  return followers.put(
    iterator,
    'next',
    (next) =>
      function (...args) {
        return followers.step((() => Reflect.apply(next, this, args)) as Read);
      },
  );
}

/** Takes down the first iteration of an AsyncIterable, the one that the call was made for. */
export function observeIterable(iterable: object, followers: Followers): boolean {
  let isFirst = true;
  return followers.put(
    iterable,
    Symbol.asyncIterator,
    (open) =>
      function (...args) {
        const iterator = Reflect.apply(open, this, args);
        if (isFirst && typeof iterator === 'object' && iterator !== null) {
          isFirst = false;
          // Without `return` a reader that stops says nothing: nothing is lost, the idle limit ends it.
          observeIterator(iterator, followers);
        }
        return iterator;
      },
  );
}

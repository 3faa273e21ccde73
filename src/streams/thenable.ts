import type { Followers } from './followers.js';

type Handler = ((value: unknown) => unknown) | undefined | null;

/**
 * Takes down how something ends that can be awaited but is no plain promise: a query that runs when it is awaited, a promise with
 * methods of its own. It stays what it is.
 */
export function observeThenable(
  thenable: object,
  followers: Followers,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
): boolean {
  return followers.put(
    thenable,
    'then',
    (then) =>
      function (onFulfilled, onRejected) {
        const records = followers.records;
        for (const record of records) record.startReading();
        const stop = (): void => records.forEach((record) => record.stopReading());
        const fulfilled = (value: unknown): unknown => {
          stop();
          onValue(value);
          return typeof onFulfilled === 'function' ? (onFulfilled as NonNullable<Handler>)(value) : value;
        };
        const rejected = (error: unknown): unknown => {
          stop();
          onError(error);
          if (typeof onRejected === 'function') return (onRejected as NonNullable<Handler>)(error);
          throw error;
        };
        return Reflect.apply(then, this, [fulfilled, rejected]);
      },
  );
}

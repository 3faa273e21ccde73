import { isThenable, type Call } from '../core/call.js';
import { isStream } from '../core/stream.js';
import { observeAnswer } from '../streams/observe.js';
import { StreamRecord, type StreamDeps } from '../streams/stream-record.js';

// What async functions return, whatever a library puts in the place of the global one.
const NativePromise = (async () => Promise.resolve())().constructor as PromiseConstructor;

/** One without a class of its own: another in its place is not told apart. */
export function isPlainPromise(value: unknown): value is PromiseLike<unknown> {
  try {
    return value instanceof NativePromise && value.constructor === NativePromise;
  } catch {
    return false; // a revoked proxy
  }
}

/** Whether the call may last longer than until it has this. */
export function isFollowable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (isStream(value) || isThenable(value));
}

/** Has the call end with what it gave. False where that does not let itself be followed: then the call has ended. */
export function follow(answer: object, call: Call, streams: StreamDeps): boolean {
  const record = new StreamRecord(call, streams);
  const isFollowed = observeAnswer(answer, record);
  if (!isFollowed) record.forget();
  return isFollowed;
}

/**
 * What a plain promise's caller gets in its place, once the call around it is over.
 * @param answered gives the value on
 * @param failed throws the error on
 */
export function settledAfter(
  result: PromiseLike<unknown>,
  answered: (value: unknown) => unknown,
  failed: (error: unknown) => never,
): PromiseLike<unknown> {
  const answer = result.then(answered, failed);
  // `await` would pass by whatever stands before a plain promise's `then`, so it is another one; what hangs on it comes along.
  for (const _ in result) return Object.defineProperties(answer, Object.getOwnPropertyDescriptors(result));
  return answer;
}

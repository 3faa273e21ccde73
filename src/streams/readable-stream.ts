import { setImmediate } from 'node:timers'; // not the global one, which test runners replace
import { hasMethod } from '../core/stream.js';
import { memberOf } from '../core/thrown.js';
import { observeIterator, observeNext } from './async-iterable.js';
import type { Followers, Read } from './followers.js';
import type { Method } from './shadow.js';
import { CANCELLED, COMPLETED, failedWith } from './stream-record.js';
import { copyOf } from './stream-copy.js';

/** Takes down the chunks of a web stream, whichever of its ways they go, and its end, also where nobody reads. */
export function observeReadableStream(stream: object, followers: Followers): boolean {
  if (!followers.put(stream, 'getReader', (original) => readerOf(original, followers))) return false;
  followers.put(stream, 'cancel', (original) => cancelOf(original, followers, () => !isLocked(stream)));
  for (const key of ['values', Symbol.asyncIterator]) followers.put(stream, key, (original) => iteratorOf(original, followers));
  followers.put(stream, 'pipeTo', (original) => pipeToOf(original, followers));
  followers.put(stream, 'pipeThrough', (original) => throughCopy(original, ([pair]) => canPipe(memberOf(pair, 'writable'))));
  followers.put(stream, 'tee', (original) => throughCopy(original, () => true));
  watchState(stream, followers);
  return true;
}

/** A stream that closes or breaks while nobody reads it, or while somebody does whom we do not see. */
function watchState(stream: object, followers: Followers): void {
  const { finished } = process.getBuiltinModule('node:stream');
  try {
    finished(stream as never, (error) => {
      // Not before a chunk that is just being handed over is taken down.
      setImmediate(() => followers.end(error ? failedWith(error) : COMPLETED));
    });
  } catch {
    // No stream of Node's own: the idle limit ends what we do not see.
  }
}

function readerOf(original: Method, followers: Followers): Method {
  return function (...args) {
    const reader = Reflect.apply(original, this, args) as { closed: Promise<void> };
    let isReleased = false;
    reader.closed.then(undefined, (error: unknown) => {
      // Whoever gives the lock back has it rejected with a TypeError.
      if (!isReleased || memberOf(error, 'name') !== 'TypeError') followers.end(failedWith(error));
    });
    followers.put(
      reader,
      'releaseLock',
      (releaseLock) =>
        function () {
          isReleased = true;
          return Reflect.apply(releaseLock, this, []);
        },
    );
    followers.put(
      reader,
      'read',
      (read) =>
        function (...views) {
          // `closed` tells when the stream is broken; a read that is refused may be to blame itself.
          return followers.step((() => Reflect.apply(read, this, views)) as Read, COMPLETED, false);
        },
    );
    followers.put(reader, 'cancel', (cancel) => cancelOf(cancel, followers, () => !isReleased));
    return reader;
  };
}

function cancelOf(original: Method, followers: Followers, isAllowed: () => boolean): Method {
  return function (...args) {
    if (isAllowed()) followers.end(CANCELLED);
    return Reflect.apply(original, this, args);
  };
}

function iteratorOf(original: Method, followers: Followers): Method {
  return function (...args) {
    const iterator = Reflect.apply(original, this, args) as object;
    // One that leaves the stream open when it is left is no end of it.
    (memberOf(args[0], 'preventCancel') === true ? observeNext : observeIterator)(iterator, followers);
    return iterator;
  };
}

/** Piping and splitting go by the inside of a stream: they are given one that reads from this one, where they would work at all. */
function throughCopy(original: Method, isFit: (args: unknown[]) => boolean): Method {
  return function (...args) {
    if (isLocked(this) || !isNative(original) || !isFit(args)) return Reflect.apply(original, this, args);
    return Reflect.apply(original, copyOf(this as object).copy, args);
  };
}

function pipeToOf(original: Method, followers: Followers): Method {
  return function (...args) {
    if (isLocked(this) || !canPipe(args[0])) return Reflect.apply(original, this, args);
    if (!isNative(original)) return seen(Reflect.apply(original, this, args) as Promise<void>, followers);
    const { copy, release } = copyOf(this as object);
    return Promise.resolve(Reflect.apply(original, copy, args)).finally(release);
  };
}

/** A class of the user's own pipes: all that is to be seen is the end. */
async function seen(piping: Promise<void>, followers: Followers): Promise<void> {
  try {
    await piping;
    followers.end(COMPLETED);
  } catch (error) {
    followers.end(failedWith(error));
    throw error;
  }
}

function isLocked(stream: unknown): boolean {
  return memberOf(stream, 'locked') === true;
}

function canPipe(target: unknown): boolean {
  return typeof target === 'object' && target !== null && hasMethod(target, 'getWriter') && !isLocked(target);
}

const NATIVE = new Set<unknown>(['pipeTo', 'pipeThrough', 'tee'].map((key) => memberOf(ReadableStream.prototype, key)));

function isNative(method: Method): boolean {
  return NATIVE.has(method);
}

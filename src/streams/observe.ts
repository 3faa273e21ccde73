import { isThenable } from '../core/call.js';
import { hasMethod, isReadableStream, isStream } from '../core/stream.js';
import { observeIterable, observeIterator } from './async-iterable.js';
import { Followers } from './followers.js';
import { observeNodeReadable } from './node-readable.js';
import { observeReadableStream } from './readable-stream.js';
import { COMPLETED, failedWith, type StreamRecord } from './stream-record.js';
import { observeThenable } from './thenable.js';

const followed = new WeakMap<object, Followers>();

/**
 * Has a stream that a tool gave, or something of its own kind that can be awaited, take down its own reading, to its end. The object
 * stays the same one: it is given methods of its own that stand before its class's, and loses them when it is over. False where it
 * takes none (a frozen one), and where it is over already.
 */
export function observeAnswer(answer: object, record: StreamRecord): boolean {
  const present = followed.get(answer);
  if (present) return present.add(record);
  const followers = new Followers(() => followed.delete(answer));
  if (!attach(answer, followers)) {
    followers.release();
    return false;
  }
  followed.set(answer, followers);
  return followers.add(record);
}

function attach(answer: object, followers: Followers): boolean {
  try {
    const isAwaitable = isThenable(answer) && attachThenable(answer, followers);
    return (isStream(answer) && attachStream(answer, followers)) || isAwaitable;
  } catch {
    return false; // a proxy that forbids it
  }
}

function attachStream(stream: object, followers: Followers): boolean {
  if (isReadableStream(stream)) return observeReadableStream(stream, followers);
  if (hasMethod(stream, 'read') && hasMethod(stream, 'emit')) return observeNodeReadable(stream, followers);
  return hasMethod(stream, 'next') ? observeIterator(stream, followers) : observeIterable(stream, followers);
}

function attachThenable(thenable: object, followers: Followers): boolean {
  const settle = (value: unknown): void => {
    for (const record of followers.records) {
      // What was awaited may give a stream in its turn: then the call lasts as long as that.
      if (!isStream(value) || value === thenable || !observeAnswer(value, record)) record.end({ ...COMPLETED, isValue: true, value });
    }
  };
  return observeThenable(thenable, followers, settle, (error) => followers.end({ ...failedWith(error), isValue: true }));
}

import { memberOf } from '../core/thrown.js';
import type { Followers } from './followers.js';
import { CANCELLED, COMPLETED, failedWith } from './stream-record.js';

interface NodeReadable {
  listenerCount?(event: string): number;
}

/**
 * Takes down the chunks of a Node stream where they pass, whoever reads them and however. Not by listeners: one for `data` would set
 * the stream going, one for `error` would take the place of the reader's.
 */
export function observeNodeReadable(stream: object, followers: Followers): boolean {
  if (memberOf(stream, 'readableEnded') === true || memberOf(stream, 'destroyed') === true) return false;
  followers.isAttended = () => isListenedTo(stream);
  return followers.put(
    stream,
    'emit',
    (emit) =>
      function (...args) {
        takeDown(followers, args[0], args[1]);
        return Reflect.apply(emit, this, args);
      },
  );
}

function takeDown(followers: Followers, event: unknown, argument: unknown): void {
  if (event === 'data') followers.chunk();
  else if (event === 'end') followers.end(COMPLETED);
  // A reader that leaves a loop early, and one that gives up by a signal, destroy the stream with an AbortError.
  else if (event === 'error') followers.end(memberOf(argument, 'name') === 'AbortError' ? CANCELLED : failedWith(argument));
  else if (event === 'close') followers.end(CANCELLED);
}

function isListenedTo(stream: NodeReadable): boolean {
  const count = (event: string): number => stream.listenerCount?.(event) ?? 0;
  return count('data') + count('readable') > 0;
}

import { hasMethod, isReadableStream } from '../core/stream.js';
import { observeIterable, observeIterator } from './async-iterable.js';
import { observeNodeReadable } from './node-readable.js';
import { observeReadableStream } from './readable-stream.js';
import type { StreamRecord } from './stream-record.js';

/**
 * Has a stream that a tool gave take down its own reading, to its end. The object stays the same one: it is given methods of its own
 * that stand before its class's, and loses them when it is over. False where it takes none (a frozen one).
 */
export function observeStream(stream: object, record: StreamRecord): boolean {
  try {
    if (isReadableStream(stream)) return observeReadableStream(stream, record);
    if (hasMethod(stream, 'read') && hasMethod(stream, 'emit')) return observeNodeReadable(stream, record);
    return hasMethod(stream, 'next') ? observeIterator(stream, record) : observeIterable(stream, record);
  } catch {
    return false; // a proxy that forbids it
  }
}

import { shadow } from './shadow.js';
import { CANCELLED, COMPLETED, failedWith, type StreamRecord } from './stream-record.js';

/**
 * Takes down the chunks of a Node stream where they pass, whoever reads them and however. Not by listeners: one for `data` would set
 * the stream going, one for `error` would take the place of the reader's.
 */
export function observeNodeReadable(stream: object, record: StreamRecord): boolean {
  const restore = shadow(
    stream,
    'emit',
    (emit) =>
      function (...args) {
        takeDown(record, args[0], args[1]);
        return Reflect.apply(emit, this, args);
      },
  );
  if (!restore) return false;
  record.onEnd(restore);
  return true;
}

function takeDown(record: StreamRecord, event: unknown, argument: unknown): void {
  if (event === 'data') record.chunk();
  else if (event === 'end') record.end(COMPLETED);
  else if (event === 'error') record.end(failedWith(argument));
  else if (event === 'close') record.end(CANCELLED);
}

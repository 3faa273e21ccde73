import type { Call } from './call.js';
import { discard, isStream } from './stream.js';

/** What the row gives for a generator: its first result, with which the policies are over but for what lasts as long as the stream. */
export class Begun<Iterator extends object = object> {
  #callbacks: (() => void)[] | undefined = [];

  constructor(
    readonly iterator: Iterator,
    readonly first: IteratorResult<unknown, unknown>,
    /** The attempt that gave it. */
    readonly call: Call,
  ) {}

  /** Calls back when the stream is over, at once if it is already. */
  whenOver(callback: () => void): void {
    if (this.#callbacks) this.#callbacks.push(callback);
    else callback();
  }

  /** The stream is over. */
  end(): void {
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    for (const callback of callbacks) callback();
  }
}

/** Lets go of a result that came too late for anybody to want it, with what hangs on it. */
export function discardLate(result: unknown): void {
  if (result instanceof Begun) {
    discard(result.iterator as object);
    result.call.cancellation?.end();
    result.end();
  } else if (isStream(result)) discard(result);
}

import { memberOf } from './thrown.js';

/** Whether a value gives its content bit by bit: a web `ReadableStream`, a Node `Readable`, an async generator or another AsyncIterable. */
export function isStream(value: unknown): value is object {
  return typeof value === 'object' && value !== null && hasMethod(value, Symbol.asyncIterator);
}

/** By its members, not by `instanceof`: realms and polyfills have classes of their own. */
export function isReadableStream(value: object): boolean {
  return hasMethod(value, 'getReader') && hasMethod(value, 'pipeThrough');
}

/** Whether there is a method of this name; a getter that throws is none. */
export function hasMethod(value: object, name: PropertyKey): boolean {
  return typeof memberOf(value, name) === 'function';
}

/** Lets go of a stream that nobody will read, with the connection behind it. */
export function discard(stream: object): void {
  const end = ['destroy', 'cancel', 'return'].find((name) => hasMethod(stream, name));
  if (end === undefined) return;
  // Whatever it answers, nobody is left to hear it.
  new Promise((resolve) => resolve((stream as Record<string, () => unknown>)[end]!())).catch(() => undefined);
}

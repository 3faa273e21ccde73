import type { AnyFunction } from '../core/call.js';
import { ConfigurationError } from '../core/errors.js';
import { placeOf, type Card } from '../metadata/card.js';

/** What a call of a function gives, as far as the function itself shows it. */
export type Shape = 'promise' | 'async generator' | 'generator' | 'unknown';

const SHAPES: Readonly<Record<string, Shape>> = {
  '[object AsyncFunction]': 'promise',
  '[object AsyncGeneratorFunction]': 'async generator',
  '[object GeneratorFunction]': 'generator',
};

/** By its tag, not by its class: realms have classes of their own. */
export function shapeOf(fn: AnyFunction): Shape {
  return SHAPES[Object.prototype.toString.call(fn)] ?? 'unknown';
}

/** Ends a call with an error before it begins, in the way in which the tool answers: a generator throws, what has a policy rejects. */
export function answerWith(error: unknown, shape: Shape): Promise<never> {
  if (shape.endsWith('generator')) throw error;
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- made by us, untouched
  return Promise.reject(error);
}

/** A stream can be read once only: there is nothing to serve again. */
export function refuseCachedStream(card: Card, fn: AnyFunction | undefined): void {
  const { parts } = card;
  if (!parts.cached || !fn || !shapeOf(fn).endsWith('generator')) return;
  const tool = parts.tool?.name ?? card.defaultName;
  throw cachedStreamError(tool, parts.tool?.namespace ?? 'default', placeOf(card));
}

export function cachedStreamError(tool: string, namespace: string, place: string): ConfigurationError {
  return new ConfigurationError(
    `tool "${tool}" (${place}) gives a stream, and a stream cannot be cached: it can be read once only. Take @Cached away, or have the method return the collected result`,
    { tool, namespace },
  );
}

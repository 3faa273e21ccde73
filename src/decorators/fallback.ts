import { isClass } from '../core/class.js';
import { ConfigurationError } from '../core/errors.js';
import { shown } from '../core/options.js';
import { writtenFallback } from '../metadata/parts.js';
import type { FallbackFunction, FallbackOptions, FallbackPart } from '../policies/fallback.js';
import { decoratorFor, type PolicyDecorator } from './decorator.js';
import { uncalled } from './misplaced.js';

/**
 * Gives something else in place of an error, refusals and time limits included, but for aborts by the caller and configuration errors. The
 * call has then succeeded. A fallback that throws is as if there were none: the call ends with its own error.
 * @param to a function of the error and the arguments, with `this` bound; a string: the name of a method of the same class that takes the
 *   same; anything else: the result itself (a string is given by `() => 'text'`)
 * @param options `{ fallbackIf }`
 * @throws ConfigurationError where it is applied, on options it cannot work with; at the first call, where there is no such method
 */
export function Fallback(to: FallbackFunction, options?: FallbackOptions): PolicyDecorator;
export function Fallback(to: unknown, options?: FallbackOptions): PolicyDecorator;
export function Fallback(to: unknown, options: FallbackOptions = {}): PolicyDecorator {
  // Without its parentheses it is given what it stands on.
  if (isClass(to) || typeof options !== 'object' || (options && 'kind' in options)) throw uncalled('fallback');
  refuseTargets(options);
  return decoratorFor('fallback', writtenFallback({ ...options, ...targetOf(to) }));
}

/** What to give comes first, and once. */
function refuseTargets(options: object | null): void {
  const given = Object.entries(options ?? {}).find(([option]) => ['value', 'handler', 'method'].includes(option));
  if (given) throw new ConfigurationError(`@Fallback: there is no option ${given[0]} (got ${shown(given[1])}); there is: fallbackIf`);
}

function targetOf(to: unknown): FallbackPart {
  if (typeof to === 'function') return { handler: to as FallbackFunction };
  return typeof to === 'string' ? { method: to } : { value: { result: to } };
}

import type { BulkheadOptions } from '../policies/bulkhead/bulkhead.js';
import { decoratorFor, type PolicyDecorator } from './decorator.js';

/**
 * Lets only so many attempts run at a time; others wait in a queue, or end at once with `BulkheadFullError`. A stream keeps its place until it
 * is over.
 * @param options how many may run at a time, or `{ maxConcurrent, maxQueue, maxWait, name }`
 * @throws ConfigurationError where it is applied, on options it cannot work with
 */
export function Bulkhead(options: number | BulkheadOptions): PolicyDecorator {
  return decoratorFor('bulkhead', options);
}

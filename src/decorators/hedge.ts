import type { HedgeOptions } from '../policies/hedge/hedge.js';
import { decoratorFor, type PolicyDecorator } from './decorator.js';

/**
 * Runs the tool once more beside an attempt that takes long: the first good answer wins, and the others are aborted
 * (`currentCall().signal`). For tools that may run twice without harm.
 * @param options after how long: a duration, or a quantile of its recent durations such as `'p95'`; or `{ after, max }`
 * @throws ConfigurationError where it is applied, on options it cannot work with
 */
export function Hedge(options: HedgeOptions['after'] | HedgeOptions): PolicyDecorator {
  return decoratorFor('hedge', options);
}

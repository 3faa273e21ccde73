import { decoratorFor, type PolicyDecorator } from './decorator.js';

/**
 * Gives a tool the policies that `configureTools({ policies })` knows by these names; what its own decorators say wins, then what its class
 * says, then the first name.
 * @throws ConfigurationError where it is applied, on an empty name; at the first call, on a name that is not known
 */
export function Use(...policies: readonly [string, ...string[]]): PolicyDecorator {
  return decoratorFor('use', policies);
}

import type { CircuitBreakerOptions } from '../policies/circuit/circuit-options.js';
import { decoratorFor, type PolicyDecorator } from './decorator.js';

/**
 * Stops calling what keeps failing: after `failureThreshold` consecutive failures calls end at once with `CircuitOpenError`,
 * until probes after `resetTimeout` succeed.
 * @param options `{ failureThreshold, failureRate, window, slowCall, resetTimeout, halfOpenMax, successThreshold, countIf, mode, name, … }`
 * @throws ConfigurationError where it is applied, on options it cannot work with
 */
export function CircuitBreaker(options?: CircuitBreakerOptions): PolicyDecorator {
  return decoratorFor('circuitBreaker', options);
}

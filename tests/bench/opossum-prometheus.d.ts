// The package has no types of its own.
declare module 'opossum-prometheus' {
  import type CircuitBreaker from 'opossum';
  import type { Registry } from 'prom-client';

  export default class PrometheusMetrics {
    constructor(options: { circuits: readonly CircuitBreaker[]; registry: Registry });
  }
}

import { messageOf } from '../../core/thrown.js';
import type { MetricsRegistry, PromClient } from '../../telemetry/exposition.js';
import type { Complain } from '../environment.js';

// One of them; who has it has them all.
const CANARY = 'process_cpu_seconds_total';

/**
 * Has prom-client measure the process (CPU, memory, event loop, garbage collections), unless the registry is told of it already. Returns what
 * takes these metrics out again.
 */
export function addProcessMetrics(registry: MetricsRegistry, { collectDefaultMetrics }: PromClient, complain: Complain): () => void {
  if (registry.getSingleMetric(CANARY)) return () => undefined;
  const before = new Set(namesIn(registry));
  try {
    collectDefaultMetrics({ register: registry });
  } catch (error) {
    complain(`the process is not measured as a whole: ${messageOf(error)}`);
  }
  const added = namesIn(registry).filter((name) => !before.has(name));
  return () => added.forEach((name) => registry.removeSingleMetric(name));
}

function namesIn(registry: MetricsRegistry): string[] {
  return registry.getMetricsAsArray().map(({ name }) => name);
}

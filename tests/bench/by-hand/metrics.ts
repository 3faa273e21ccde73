import { Counter, Histogram, Registry } from 'prom-client';

/** The instruments as an application declares them for itself: same names, labels and buckets as ours. */
export function handMadeMetrics() {
  const registry = new Registry();
  const executions = new Counter({
    name: 'tool_executions_total',
    help: 'Tool calls.',
    labelNames: ['tool', 'namespace', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'tool_execution_duration_seconds',
    help: 'Duration of tool calls in seconds.',
    labelNames: ['tool', 'namespace'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    registers: [registry],
  });
  return { registry, executions, durations };
}

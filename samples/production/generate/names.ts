// Names that are not in the catalogue: what the rules record, and what others show about themselves.

/** The window of what dashboards and alerts look at, unless they say otherwise. */
export const WINDOW = '5m';

/** Windows over which the budgets of the objectives are watched. */
export const SLO_WINDOWS = ['5m', '30m', '1h', '6h'] as const;

/** One of the windows over which budgets are watched. */
export type SloWindow = (typeof SLO_WINDOWS)[number];

/** Windows over which there must be enough calls for an alert about budgets. */
export const LONG_WINDOWS = ['1h', '6h'] as const;

/** One of the long windows. */
export type LongWindow = (typeof LONG_WINDOWS)[number];

/** Recorded series: the labels that are kept, the metric, what was done with it. */
export const RECORD = {
  calls: 'job_namespace_tool:tool_executions:rate5m',
  errors: 'job_namespace_tool:tool_execution_errors:rate5m',
  errorsWhileOpen: 'job_namespace_tool:tool_execution_errors_circuit_open:rate5m',
  mean: 'job_namespace_tool:tool_execution_duration_seconds:mean5m',
  quantile: 'job_namespace_tool:tool_execution_duration_seconds:quantile5m',
  inFlight: 'job_namespace_tool:tool_calls_in_flight:sum',
  hitRatio: 'job_tool:tool_cache_hits:ratio_rate5m',
  retriedRatio: 'job_tool:tool_retry_calls_retried:ratio_rate5m',
  retriesPerCall: 'job_tool:tool_retry_attempts_retries:ratio_rate5m',
  circuitOpen: 'job_tool:tool_circuit_breaker_open:max',
  circuitState: 'job_tool:tool_circuit_breaker_state:worst',
  refusals: 'job_tool:tool_refusals:rate5m',
  refusedRatio: 'job_tool:tool_refusals:ratio_rate5m',
  waitQuantile: 'job_tool:tool_rate_limit_wait_seconds:quantile5m',
  bulkheadQueue: 'job_tool:tool_bulkhead_queue:sum',
  telemetryErrors: 'job_kind:tool_telemetry_errors:increase5m',
  tools: 'job:tool_tools:count',
} as const;

/** The share of calls that failed, over a window. */
export const errorRatio = (window: SloWindow): `job_namespace_tool:tool_execution_errors:ratio_rate${SloWindow}` =>
  `job_namespace_tool:tool_execution_errors:ratio_rate${window}`;

/** The share of calls that took longer than the objective allows, over a window. */
export const slowRatio = (window: SloWindow): `job_namespace_tool:tool_execution_slow:ratio_rate${SloWindow}` =>
  `job_namespace_tool:tool_execution_slow:ratio_rate${window}`;

/** The number of calls within a window. */
export const callsWithin = (window: LongWindow): `job_namespace_tool:tool_executions:increase${LongWindow}` =>
  `job_namespace_tool:tool_executions:increase${window}`;

/** Name of a recorded series. */
export type RecordedName =
  (typeof RECORD)[keyof typeof RECORD] | ReturnType<typeof errorRatio> | ReturnType<typeof slowRatio> | ReturnType<typeof callsWithin>;

/** Jobs of the scrape configuration that carry telemetry. Those of applications have whatever name they like. */
export const CARRIERS = ['otel-collector', 'jaeger', 'prometheus', 'alertmanager'] as const;

/** What others show about themselves. The collector's counters end in `_total` or not, by version and settings. */
export const OUTSIDE = {
  up: 'up',
  alerts: 'ALERTS',
  sendFailed: 'otelcol_exporter_send_failed_spans',
  enqueueFailed: 'otelcol_exporter_enqueue_failed_spans',
  refused: 'otelcol_receiver_refused_spans',
  rulesFailed: 'prometheus_rule_evaluation_failures_total',
  alertsDropped: 'prometheus_notifications_dropped_total',
  notificationsFailed: 'alertmanager_notifications_failed_total',
} as const;

import type { CircuitState, PolicyEvent, RetryOutcome } from '../core/events.js';

// Every name that other programs read, in one place.

/** The instrumentation scope of our spans. */
export const TRACER_NAME = 'toolspan';

/** Spans around something that takes time by itself. */
export const SPAN = { execute: 'tool.execute', attempt: 'tool.retry.attempt', revalidate: 'tool.cache.revalidate' } as const;

/** Which span an event of a policy becomes; `undefined` where it only counts or marks. An event without a line does not compile. */
export const EVENT_SPAN = {
  'cache.lookup': 'tool.cache.lookup',
  'cache.coalesced': undefined,
  'cache.set': 'tool.cache.set',
  'cache.stale': undefined,
  'rate_limit.check': 'tool.rate_limit.check',
  'retry.wait': undefined,
  'retry.budget_exhausted': undefined,
  'retry.finished': undefined,
  'circuit_breaker.check': 'tool.circuit_breaker.check',
  'circuit_breaker.failure': undefined,
  'circuit_breaker.transition': undefined,
  'bulkhead.admitted': undefined,
  'bulkhead.refused': undefined,
  timeout: undefined,
  'hedge.started': undefined,
  'hedge.finished': undefined,
  fallback: undefined,
  'callback.broken': undefined,
} as const satisfies Record<PolicyEvent['type'], string | undefined>;

/** Events on spans, for what is a moment. A span that is open takes them. */
export const MARK = {
  staleServed: 'tool.cache.stale',
  retryWait: 'tool.retry.wait',
  retryBudgetExhausted: 'tool.retry.budget_exhausted',
  circuitTransition: 'tool.circuit_breaker.transition',
  bulkheadRefused: 'tool.bulkhead.refused',
  timeout: 'tool.timeout',
  hedgeStarted: 'tool.hedge.started',
  hedgeFinished: 'tool.hedge.finished',
  fallback: 'tool.fallback',
  callbackBroken: 'tool.callback.broken',
} as const;

/** Attributes of spans. */
export const ATTRIBUTE = {
  toolName: 'tool.name',
  toolNamespace: 'tool.namespace',
  toolDurationMs: 'tool.duration_ms',
  toolCached: 'tool.cached',
  toolSuccess: 'tool.success',
  toolError: 'tool.error',
  toolCoalesced: 'tool.coalesced',
  toolStale: 'tool.stale',
  toolFallback: 'tool.fallback',
  toolHedged: 'tool.hedged',
  toolSuperseded: 'tool.superseded',
  toolTimeoutMs: 'tool.timeout_ms',
  toolTimeoutScope: 'tool.timeout_scope',
  toolOption: 'tool.option',
  streamOutcome: 'tool.stream.outcome',
  streamChunks: 'tool.stream.chunks',
  streamTimeToFirstChunkMs: 'tool.stream.time_to_first_chunk_ms',
  errorType: 'error.type',
  genAiOperationName: 'gen_ai.operation.name',
  genAiToolName: 'gen_ai.tool.name',
  genAiToolType: 'gen_ai.tool.type',
  genAiToolDescription: 'gen_ai.tool.description',
  genAiToolCallArguments: 'gen_ai.tool.call.arguments',
  genAiToolCallResult: 'gen_ai.tool.call.result',
  cacheOperation: 'cache.operation',
  cacheHit: 'cache.hit',
  cacheTtl: 'cache.ttl',
  cacheStaleMs: 'cache.stale_ms',
  cacheStaleReason: 'cache.stale_reason',
  retryAttempt: 'retry.attempt',
  retryMaxAttempts: 'retry.max_attempts',
  retrySuccess: 'retry.success',
  retryDelayMs: 'retry.delay_ms',
  circuitState: 'circuit.state',
  circuitFailureCount: 'circuit.failure_count',
  circuitFrom: 'circuit.from',
  circuitTo: 'circuit.to',
  bulkheadWaitedMs: 'bulkhead.waited_ms',
  hedgeNumber: 'hedge.number',
  hedgeWon: 'hedge.won',
  rateLimitAllowed: 'rate_limit.allowed',
  rateLimitReason: 'rate_limit.reason',
} as const;

/** Type, help and label names of a metric. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** Metrics by name. */
export const METRICS = {
  tool_executions_total: {
    type: 'counter',
    help: 'Tool calls, cache hits and refusals included.',
    labels: ['tool', 'namespace', 'status'],
  },
  tool_execution_duration_seconds: { type: 'histogram', help: 'Duration of tool calls in seconds.', labels: ['tool', 'namespace'] },
  tool_cache_operations_total: { type: 'counter', help: 'Cache lookups and writes.', labels: ['tool', 'operation', 'result'] },
  tool_retry_attempts_total: {
    type: 'counter',
    help: 'Attempts of tools that retry, the first included.',
    labels: ['tool', 'attempt', 'success'],
  },
  tool_circuit_breaker_failures_total: { type: 'counter', help: 'Failures that a circuit breaker counted.', labels: ['tool'] },
  tool_rate_limit_checks_total: { type: 'counter', help: 'Decisions of the rate limit.', labels: ['tool', 'allowed'] },
  tool_circuit_breaker_state: { type: 'gauge', help: 'State of the circuit breaker: 0 CLOSED, 1 OPEN, 2 HALF_OPEN.', labels: ['tool'] },
  tool_calls_in_flight: { type: 'gauge', help: 'Tool calls under way.', labels: ['tool', 'namespace'] },
  tool_cache_stale_total: { type: 'counter', help: 'Results served beyond their time.', labels: ['tool', 'reason'] },
  tool_rate_limit_wait_seconds: {
    type: 'histogram',
    help: 'Time for which calls that the rate limit let through had to wait, in seconds.',
    labels: ['tool'],
  },
  tool_retry_calls_total: { type: 'counter', help: 'Calls of tools that retry, by what became of them.', labels: ['tool', 'kind'] },
  tool_circuit_breaker_transitions_total: {
    type: 'counter',
    help: 'Changes of state of the circuit breaker.',
    labels: ['tool', 'from', 'to'],
  },
  tool_bulkhead_checks_total: { type: 'counter', help: 'Decisions of the bulkhead.', labels: ['tool', 'allowed'] },
  tool_bulkhead_queue: { type: 'gauge', help: 'Attempts that wait for a place in the bulkhead.', labels: ['tool'] },
  tool_timeouts_total: { type: 'counter', help: 'Time limits that were reached.', labels: ['tool', 'scope'] },
  tool_hedges_total: {
    type: 'counter',
    help: 'Attempts beside which another one was run, by who answered first.',
    labels: ['tool', 'won'],
  },
  tool_fallbacks_total: { type: 'counter', help: 'Calls that a fallback answered.', labels: ['tool'] },
  tool_callback_errors_total: {
    type: 'counter',
    help: 'Callbacks in the options of a tool that threw, or gave what is no answer.',
    labels: ['tool', 'option'],
  },
  tool_telemetry_errors_total: { type: 'counter', help: 'What went wrong inside telemetry itself.', labels: ['kind'] },
} as const satisfies Record<string, MetricDefinition>;

/** How a circuit may change, by hand included. */
export const TRANSITIONS = [
  ['CLOSED', 'OPEN'],
  ['OPEN', 'HALF_OPEN'],
  ['HALF_OPEN', 'CLOSED'],
  ['HALF_OPEN', 'OPEN'],
  ['OPEN', 'CLOSED'],
] as const satisfies readonly (readonly [CircuitState, CircuitState])[];

/** What may become of a call of a tool that retries. */
export const RETRY_OUTCOMES = [
  'successful_without_retry',
  'successful_with_retry',
  'failed_without_retry',
  'failed_with_retry',
] as const satisfies readonly RetryOutcome[];

/** The name of a metric of ours. */
export type MetricName = keyof typeof METRICS;

/** Values of the label `kind` of `tool_telemetry_errors_total`. */
export const FAULT_KINDS = ['span', 'dropped_span', 'export', 'scrape'] as const;

/** What went wrong inside telemetry. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Upper bounds of the duration buckets, in seconds; `+Inf` is implied. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Values of the state gauge. */
export const STATE_VALUE: Readonly<Record<CircuitState, number>> = { CLOSED: 0, OPEN: 1, HALF_OPEN: 2 };

/** Which of two states of one tool name is shown: the one that stands earlier. */
export const WORST_FIRST: readonly CircuitState[] = ['OPEN', 'HALF_OPEN', 'CLOSED'];

/** Retries whose series exist before they happen. */
export const MAX_ANNOUNCED_RETRIES = 10;

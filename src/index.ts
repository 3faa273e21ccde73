export {
  Bulkhead,
  Cached,
  CircuitBreaker,
  Fallback,
  Hedge,
  RateLimited,
  Retry,
  Timeout,
  Tool,
  Use,
  tool,
  circuit,
  currentCall,
  configureTools,
  describeTool,
  invalidate,
  listTools,
  rateLimit,
  resetTools,
  traceToolExecution,
} from './tools.js';

export { metricsHandler } from './bootstrap/endpoint/handler.js';

export {
  getMetrics,
  getTracer,
  initMetrics,
  initTracer,
  isMetricsEnabled,
  isTracingEnabled,
  pushMetrics,
  setupObservability,
  shutdownObservability,
  startMetricsServer,
} from './bootstrap/setup.js';

export {
  BulkheadFullError,
  CircuitOpenError,
  ConfigurationError,
  RateLimitError,
  ToolError,
  ToolRefusedError,
  ToolTimeoutError,
} from './core/errors.js';

export { traceContext, type TraceContext } from './bootstrap/logs/trace-context.js';
export { withTraceContext } from './bootstrap/logs/with-trace-context.js';
export { redactSecrets } from './telemetry/disclosure.js';

export type { Attributes, AttributeValue } from './core/attributes.js';
export type { AnyFunction } from './core/call.js';
export type { Duration } from './core/duration.js';
export type {
  BulkheadFullData,
  CircuitOpenData,
  CircuitOpenReason,
  CircuitWindowData,
  RateLimitData,
  RateLimitReason,
  ToolErrorCause,
  ToolErrorCode,
  ToolErrorData,
  ToolRefusalData,
  ToolRetryData,
  ToolTimeoutData,
  WaitedFor,
} from './core/error-data.js';
export type { ToolErrorSubject } from './core/errors.js';
export type { CircuitState } from './core/events.js';
export type { Logger } from './core/logger.js';
export type { Context, ExceptionLike, Span, SpanContext, SpanLink, SpanOptions, TimeInput, Tracer, TraceState } from './core/span.js';
export type {
  AsyncFunction,
  AsyncStream,
  CachedDecorator,
  ClassTarget,
  DecoratorFor,
  PolicyDecorator,
  ToolDecorator,
  WaitingFunction,
} from './decorators/decorator.js';
export type { FunctionToolOptions, PlainToolOptions } from './decorators/function-options.js';
export type {
  AnyClass,
  Card as ToolMetadata,
  ClassCard as ToolClassMetadata,
  Member as ToolMember,
  Parts as ToolParts,
  ToolForm,
  ToolOptions,
  UseOptions,
} from './metadata/card.js';
export type { FunctionPolicies } from './metadata/parts.js';
export type { CurrentCall } from './pipeline/current-call.js';
export type { TraceToolOptions } from './pipeline/by-hand.js';
export type { DefaultPolicies, NamedPolicies, ToolsConfiguration } from './pipeline/configure.js';
export type { JsonValue, PolicyDescription, ToolDescription } from './pipeline/describe.js';
export type { CircuitHandle, RateLimitHandle } from './pipeline/handles.js';
export type { PolicyName } from './pipeline/resolve-policies.js';
export type { Jitter } from './policies/retry/backoff.js';
export type { BulkheadOptions } from './policies/bulkhead/bulkhead.js';
export type { CachedOptions } from './policies/cache/cache-options.js';
export type { CircuitBreakerOptions, CircuitMode } from './policies/circuit/circuit-options.js';
export type { FallbackFunction, FallbackOptions } from './policies/fallback.js';
export type { HedgeOptions, Quantile } from './policies/hedge/hedge.js';
export type { RateLimitPeek } from './policies/rate-limit/limiter.js';
export type { RateLimitedOptions, RateOptions } from './policies/rate-limit/rate-limit.js';
export type { RetryOptions } from './policies/retry/retry.js';
export type { RetryBudgetOptions } from './policies/retry/retry-budget.js';
export type { TimeoutOptions } from './policies/timeout.js';
export type { CaptureOptions } from './bootstrap/capture.js';
export type { PushgatewayOptions } from './bootstrap/deliveries/pushgateway.js';
export type { MetricsServerOptions, ObservabilityOptions, TracingOptions } from './bootstrap/options.js';
export type { MetricsAuth } from './bootstrap/endpoint/auth.js';
export type { MetricsHandler, MetricsHandlerOptions, MetricsHttpRequest, MetricsHttpResponse } from './bootstrap/endpoint/handler.js';
export type { ObservabilityStatus } from './bootstrap/setup.js';
export type { FailedCall } from './telemetry/failure-log.js';
export type { DisclosedContent } from './telemetry/disclosure.js';
export type { Exposition, MetricsRegistry } from './telemetry/exposition.js';

export {
  Cached,
  CircuitBreaker,
  RateLimited,
  Retry,
  Tool,
  tool,
  currentCall,
  configureTools,
  describeTool,
  listTools,
  resetTools,
  traceToolExecution,
} from './tools.js';

export {
  getMetrics,
  getTracer,
  initMetrics,
  initTracer,
  isMetricsEnabled,
  isTracingEnabled,
  setupObservability,
  shutdownObservability,
  startMetricsServer,
} from './bootstrap/setup.js';

export { CircuitOpenError, ConfigurationError, RateLimitError, ToolError, ToolRefusedError } from './core/errors.js';

export type { Attributes, AttributeValue } from './core/attributes.js';
export type { AnyFunction } from './core/call.js';
export type { Duration } from './core/duration.js';
export type { RateLimitReason, ToolErrorCode, ToolErrorSubject } from './core/errors.js';
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
export type { FunctionPolicies, FunctionToolOptions, PlainToolOptions } from './decorators/function-tool.js';
export type {
  AnyClass,
  Card as ToolMetadata,
  ClassCard as ToolClassMetadata,
  Member as ToolMember,
  Parts as ToolParts,
  ToolForm,
  ToolOptions,
} from './metadata/card.js';
export type { CurrentCall } from './pipeline/current-call.js';
export type { TraceToolOptions } from './pipeline/by-hand.js';
export type { ToolsConfiguration } from './pipeline/configure.js';
export type { PolicyDescription, ToolDescription } from './pipeline/describe.js';
export type { CachedOptions } from './policies/cache.js';
export type { CircuitBreakerOptions } from './policies/circuit-breaker.js';
export type { RateLimitedOptions, RateOptions } from './policies/rate-limit.js';
export type { RetryOptions } from './policies/retry.js';
export type { MetricsServerOptions, ObservabilityOptions, TracingOptions } from './bootstrap/options.js';
export type { ObservabilityStatus } from './bootstrap/setup.js';
export type { Exposition, MetricsRegistry } from './telemetry/exposition.js';

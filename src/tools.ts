// The part of the front door that tools need, a file of its own: so index is nothing but names, and bundlers drop what is not used.
export { Bulkhead } from './decorators/bulkhead.js';
export { Cached } from './decorators/cached.js';
export { CircuitBreaker } from './decorators/circuit-breaker.js';
export { Fallback } from './decorators/fallback.js';
export { Hedge } from './decorators/hedge.js';
export { RateLimited } from './decorators/rate-limited.js';
export { Retry } from './decorators/retry.js';
export { Timeout } from './decorators/timeout.js';
export { Tool } from './decorators/tool.js';
export { Use } from './decorators/use.js';
export { tool } from './decorators/function-tool.js';

export { currentCall } from './pipeline/current-call.js';
export { configureTools } from './pipeline/configure.js';
export { circuit, invalidate, rateLimit } from './pipeline/handles.js';
export { describeTool, listTools } from './pipeline/describe.js';
export { resetTools } from './pipeline/runtime.js';
export { traceToolExecution } from './pipeline/by-hand.js';

export { createTestClock } from './testing/test-clock.js';
export { createTestObservability } from './testing/test-observability.js';

export type { Clock, Random } from './core/clock.js';
export type { TestSpan, TestSpanEvent } from './testing/memory-tracer.js';
export type { TestClock, TestClockOptions } from './testing/test-clock.js';
export type { TestObservability, TestObservabilityOptions } from './testing/test-observability.js';

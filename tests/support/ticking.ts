import type { Clock } from '../../src/core/clock.js';
import type { TestSpan } from '../../src/testing.js';

/** The clock of a test, but that every look at it comes a little later than the one before, as with a real one. */
export function ticking(clock: Clock): Clock {
  let ticks = 0;
  return {
    now: () => clock.now() + (ticks += 1e-3),
    wallTime: () => clock.wallTime() + ticks,
    setTimer: (...args) => clock.setTimer(...args),
  };
}

/** Spans that end after the span around them has ended: there should be none. */
export function spansThatOutlast(spans: readonly TestSpan[]): TestSpan[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.filter(({ parentSpanId, endTime }) => {
    const parent = parentSpanId === undefined ? undefined : byId.get(parentSpanId);
    return parent !== undefined && endTime > parent.endTime;
  });
}

import type { Attributes } from '../core/attributes.js';
import type { PolicyEvent } from '../core/events.js';
import type { Span, TimeInput } from '../core/span.js';
import { typeOf } from '../core/thrown.js';
import { ATTRIBUTE, MARK } from './catalogue.js';
import { recordException, type Shown } from './exceptions.js';

/** Where a moment is written down. */
export interface Place {
  /** The span that is open where it happened: the attempt's, or the call's. */
  readonly span: Span;
  /** The span of the call. */
  readonly root: Span;
  readonly time: TimeInput;
  /** Milliseconds that the call waited for the bulkhead so far. */
  readonly waitedMs: number;
  readonly shown: Shown;
}

type Marks = { readonly [Type in PolicyEvent['type']]?: (place: Place, event: Extract<PolicyEvent, { type: Type }>) => void };

/** How each moment is written down; what is not here is only counted, or a span of its own. */
const MARKS: Marks = {
  'cache.stale'(place, { reason, staleMs, error }) {
    place.root.setAttribute(ATTRIBUTE.toolStale, true);
    say(place, MARK.staleServed, { [ATTRIBUTE.cacheStaleReason]: reason, [ATTRIBUTE.cacheStaleMs]: staleMs });
    if (reason === 'error') recordException(place.span, error, place.time, place.shown);
  },
  'retry.wait': (place, { delayMs, error }) =>
    say(place, MARK.retryWait, { [ATTRIBUTE.retryDelayMs]: delayMs, ...(error !== undefined && { [ATTRIBUTE.errorType]: typeOf(error) }) }),
  'retry.budget_exhausted': (place) => say(place, MARK.retryBudgetExhausted),
  'circuit_breaker.transition': (place, { from, to }) =>
    say(place, MARK.circuitTransition, { [ATTRIBUTE.circuitFrom]: from, [ATTRIBUTE.circuitTo]: to }),
  'bulkhead.admitted': ({ root, waitedMs }) => void root.setAttribute(ATTRIBUTE.bulkheadWaitedMs, waitedMs),
  'bulkhead.refused'(place) {
    place.root.setAttribute(ATTRIBUTE.bulkheadWaitedMs, place.waitedMs);
    say(place, MARK.bulkheadRefused);
  },
  timeout(place, { timeoutMs, scope }) {
    place.span.setAttribute(ATTRIBUTE.toolTimeoutMs, timeoutMs);
    say(place, MARK.timeout, { [ATTRIBUTE.toolTimeoutMs]: timeoutMs, [ATTRIBUTE.toolTimeoutScope]: scope });
  },
  'hedge.started'(place, { hedge }) {
    place.root.setAttribute(ATTRIBUTE.toolHedged, true);
    say(place, MARK.hedgeStarted, { [ATTRIBUTE.hedgeNumber]: hedge });
  },
  'hedge.finished': (place, { won }) => say(place, MARK.hedgeFinished, { [ATTRIBUTE.hedgeWon]: won }),
  fallback(place, { error }) {
    place.root.setAttribute(ATTRIBUTE.toolFallback, true);
    say(place, MARK.fallback);
    recordException(place.span, error, place.time, place.shown);
  },
  'callback.broken': (place, { option }) => say(place, MARK.callbackBroken, { [ATTRIBUTE.toolOption]: option }),
};

function say({ span, time }: Place, name: string, attributes: Attributes = {}): void {
  span.addEvent(name, attributes, time);
}

/** Writes a moment down: as an event on the span, and as attributes where somebody may want to search for them. */
export function mark(place: Place, event: PolicyEvent): void {
  MARKS[event.type]?.(place, event as never);
}

import type { PolicyEvent } from '../core/events.js';
import { RETRY_OUTCOMES, TRANSITIONS } from './catalogue.js';
import type { Tally } from './tally.js';

type Counts = { readonly [Type in PolicyEvent['type']]: (tally: Tally, event: Extract<PolicyEvent, { type: Type }>) => void };

/** What each event counts. */
const COUNT: Counts = {
  'cache.lookup'(tally, { hit }) {
    if (hit) tally.hits += 1;
    else tally.misses += 1;
  },
  'cache.coalesced': () => undefined,
  'cache.set'(tally, event) {
    if (!('error' in event)) tally.sets += 1;
  },
  'cache.stale'(tally, { reason }) {
    if (reason === 'error') tally.staleInsteadOfError += 1;
    else tally.staleWhileRevalidating += 1;
  },
  'rate_limit.check'(tally, { allowed, waitedMs }) {
    if (!allowed) tally.refused += 1;
    else {
      tally.allowed += 1;
      tally.wait(waitedMs / 1_000);
    }
  },
  'retry.wait': () => undefined,
  'retry.budget_exhausted': () => undefined,
  'retry.finished'(tally, { outcome }) {
    tally.retryOutcomes[RETRY_OUTCOMES.indexOf(outcome)]! += 1;
  },
  'circuit_breaker.check': () => undefined,
  'circuit_breaker.failure'(tally) {
    tally.circuitFailures += 1;
  },
  'circuit_breaker.transition'(tally, { from, to }) {
    tally.transitions[TRANSITIONS.findIndex((known) => known[0] === from && known[1] === to)]! += 1;
  },
  'bulkhead.admitted'(tally) {
    tally.bulkheadAdmitted += 1;
  },
  'bulkhead.refused'(tally) {
    tally.bulkheadRefused += 1;
  },
  timeout(tally, { scope }) {
    if (scope === 'call') tally.totalTimeouts += 1;
    else tally.attemptTimeouts += 1;
  },
  'hedge.started': () => undefined,
  'hedge.finished'(tally, { won }) {
    if (won) tally.hedgesWon += 1;
    else tally.hedgesLost += 1;
  },
  fallback(tally) {
    tally.fallbacks += 1;
  },
  'callback.broken'(tally, { option }) {
    tally.broken(option);
  },
};

/** Counts an event. */
export function count(tally: Tally, event: PolicyEvent): void {
  COUNT[event.type](tally, event as never);
}

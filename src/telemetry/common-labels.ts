import { FAULT_KINDS, MAX_ANNOUNCED_RETRIES, RETRY_OUTCOMES, TRANSITIONS } from './catalogue.js';
import { labels, type Labels } from './labels.js';

// Labels that many series have in common are written down once.
export const SUCCESS = labels({ status: 'success' });
export const ERROR = labels({ status: 'error' });
export const HIT = labels({ operation: 'lookup', result: 'hit' });
export const MISS = labels({ operation: 'lookup', result: 'miss' });
export const SET = labels({ operation: 'set', result: 'set' });
export const ALLOWED = labels({ allowed: 'true' });
export const REFUSED = labels({ allowed: 'false' });
export const REVALIDATE = labels({ reason: 'revalidate' });
export const INSTEAD_OF_ERROR = labels({ reason: 'error' });
export const OF_ATTEMPT = labels({ scope: 'attempt' });
export const OF_CALL = labels({ scope: 'call' });
export const WON = labels({ won: 'true' });
export const LOST = labels({ won: 'false' });
export const OUTCOMES = RETRY_OUTCOMES.map((kind) => labels({ kind }));
export const MOVES = TRANSITIONS.map(([from, to]) => labels({ from, to }));
export const FAULTS = FAULT_KINDS.map((kind) => ({ kind, whose: labels({ kind }) }));

let lastBounds: readonly number[] | undefined;
let lastBuckets: readonly Labels[] = [];

/** The labels of buckets, kept: there is one set of them in a process. */
export function bucketsOf(bounds: readonly number[]): readonly Labels[] {
  if (bounds !== lastBounds) {
    lastBounds = bounds;
    lastBuckets = [...bounds.map(String), '+Inf'].map((le) => labels({ le }));
  }
  return lastBuckets;
}

/** The labels of an attempt, by what became of it. */
export interface AttemptLabels {
  readonly succeeded: Labels;
  readonly failed: Labels;
}

const ATTEMPTS = Array.from({ length: MAX_ANNOUNCED_RETRIES + 1 }, (_, attempt) => makeAttemptLabels(attempt));

export function attemptLabels(attempt: number): AttemptLabels {
  return ATTEMPTS[attempt] ?? makeAttemptLabels(attempt);
}

function makeAttemptLabels(number: number): AttemptLabels {
  const attempt = String(number);
  return { succeeded: labels({ attempt, success: 'true' }), failed: labels({ attempt, success: 'false' }) };
}

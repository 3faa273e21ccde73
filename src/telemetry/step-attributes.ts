import type { Attributes } from '../core/attributes.js';
import type { PolicyEvent } from '../core/events.js';
import type { RateLimitReason } from '../core/error-data.js';
import { ATTRIBUTE } from './catalogue.js';

/** An event that becomes a span. */
export type StepEvent = Extract<PolicyEvent, { startedAt: number }>;

type Of<Type extends StepEvent['type']> = Extract<StepEvent, { type: Type }>;

const HIT: Attributes = { [ATTRIBUTE.cacheOperation]: 'lookup', [ATTRIBUTE.cacheHit]: true };
const MISS: Attributes = { [ATTRIBUTE.cacheOperation]: 'lookup', [ATTRIBUTE.cacheHit]: false };

const ALLOWED: Attributes = { [ATTRIBUTE.rateLimitAllowed]: true };
const REFUSED: Readonly<Record<RateLimitReason, Attributes>> = {
  global_limit: { [ATTRIBUTE.rateLimitAllowed]: false, [ATTRIBUTE.rateLimitReason]: 'global_limit' },
  tool_limit: { [ATTRIBUTE.rateLimitAllowed]: false, [ATTRIBUTE.rateLimitReason]: 'tool_limit' },
};
const REFUSED_UNSAID: Attributes = { [ATTRIBUTE.rateLimitAllowed]: false };

/**
 * What the spans of one tool's steps say, besides its name. From call to call it is nearly always the same, and an object with such keys
 * costs as much to make as a third of a span: so each is made once, and kept as long as it will do.
 */
export class StepAttributes {
  #set: Attributes = {};
  #ttlMs: number | undefined;
  #check: Attributes = {};
  #state: string | undefined;
  #failureCount = 0;

  of(event: StepEvent): Attributes {
    switch (event.type) {
      case 'cache.lookup':
        return event.hit ? HIT : MISS;
      case 'cache.set':
        return this.#ofSet(event);
      case 'rate_limit.check':
        if (event.allowed) return ALLOWED;
        return event.reason ? REFUSED[event.reason] : REFUSED_UNSAID;
      case 'circuit_breaker.check':
        return this.#ofCheck(event);
    }
  }

  #ofSet({ ttlMs }: Of<'cache.set'>): Attributes {
    if (ttlMs !== this.#ttlMs) {
      this.#ttlMs = ttlMs;
      this.#set = { [ATTRIBUTE.cacheOperation]: 'set', [ATTRIBUTE.cacheTtl]: ttlMs / 1_000 };
    }
    return this.#set;
  }

  #ofCheck({ state, failureCount }: Of<'circuit_breaker.check'>): Attributes {
    if (state !== this.#state || failureCount !== this.#failureCount) {
      this.#state = state;
      this.#failureCount = failureCount;
      this.#check = { [ATTRIBUTE.circuitState]: state, [ATTRIBUTE.circuitFailureCount]: failureCount };
    }
    return this.#check;
  }
}

import { checkOptions, duration, nonEmptyText, plainObject, reject, text, type Rule, type Rules, type Subject } from '../core/options.js';
import type { Parts, ToolOptions } from '../metadata/card.js';
import { cacheRules } from '../policies/cache.js';
import { circuitBreakerRules } from '../policies/circuit-breaker.js';
import { rateLimitRules } from '../policies/rate-limit.js';
import { retryRules } from '../policies/retry.js';

/** What a decorator writes on a card. */
export type PartName = keyof Parts;

const toolRules: Rules<ToolOptions> = {
  name: nonEmptyText,
  namespace: nonEmptyText,
  description: text,
  attributes: plainObject,
  streamIdleTimeout: duration,
};

/** How each part is written: the decorator, the rules, and the option that a bare value stands for. */
const PARTS: {
  readonly [Name in PartName]-?: { decorator: string; rules: Readonly<Record<string, Rule>>; short?: string; required?: readonly string[] };
} = {
  tool: { decorator: '@Tool', rules: toolRules, short: 'name' },
  cached: { decorator: '@Cached', rules: cacheRules, short: 'ttl' },
  rateLimited: { decorator: '@RateLimited', rules: rateLimitRules, required: ['limit', 'per'] },
  retry: { decorator: '@Retry', rules: retryRules, short: 'maxRetries' },
  circuitBreaker: { decorator: '@CircuitBreaker', rules: circuitBreakerRules },
};

/** `@Retry` for `retry`. */
export function decoratorName(part: PartName): string {
  return PARTS[part].decorator;
}

/**
 * A decorator's argument, checked: a bare value becomes the option it stands for, durations become milliseconds.
 * @throws ConfigurationError naming the option in its long form.
 */
export function checkPart(part: PartName, given: unknown, subject: Subject): Parts[PartName] {
  const { rules, short, required = [] } = PARTS[part];
  const isBare = short !== undefined && given !== undefined && (typeof given !== 'object' || given === null);
  const checked: Record<string, unknown> = checkOptions<Record<string, unknown>>(
    subject,
    rules,
    isBare ? { [short]: given } : (given ?? {}),
  );
  for (const option of required) {
    if (checked[option] === undefined) reject(subject, option, undefined, rules[option]!.allowed);
  }
  return checked;
}

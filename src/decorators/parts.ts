import { ConfigurationError, memberOf } from '../core/errors.js';
import {
  checkOptions,
  duration,
  nonEmptyText,
  plainObject,
  reject,
  shown,
  text,
  unknownOption,
  type Rule,
  type Rules,
  type Subject,
} from '../core/options.js';
import type { Parts, ToolOptions } from '../metadata/card.js';
import { cacheRules } from '../policies/cache.js';
import { circuitBreakerRules } from '../policies/circuit-breaker.js';
import { rateLimitRules } from '../policies/rate-limit.js';
import { retryRules } from '../policies/retry.js';

/** What a decorator writes on a card. */
export type PartName = keyof Parts;

export const toolRules: Rules<ToolOptions> = {
  name: nonEmptyText,
  namespace: nonEmptyText,
  description: text,
  attributes: plainObject,
  streamIdleTimeout: duration,
};

/** How a part is written. */
interface PartForm {
  readonly decorator: string;
  readonly rules: Readonly<Record<string, Rule>>;
  /** The option that a bare value stands for. */
  readonly short?: string;
  readonly required?: readonly string[];
  /** Options to start from, for who wrote something else. */
  readonly example: string;
}

const PARTS: { readonly [Name in PartName]-?: PartForm } = {
  tool: { decorator: '@Tool', rules: toolRules, short: 'name', example: "{ name: 'search' }" },
  cached: { decorator: '@Cached', rules: cacheRules, short: 'ttl', example: "{ ttl: '5m' }" },
  rateLimited: { decorator: '@RateLimited', rules: rateLimitRules, required: ['limit', 'per'], example: "{ limit: 10, per: '1s' }" },
  retry: { decorator: '@Retry', rules: retryRules, short: 'maxRetries', example: '{ maxRetries: 3 }' },
  circuitBreaker: { decorator: '@CircuitBreaker', rules: circuitBreakerRules, example: '{} for the defaults' },
};

/** The policies, by their keys in `tool()`. */
export const POLICY_PARTS = Object.keys(PARTS).filter((part) => part !== 'tool') as Exclude<PartName, 'tool'>[];

/** `@Retry` for `retry`. */
export function decoratorName(part: PartName): string {
  return PARTS[part].decorator;
}

/**
 * A decorator's argument, checked: a bare value becomes the option it stands for, durations become milliseconds.
 * @throws ConfigurationError naming the option in its long form.
 */
export function checkPart(part: PartName, given: unknown, subject: Subject): Parts[PartName] {
  const { rules, required = [] } = PARTS[part];
  const options = optionsOf(part, given, subject);
  if (part === 'tool') refusePolicies(options, subject);
  const checked: Record<string, unknown> = checkOptions<Record<string, unknown>>(subject, rules, options);
  for (const option of required) {
    if (checked[option] === undefined) reject(subject, option, undefined, rules[option]!.allowed);
  }
  return checked;
}

/** The long form of what was given. */
function optionsOf(part: PartName, given: unknown, subject: Subject): object {
  const { short, example } = PARTS[part];
  if (given === undefined) return {};
  if (plainObject.parse(given) !== undefined) return given as object;
  if (short !== undefined && (typeof given !== 'object' || given === null)) return { [short]: given };
  throw new ConfigurationError(`${subject.title}: options must be an object, got ${shown(given)}; write ${example}`, subject);
}

/** A policy has a decorator of its own; `tool()` has taken its policies out already. */
function refusePolicies(given: unknown, subject: Subject): void {
  for (const policy of POLICY_PARTS) {
    const value = memberOf(given, policy);
    if (value === undefined) continue;
    throw unknownOption(subject, policy, value, Object.keys(toolRules), `write ${decoratorName(policy)} beside @Tool`);
  }
}

import type { Typing } from '../core/callbacks.js';
import { ConfigurationError } from '../core/errors.js';
import { memberOf } from '../core/thrown.js';
import type { Duration } from '../core/duration.js';
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
import { bulkheadRules, type BulkheadOptions } from '../policies/bulkhead/bulkhead.js';
import { cacheRules, type CachedOptions } from '../policies/cache/cache-options.js';
import { circuitBreakerRules, type CircuitBreakerOptions } from '../policies/circuit/circuit-options.js';
import { fallbackRules, type AnyResult, type FallbackFunction, type FallbackPart } from '../policies/fallback.js';
import { hedgeRules, type HedgeOptions } from '../policies/hedge/hedge.js';
import { rateLimitRules, type RateLimitedOptions } from '../policies/rate-limit/rate-limit.js';
import { retryRules, type RetryOptions } from '../policies/retry/retry.js';
import { timeoutRules, type TimeoutOptions } from '../policies/timeout.js';
import type { Parts, ToolOptions, UseOptions } from './card.js';
import { conflictIn } from './contradictions.js';

/** What a decorator writes on a card. */
export type PartName = keyof Parts;

/**
 * Policies of a tool, each as its decorator takes it.
 * @typeParam Args what the tool is called with
 * @typeParam Result what it gives
 * @typeParam Instead what may take the place of that
 */
export interface FunctionPolicies<
  Args extends readonly unknown[] = unknown[],
  Result = unknown,
  Instead = AnyResult,
  How extends Typing = 'loose',
> {
  cached?: Duration | CachedOptions<Args, Result, How>;
  rateLimited?: RateLimitedOptions<Args, How>;
  retry?: number | RetryOptions<Result, How>;
  circuitBreaker?: CircuitBreakerOptions<Result, How>;
  /** A duration is the limit of an attempt. */
  timeout?: Duration | TimeoutOptions;
  /** A number is `maxConcurrent`. */
  bulkhead?: number | BulkheadOptions;
  /** What to give in place of an error: a function of the error and the arguments, or anything else as it is. */
  fallback?: FallbackFunction<Args, Instead> | Instead;
  /** A duration or a quantile is `after`. */
  hedge?: HedgeOptions['after'] | HedgeOptions;
  /** Names of policies that `configureTools({ policies })` knows. */
  use?: string | readonly string[];
}

export const toolRules: Rules<ToolOptions> = {
  name: nonEmptyText,
  namespace: nonEmptyText,
  description: text,
  attributes: plainObject,
  streamIdleTimeout: duration,
};

const useRules: Rules<UseOptions> = {
  policies: {
    allowed: 'one or more names of policies',
    parse(value) {
      const names: unknown[] = Array.isArray(value) ? value : [value];
      return names.length > 0 && names.every((name) => nonEmptyText.parse(name) !== undefined) ? names : undefined;
    },
  },
};

/** How a part is written. */
interface PartForm {
  readonly decorator: string;
  readonly rules: Readonly<Record<string, Rule>>;
  /** The option that a bare value stands for. */
  readonly short?: string;
  /** Makes the options out of what was given, whatever it is. */
  readonly optionsOf?: (given: unknown) => object;
  readonly required?: readonly string[];
  /** Options that a user may write. Default: all. */
  readonly known?: readonly string[];
  /** Options to start from, for who wrote something else. */
  readonly example: string;
}

const PARTS: { readonly [Name in PartName]-?: PartForm } = {
  tool: { decorator: '@Tool', rules: toolRules, short: 'name', example: "{ name: 'search' }" },
  cached: { decorator: '@Cached', rules: cacheRules, short: 'ttl', example: "{ ttl: '5m' }" },
  rateLimited: { decorator: '@RateLimited', rules: rateLimitRules, required: ['limit', 'per'], example: "{ limit: 10, per: '1s' }" },
  retry: { decorator: '@Retry', rules: retryRules, short: 'maxRetries', example: '{ maxRetries: 3 }' },
  circuitBreaker: { decorator: '@CircuitBreaker', rules: circuitBreakerRules, example: '{} for the defaults' },
  timeout: { decorator: '@Timeout', rules: timeoutRules, short: 'attempt', example: "{ attempt: '5s' }" },
  bulkhead: {
    decorator: '@Bulkhead',
    rules: bulkheadRules,
    short: 'maxConcurrent',
    required: ['maxConcurrent'],
    example: '{ maxConcurrent: 10 }',
  },
  fallback: { decorator: '@Fallback', rules: fallbackRules, optionsOf: fallbackOptions, known: ['fallbackIf'], example: 'a value' },
  hedge: { decorator: '@Hedge', rules: hedgeRules, short: 'after', required: ['after'], example: "{ after: '200ms' }" },
  use: { decorator: '@Use', rules: useRules, optionsOf: (policies) => ({ policies }), example: "'upstream'" },
};

const FALLBACK = Symbol.for('toolspan.fallback');

/** Marks options of `@Fallback` that are written out, for any other object is the value to give. */
export function writtenFallback(part: FallbackPart): FallbackPart {
  return Object.defineProperty(part, FALLBACK, { value: true });
}

function fallbackOptions(given: unknown): FallbackPart {
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, FALLBACK)) return given;
  return typeof given === 'function' ? { handler: given as FallbackFunction } : { value: { result: given } };
}

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
export function checkPart(part: PartName, given: unknown, subject: Subject, required = PARTS[part].required ?? []): Parts[PartName] {
  const { rules } = PARTS[part];
  const options = PARTS[part].optionsOf?.(given) ?? optionsOf(part, given, subject);
  if (part === 'tool') refusePolicies(options, subject);
  const checked: Record<string, unknown> = checkOptions<Record<string, unknown>>(subject, rules, options, PARTS[part].known);
  for (const option of required) {
    if (checked[option] === undefined) reject(subject, option, undefined, rules[option]!.allowed);
  }
  const conflict = conflictIn(part, checked);
  if (conflict) reject(subject, conflict.option, checked[conflict.option], conflict.allowed);
  return checked;
}

/**
 * Policies as they are given by their keys, checked.
 * @param required the options that must be there; default: those that each policy cannot do without
 * @throws ConfigurationError naming the policy and the option
 */
export function checkPolicies(given: Omit<FunctionPolicies, 'use'>, subject: Subject, required?: readonly string[]): Parts {
  const policies = POLICY_PARTS.filter((part) => part !== 'use');
  const parts: Parts = {};
  for (const [policy, value] of Object.entries<unknown>(given)) {
    if (!(policies as string[]).includes(policy)) throw unknownOption(subject, policy, value, policies);
    if (value === undefined) continue;
    const checked = checkPart(policy as PartName, value, { ...subject, title: `${subject.title} ${policy}` }, required);
    Object.assign(parts, { [policy]: checked });
  }
  return parts;
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

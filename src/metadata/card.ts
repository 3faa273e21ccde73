import 'reflect-metadata';
import type { Attributes } from '../core/attributes.js';
import type { AnyFunction } from '../core/call.js';
import type { CachedOptions } from '../policies/cache.js';
import type { CircuitBreakerOptions } from '../policies/circuit-breaker.js';
import type { RateLimitedOptions } from '../policies/rate-limit.js';
import type { RetryOptions } from '../policies/retry.js';

/** What `@Tool` says of a tool. */
export interface ToolOptions {
  /** Default: the method's name; for a class whose tool is `execute`, the class's name. */
  name?: string;
  /** Default: the namespace of the class's `@Tool`, else `default`. */
  namespace?: string;
  /** What the tool does, for people and language models; becomes `gen_ai.tool.description`. */
  description?: string;
  /** Attributes of the tool's own, set on its call span as they are. */
  attributes?: Attributes;
}

/** What the decorators wrote: one part for each, checked, durations in milliseconds, only the options given. */
export interface Parts {
  tool?: ToolOptions;
  cached?: CachedOptions;
  rateLimited?: RateLimitedOptions;
  retry?: RetryOptions;
  circuitBreaker?: CircuitBreakerOptions;
}

/** The record that a decorated function carries. */
export interface Card {
  /** The user's function, as it was. */
  readonly fn: AnyFunction;
  readonly parts: Parts;
  /** Class and method for error messages: `Calculator.add`. */
  readonly place: string;
  /** The name where no decorator gives one: the method's, or the function's. */
  readonly defaultName: string;
  /** The class whose member it is; absent for a function of `tool()`. */
  readonly home?: AnyClass;
  /** True for the `execute` of a class that was decorated as a whole: then the class gives the name. */
  readonly isClassForm: boolean;
}

/** What decorators wrote on a class: defaults for its tools. */
export interface ClassCard {
  readonly parts: Parts;
  /** The `execute` that the class's name belongs to. */
  execute?: Card;
}

/** A class, abstract or not. */
export type AnyClass = abstract new (...args: never[]) => unknown;

/** Documented key of the card in reflect-metadata: on the decorated function, and on class and property as well. */
export const CARD = 'toolspan:card';

/** Documented key of the class card. */
export const CLASS_CARD = 'toolspan:class';

/** The card a function carries. */
export function cardOf(fn: object): Card | undefined {
  return Reflect.getOwnMetadata(CARD, fn) as Card | undefined;
}

/** The card of a member, also where a foreign decorator put a function of its own over ours. */
export function cardAt(target: object, key: PropertyKey): Card | undefined {
  return Reflect.getOwnMetadata(CARD, target, metadataKey(key)) as Card | undefined;
}

/** Hangs the card on the function, and on the member where there is one. */
export function hangCard(card: Card, fn: object, target?: object, key?: PropertyKey): void {
  Reflect.defineMetadata(CARD, card, fn);
  if (target !== undefined && key !== undefined) Reflect.defineMetadata(CARD, card, target, metadataKey(key));
}

/** The class's own card, if decorators wrote one. */
export function classCardOf(target: AnyClass): ClassCard | undefined {
  return Reflect.getOwnMetadata(CLASS_CARD, target) as ClassCard | undefined;
}

/** The class's own card, made if there is none. */
export function ensureClassCard(target: AnyClass): ClassCard {
  const existing = classCardOf(target);
  if (existing) return existing;
  const made: ClassCard = { parts: {} };
  Reflect.defineMetadata(CLASS_CARD, made, target);
  return made;
}

/** What others wrote on the function stays readable on the one that takes its place. */
export function copyMetadata(from: object, to: object): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
  }
}

function metadataKey(key: PropertyKey): string | symbol {
  return typeof key === 'number' ? String(key) : key;
}

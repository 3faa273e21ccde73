import './reflect.cjs';
import type { Attributes } from '../core/attributes.js';
import type { AnyFunction } from '../core/call.js';
import type { Duration } from '../core/duration.js';
import { ConfigurationError } from '../core/errors.js';
import type { BulkheadOptions } from '../policies/bulkhead/bulkhead.js';
import type { CachedOptions } from '../policies/cache/cache-options.js';
import type { CircuitBreakerOptions } from '../policies/circuit/circuit-options.js';
import type { FallbackPart } from '../policies/fallback.js';
import type { HedgeOptions } from '../policies/hedge/hedge.js';
import type { RateLimitedOptions } from '../policies/rate-limit/rate-limit.js';
import type { RetryOptions } from '../policies/retry/retry.js';
import type { TimeoutOptions } from '../policies/timeout.js';

/** What `@Tool` says of a tool. */
export interface ToolOptions {
  /** Default: the method's name; for a class whose tool is `execute`, the class's name. Give it where a build shortens names. */
  name?: string;
  /** Default: the namespace of the class's `@Tool`, else `default`. */
  namespace?: string;
  /** What the tool does, for people and language models; becomes `gen_ai.tool.description`. */
  description?: string;
  /** Attributes of the tool's own, set on its call span as they are. */
  attributes?: Attributes;
  /**
   * A stream that nobody reads from for this long counts as abandoned: its span ends, as of the last chunk. Default 5 minutes for a stream
   * that a method returns; none for a generator, whose span ends when it is over, left, or no longer referenced by anybody.
   */
  streamIdleTimeout?: Duration;
}

/** What the decorators wrote: one part for each, checked, durations in milliseconds, only the options given. */
export interface Parts {
  tool?: ToolOptions;
  cached?: CachedOptions;
  rateLimited?: RateLimitedOptions;
  retry?: RetryOptions;
  circuitBreaker?: CircuitBreakerOptions;
  timeout?: TimeoutOptions;
  bulkhead?: BulkheadOptions;
  fallback?: FallbackPart;
  hedge?: HedgeOptions;
  use?: UseOptions;
}

/** Which named policies a tool uses. */
export interface UseOptions {
  /** Names that `configureTools({ policies })` knows; what the first says wins. */
  policies: readonly string[];
}

/** What was decorated: a method, an arrow-function property, the `execute` of a class, or a function given to `tool()`. */
export type ToolForm = 'method' | 'property' | 'class' | 'function';

/** Which member of its class a tool is. */
export interface Member {
  readonly key: PropertyKey;
  readonly isStatic: boolean;
  /** `#name`: nobody finds it from outside. */
  readonly isPrivate: boolean;
}

/** The record that a decorated function carries. */
export interface Card {
  readonly layout: typeof CARD_LAYOUT;
  readonly form: ToolForm;
  /** The user's function, as it was; a property has one in each instance. */
  readonly fn: AnyFunction | undefined;
  readonly parts: Parts;
  /** The name where no decorator gives one: the method's, or the function's. */
  readonly defaultName: string;
  /** Absent for a function of `tool()`. */
  readonly member?: Member | undefined;
  /** The class whose member it is. Standard decorators run before there is one: then it is found out later. */
  home?: AnyClass | undefined;
  /** For a function of `tool()`: bears the stack of that call, which is written out when somebody asks for it. */
  readonly writtenAt?: { readonly stack?: string } | undefined;
  /** `context.metadata` of a standard decorator; becomes the class's `Symbol.metadata`. */
  readonly classMetadata?: object | undefined;
}

/** What decorators wrote on a class: defaults for its tools. */
export interface ClassCard {
  readonly layout: typeof CARD_LAYOUT;
  readonly parts: Parts;
  /** The `execute` that the class's name belongs to. */
  execute?: Card;
}

/** A class, abstract or not. */
export type AnyClass = abstract new (...args: never[]) => unknown;

/** Grows when the card changes its shape: a copy of the package that expects another one must not read it. */
export const CARD_LAYOUT = 1;

/** Documented key of the card in reflect-metadata: on the decorated function, and on class and property as well. */
export const CARD = 'toolspan:card';

/** Documented key of the class card. */
export const CLASS_CARD = 'toolspan:class';

/** The card a function carries. */
export function cardOf(fn: object): Card | undefined {
  return readable(Reflect.getOwnMetadata(CARD, fn));
}

/** The card of a member, also where a foreign decorator put a function of its own over ours. */
export function cardAt(target: object, key: PropertyKey): Card | undefined {
  return readable(Reflect.getOwnMetadata(CARD, target, metadataKey(key)));
}

/** Hangs the card on the function. */
export function hangCard(card: Card, fn: object): void {
  Reflect.defineMetadata(CARD, card, fn);
}

/** Hangs the card on the member of the class that has it, where others can find it. */
export function hangCardAt(card: Card, target: object, key: PropertyKey): void {
  Reflect.defineMetadata(CARD, card, target, metadataKey(key));
}

/** The own card of a class, or of what will be its metadata. */
export function classCardOf(target: object): ClassCard | undefined {
  const found = (Reflect.getOwnMetadata(CLASS_CARD, target) ?? prototypeCard(target)) as ClassCard | undefined;
  if (found && found.layout !== CARD_LAYOUT) throw foreignCard('a class');
  return found;
}

function prototypeCard(target: object): unknown {
  const prototype: unknown = Object.getOwnPropertyDescriptor(target, 'prototype')?.value;
  return typeof prototype === 'object' && prototype !== null ? Reflect.getOwnMetadata(CLASS_CARD, prototype) : undefined;
}

/**
 * Hangs the card on a class, or on what will be its metadata; also on its prototype, for what another decorator puts in the place of a class
 * (a proxy, a function) mostly shares that.
 */
export function hangClassCard(card: ClassCard, target: object): void {
  Reflect.defineMetadata(CLASS_CARD, card, target);
  const { prototype } = target as { prototype?: unknown };
  if (typeof prototype === 'object' && prototype !== null) Reflect.defineMetadata(CLASS_CARD, card, prototype);
}

/** What others wrote on the function stays readable on the one that takes its place. */
export function copyMetadata(from: object, to: object): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
  }
}

/** Where a tool is written, for messages: `Calculator.add`, or `function search (/app/tools.js:12:20)`. */
export function placeOf({ home, member, defaultName, writtenAt }: Card): string {
  if (!member) return `function ${defaultName || '(anonymous)'}${lineOf(writtenAt?.stack)}`;
  const separator = member.isPrivate && !String(member.key).startsWith('#') ? '.#' : '.';
  return home ? `${nameOfClass(home)}${separator}${String(member.key)}` : `member ${String(member.key)}`;
}

/** File, line and column of the innermost frame, in parentheses; nothing where no frame tells. */
function lineOf(stack = ''): string {
  const line = /(?:file:\/\/)?([^\s()]+:\d+:\d+)\)?\s*$/m.exec(stack)?.[1];
  return line === undefined ? '' : ` (${line})`;
}

export function nameOfClass(target: AnyClass): string {
  return ownNameOf(target) ?? '(anonymous class)';
}

/** The name of a class; `undefined` where it has none, or a static member of that name. */
export function ownNameOf({ name }: AnyClass): string | undefined {
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function readable(found: unknown): Card | undefined {
  const card = found as Card | undefined;
  if (card && card.layout !== CARD_LAYOUT) throw foreignCard(placeOf(card));
  return card;
}

function foreignCard(where: string): ConfigurationError {
  return new ConfigurationError(
    `two versions of toolspan that do not understand each other decorate ${where}: have one of them installed (npm ls toolspan; npm dedupe)`,
  );
}

/** As JavaScript has it: a number names the same member as its text. */
export function metadataKey(key: PropertyKey): string | symbol {
  return typeof key === 'number' ? String(key) : key;
}

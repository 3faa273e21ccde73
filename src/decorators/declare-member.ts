import type { AnyFunction } from '../core/call.js';
import { isClass } from '../core/class.js';
import { ConfigurationError } from '../core/errors.js';
import { shown, type Subject } from '../core/options.js';
import {
  CARD_LAYOUT,
  cardAt,
  cardOf,
  hangCard,
  hangCardAt,
  placeOf,
  type AnyClass,
  type Card,
  type Member,
  type Parts,
} from '../metadata/card.js';
import { classOfInstance, settleHomes } from '../metadata/members.js';
import { cardIn, keepCard } from '../metadata/standard.js';
import { interceptMethod, interceptProperty } from '../pipeline/interceptor.js';
import { runtime } from '../pipeline/runtime.js';
import { refuseCachedStream } from '../pipeline/shape.js';
import { checkPart, decoratorName, type PartName } from '../metadata/parts.js';

/** Where a member stands: legacy decorators are told the class, standard ones what it will know of itself. */
export interface Place {
  readonly member: Member;
  readonly home?: AnyClass;
  readonly classMetadata?: object | undefined;
}

/** Writes a part on the card of a method, and sees to it that the method is intercepted, once. Returns the function to put there. */
export function declareOnMethod(part: PartName, given: unknown, fn: AnyFunction, place: Place): AnyFunction {
  const existing = cardOf(fn) ?? cardUnder(place);
  const card = existing ?? newCard('method', fn, place);
  writePart(card.parts, part, given, subjectOf(part, card.parts, placeOf(card)));
  if (part === 'cached') refuseCachedStream(card, card.fn);
  // Intercepted already, perhaps under a foreign decorator's function: a second interception would run every policy twice.
  if (existing) return fn;
  keep(card, place);
  return installed(card, fn);
}

/** Writes a part on the card of a property. Returns what wraps the function that each instance is given. */
export function declareOnProperty(part: PartName, given: unknown, place: Place): (this: object, initial: unknown) => unknown {
  const existing = cardUnder(place);
  const card = existing ?? newCard('property', undefined, place);
  writePart(card.parts, part, given, subjectOf(part, card.parts, placeOf(card)));
  // One decorator of ours is enough to wrap the function, whichever of them the compiler runs first.
  if (existing) return (initial) => initial;
  keep(card, place);
  runtime.cards.add(card);
  const intercept = interceptProperty(card);
  return function (initial) {
    if (!card.home) settleHomes(typeof this === 'function' ? (this as AnyClass) : classOfInstance(this));
    if (typeof initial !== 'function' || isClass(initial)) throw notAFunction(part, card, initial);
    refuseCachedStream(card, initial as AnyFunction);
    const interceptor = intercept(this, initial as AnyFunction);
    hangCard(card, interceptor);
    return interceptor;
  };
}

/** A function with a card of its own, for `tool()`. */
export function declareFunction(fn: AnyFunction, parts: Parts, writtenAt: { stack?: string }): AnyFunction {
  const card: Card = { layout: CARD_LAYOUT, form: 'function', fn, parts, defaultName: fn.name, writtenAt };
  refuseCachedStream(card, fn);
  return installed(card, fn);
}

/** The function that takes the place of `fn`, with the card on it. */
export function installed(card: Card, fn: AnyFunction): AnyFunction {
  const interceptor = interceptMethod(card, fn);
  hangCard(card, interceptor);
  runtime.cards.add(card);
  const { home, member } = card;
  if (home && member) hangCardAt(card, member.isStatic ? home : (home.prototype as object), member.key);
  return interceptor;
}

export function writePart(parts: Parts, part: PartName, given: unknown, subject: Subject): void {
  if (parts[part] !== undefined)
    throw new ConfigurationError(
      `${subject.title}: ${decoratorName(part)} is written twice; write it once, ${part === 'use' ? "with all names: @Use('a', 'b')" : 'with all options'}`,
      subject,
    );
  Object.assign(parts, { [part]: checkPart(part, given, subject) });
}

/** The tool is named where its name is known already: decorators apply from the bottom up. */
export function subjectOf(part: PartName, { tool }: Parts, place: string): Subject {
  const name = tool?.name;
  const title = `${decoratorName(part)} on ${name === undefined ? place : `tool "${name}" (${place})`}`;
  return { title, tool: name ?? place, namespace: tool?.namespace ?? 'default' };
}

/** The card of the member, wherever decorators of ours that ran before put it. */
function cardUnder({ member, home, classMetadata }: Place): Card | undefined {
  if (classMetadata) return cardIn(classMetadata, member);
  return home && cardAt(member.isStatic ? home : (home.prototype as object), member.key);
}

function newCard(form: 'method' | 'property', fn: AnyFunction | undefined, { member, home, classMetadata }: Place): Card {
  return { layout: CARD_LAYOUT, form, fn, parts: {}, defaultName: nameOf(member.key), member, home, classMetadata };
}

function keep(card: Card, { classMetadata }: Place): void {
  if (classMetadata) keepCard(card, classMetadata);
}

function nameOf(key: PropertyKey): string {
  return typeof key === 'symbol' ? key.description || 'symbol' : String(key);
}

function notAFunction(part: PartName, card: Card, value: unknown): ConfigurationError {
  const subject = subjectOf(part, card.parts, placeOf(card));
  return new ConfigurationError(
    `${subject.title}: the property must be a function, got ${shown(value)}; only methods, functions and classes are tools`,
    subject,
  );
}

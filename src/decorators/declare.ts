import type { AnyFunction } from '../core/call.js';
import { ConfigurationError } from '../core/errors.js';
import { shown, type Subject } from '../core/options.js';
import { cardAt, cardOf, ensureClassCard, classCardOf, hangCard, type AnyClass, type Card, type Parts } from '../metadata/card.js';
import { cardsOf, findCard } from '../metadata/members.js';
import { intercept } from '../pipeline/interceptor.js';
import { runtime } from '../pipeline/runtime.js';
import { checkPart, decoratorName, type PartName } from './parts.js';

/** Writes a part on the card of a method, and sees to it that the method is intercepted, once. Returns the descriptor to define. */
export function declareOnMethod(
  part: PartName,
  given: unknown,
  target: object,
  key: PropertyKey,
  descriptor: PropertyDescriptor,
): PropertyDescriptor {
  const fn = descriptor.value as AnyFunction;
  const home = (typeof target === 'function' ? target : target.constructor) as AnyClass;
  const place = `${home.name || '(anonymous class)'}.${String(key)}`;
  const existing = cardOf(fn) ?? cardAt(target, key);
  const card = existing ?? { fn, parts: {}, place, home, defaultName: nameOf(key), isClassForm: false };
  writePart(card.parts, part, given, subjectOf(part, card.parts, place));
  // Intercepted already, perhaps under a foreign decorator's function: a second interception would run every policy twice.
  return existing ? descriptor : { ...descriptor, value: installed(card, target, key) };
}

/** Writes defaults on a class; where nothing in it is decorated, its `execute` becomes the tool. */
export function declareOnClass(part: PartName, given: unknown, target: AnyClass): void {
  const place = target.name || '(anonymous class)';
  const subject = subjectOf(part, classCardOf(target)?.parts ?? {}, place);
  const isNew = classCardOf(target) === undefined;
  const execute = classCardOf(target)?.execute ?? findExecute(target, subject);
  const checked = checkPart(part, given, subject);
  if (part === 'tool' && !execute) refuseClassName(checked as { name?: string }, target, subject);

  const classCard = ensureClassCard(target);
  writePart(classCard.parts, part, given, subject);
  if (execute) classCard.execute = execute;
  if (isNew) runtime.classes.add(target);
}

/** A function with a card of its own, for `tool()`. */
export function declareFunction(fn: AnyFunction, parts: Parts, place: string): AnyFunction {
  const card: Card = { fn, parts, place, defaultName: fn.name, isClassForm: false };
  return installed(card);
}

function installed(card: Card, target?: object, key?: PropertyKey): AnyFunction {
  const interceptor = intercept(card);
  hangCard(card, interceptor, target, key);
  runtime.cards.add(card);
  return interceptor;
}

function writePart(parts: Parts, part: PartName, given: unknown, subject: Subject): void {
  if (parts[part] !== undefined)
    throw new ConfigurationError(`${subject.title}: ${decoratorName(part)} is written twice; write it once, with all options`, subject);
  Object.assign(parts, { [part]: checkPart(part, given, subject) });
}

/** The tool is named where its name is known already: decorators apply from the bottom up. */
function subjectOf(part: PartName, { tool }: Parts, place: string): Subject {
  const name = tool?.name;
  const title = `${decoratorName(part)} on ${name === undefined ? place : `tool "${name}" (${place})`}`;
  return { title, tool: name ?? place, namespace: tool?.namespace ?? 'default' };
}

function nameOf(key: PropertyKey): string {
  return typeof key === 'symbol' ? (key.description ?? 'symbol') : String(key);
}

/** The card of the `execute` that the class stands for; `undefined` where the class has decorated methods. */
function findExecute(target: AnyClass, subject: Subject): Card | undefined {
  const members = cardsOf(target);
  const inherited = findCard(target.prototype as object, 'execute');
  if (members.length > 0) return inherited?.isClassForm && members.length === 1 ? inherited : undefined;
  const prototype = target.prototype as { execute?: unknown };
  const fn = prototype.execute;
  if (typeof fn !== 'function') {
    throw new ConfigurationError(
      `${subject.title}: the class has no decorated method and no method execute; decorate its methods, or write one called execute`,
      subject,
    );
  }
  const place = `${target.name || '(anonymous class)'}.execute`;
  const card: Card = { fn: fn as AnyFunction, parts: {}, place, home: target, defaultName: target.name || 'execute', isClassForm: true };
  Object.defineProperty(prototype, 'execute', { value: installed(card, prototype, 'execute'), writable: true, configurable: true });
  return card;
}

function refuseClassName({ name }: { name?: string }, target: AnyClass, subject: Subject): void {
  if (name === undefined) return;
  const methods = cardsOf(target).map((card) => card.place);
  throw new ConfigurationError(
    `${subject.title}: name must be left out (got ${shown(name)}), for the class has decorated methods, each with a name of its own: ${methods.join(', ')}`,
    subject,
  );
}

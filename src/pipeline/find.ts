import { isClass } from '../core/class.js';
import { ConfigurationError } from '../core/errors.js';
import { shown } from '../core/options.js';
import { cardOf, metadataKey, nameOfClass, placeOf, type AnyClass, type Card } from '../metadata/card.js';
import { cardsOf, classOfInstance, findCard, settleHomes } from '../metadata/members.js';

/** A tool, and the class of receivers it was asked for. */
export interface FoundTool {
  readonly card: Card;
  readonly receiver: AnyClass | undefined;
}

/**
 * The tool that `target` has: an instance, a class or a function of `tool()`; `key` may be left out where there is only one.
 * @param asker who asks, for the error's first word
 * @throws ConfigurationError where there is no such tool, or more than one
 */
export function findTool(asker: string, target: object, key: PropertyKey | undefined): FoundTool {
  if ((typeof target !== 'object' && typeof target !== 'function') || target === null)
    throw new ConfigurationError(`${asker}: give an instance, a class or a function of tool(), not ${shown(target)}`);
  const isFunction = typeof target === 'function';
  const own = isFunction && key === undefined ? cardOf(target) : undefined;
  if (own) return { card: own, receiver: own.home };
  const receiver = isFunction ? (target as AnyClass) : classOfInstance(target);
  settleHomes(receiver);
  const card = key === undefined ? onlyCard(asker, receiver) : cardUnder(target, key, receiver);
  if (!card) throw new ConfigurationError(`${asker}: ${shownClass(receiver)} has no tool ${String(key)}`);
  return { card, receiver };
}

/** What the object or the class shows under the key; else what no look shows, or a function of the instance's own stands before. */
function cardUnder(target: object, key: PropertyKey, receiver: AnyClass | undefined): Card | undefined {
  const isInstance = typeof target !== 'function';
  const places = isInstance ? [target, Object.getPrototypeOf(target) as object | null] : [target, target.prototype as object | undefined];
  for (const place of places) {
    const card = place && findCard(place, key);
    if (card) return card;
  }
  const isWrittenOver = isInstance && Object.hasOwn(target, key);
  const wanted = metadataKey(key);
  return toolsOf(receiver).find(({ member, home }) => member?.key === wanted && (!isWrittenOver || home === receiver));
}

function toolsOf(receiver: AnyClass | undefined): Card[] {
  return receiver?.prototype ? cardsOf(receiver) : [];
}

function shownClass(target: AnyClass | undefined): string {
  if (target && !isClass(target)) return shown(target);
  return target ? nameOfClass(target) : 'the object';
}

function onlyCard(asker: string, receiver: AnyClass | undefined): Card {
  const cards = toolsOf(receiver);
  if (cards.length === 1) return cards[0]!;
  const which =
    cards.length === 0 ? 'has no tool: nothing of it is decorated' : `has more than one tool; say which: ${cards.map(placeOf).join(', ')}`;
  throw new ConfigurationError(`${asker}: ${shownClass(receiver)} ${which}`);
}

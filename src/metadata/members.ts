import type { AnyFunction } from '../core/call.js';
import { cardAt, cardOf, placeOf, type AnyClass, type Card } from './card.js';
import { cardsIn, metadataOf, settleHome } from './standard.js';

/** The decorated members of a class, static ones and inherited ones included; what an override hides is left out. */
export function cardsOf(target: AnyClass): Card[] {
  settleHomes(target);
  return [...cardsAlong(target.prototype as object), ...cardsAlong(target), ...unseenCards(target)];
}

function cardsAlong(start: object): Card[] {
  const found: Card[] = [];
  const seen = new Set<PropertyKey>();
  for (let holder: object | null = start; holder && !isRoot(holder); holder = Object.getPrototypeOf(holder) as object | null) {
    for (const key of Reflect.ownKeys(holder)) {
      if (seen.has(key)) continue;
      seen.add(key);
      const card = cardOfMember(holder, key);
      if (card) found.push(card);
    }
  }
  return found;
}

/** Properties and private methods: no prototype shows them. A subclass's stands before one of the same name. */
function unseenCards(target: AnyClass): Card[] {
  const found = new Map<string, Card>();
  for (const at of classChain(target)) {
    for (const card of cardsIn(metadataOf(at) ?? {})) {
      const { form, member } = card;
      if (form !== 'property' && !member?.isPrivate) continue;
      // A private name is one in each class.
      const key = `${String(member!.isStatic)} ${member!.isPrivate ? placeOf(card) : ''} ${String(member!.key)}`;
      if (!found.has(key)) found.set(key, card);
    }
  }
  return [...found.values()];
}

/** The class an object is an instance of. By its prototype: what the object says of itself may be anything. */
export function classOfInstance(instance: object): AnyClass | undefined {
  try {
    const found = (Object.getPrototypeOf(instance) as { constructor?: unknown } | null)?.constructor;
    return typeof found === 'function' ? (found as AnyClass) : undefined;
  } catch {
    return undefined; // a proxy that forbids to look
  }
}

/** The card of `holder`'s own member, decorated or put under a foreign decorator's function. Getters are not asked. */
export function cardOfMember(holder: object, key: PropertyKey): Card | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(holder, key)?.value;
  return typeof value === 'function' ? (cardOf(value) ?? cardAt(holder, key)) : undefined;
}

/** The card of the member that `holder` has under `key`, its own or an inherited one. */
export function findCard(holder: object, key: PropertyKey): Card | undefined {
  for (let at: object | null = holder; at; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.hasOwn(at, key)) return cardOfMember(at, key);
  }
  return undefined;
}

/** The method that `holder` has under `key`, its own or an inherited one. Getters are not asked. */
export function methodOf(holder: object, key: PropertyKey): AnyFunction | undefined {
  for (let at: object | null = holder; at; at = Object.getPrototypeOf(at) as object | null) {
    const value: unknown = Object.getOwnPropertyDescriptor(at, key)?.value;
    if (Object.hasOwn(at, key)) return typeof value === 'function' ? (value as AnyFunction) : undefined;
  }
  return undefined;
}

/** The class and the classes it extends, nearest first. */
export function* classChain(target: AnyClass | undefined): Generator<AnyClass> {
  for (let at: unknown = target; typeof at === 'function' && !isRoot(at); at = Object.getPrototypeOf(at)) yield at as unknown as AnyClass;
}

/** Has the members of a class, inherited ones included, know whose members they are. */
export function settleHomes(target: AnyClass | undefined): void {
  for (const at of classChain(target)) {
    const metadata = metadataOf(at);
    if (metadata) settleHome(at, metadata, [...classChain(at)]);
  }
}

function isRoot(holder: object): boolean {
  return holder === Object.prototype || holder === Function.prototype;
}

import { cardAt, cardOf, type AnyClass, type Card } from './card.js';

/** The decorated members of a class, static ones and inherited ones included; what an override hides is left out. */
export function cardsOf(target: AnyClass): Card[] {
  return [...cardsAlong(target.prototype as object), ...cardsAlong(target)];
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

/** The card of `holder`'s own member, decorated or put under a foreign decorator's function. */
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

/** The class and the classes it extends, nearest first. */
export function* classChain(target: AnyClass | undefined): Generator<AnyClass> {
  for (let at: unknown = target; typeof at === 'function' && !isRoot(at); at = Object.getPrototypeOf(at)) yield at as unknown as AnyClass;
}

function isRoot(holder: object): boolean {
  return holder === Object.prototype || holder === Function.prototype;
}

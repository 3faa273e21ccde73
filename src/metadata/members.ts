import { cardAt, cardOf, type AnyClass, type Card } from './card.js';
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

/** Properties and private methods: no prototype shows them. */
function unseenCards(target: AnyClass): Card[] {
  const cards = [...classChain(target)].flatMap((at) => cardsIn(metadataOf(at) ?? {}));
  return cards.filter(({ form, member }) => form === 'property' || member?.isPrivate);
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

/** The class and the classes it extends, nearest first. */
export function* classChain(target: AnyClass | undefined): Generator<AnyClass> {
  for (let at: unknown = target; typeof at === 'function' && !isRoot(at); at = Object.getPrototypeOf(at)) yield at as unknown as AnyClass;
}

/** Has the members of a class, inherited ones included, know whose members they are. */
export function settleHomes(target: AnyClass | undefined): void {
  for (const at of classChain(target)) {
    const metadata = metadataOf(at);
    if (metadata) settleHome(at, metadata);
  }
}

function isRoot(holder: object): boolean {
  return holder === Object.prototype || holder === Function.prototype;
}

import { hangCardAt, type AnyClass, type Card, type Member } from './card.js';

// Compilers hand standard decorators `context.metadata` only where this symbol exists; Node does not have it yet. Registered under
// the name that esbuild and swc fall back to.
if (!('metadata' in Symbol))
  Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata'), writable: true, configurable: true });

const METADATA: unique symbol = (Symbol as unknown as { metadata: typeof METADATA }).metadata;

const MEMBERS = 'toolspan:members';
const KNOWN = 'toolspan:metadata';

/** The cards that standard decorators wrote while there was no class yet. */
export function cardsIn(classMetadata: object): readonly Card[] {
  return (Reflect.getOwnMetadata(MEMBERS, classMetadata) as Card[] | undefined) ?? [];
}

/** The card of one member. */
export function cardIn(classMetadata: object, { key, isStatic, isPrivate }: Member): Card | undefined {
  return cardsIn(classMetadata).find(({ member }) => member?.key === key && member.isStatic === isStatic && member.isPrivate === isPrivate);
}

/** Keeps a card until there is a class to find it by. */
export function keepCard(card: Card, classMetadata: object): void {
  const kept = Reflect.getOwnMetadata(MEMBERS, classMetadata) as Card[] | undefined;
  if (kept) kept.push(card);
  else Reflect.defineMetadata(MEMBERS, [card], classMetadata);
}

/** What standard decorators wrote about this very class; `undefined` where there are none. */
export function metadataOf(target: AnyClass): object | undefined {
  const known = Reflect.getOwnMetadata(KNOWN, target) as object | undefined;
  if (known) return known;
  if (!Object.hasOwn(target, METADATA)) return undefined;
  const found = (target as { [METADATA]?: unknown })[METADATA];
  return typeof found === 'object' && found !== null ? found : undefined;
}

/** The metadata of a class that is being defined, and of the classes it extends, nearest first. */
export function* metadataChain(classMetadata: object | undefined): Generator<object> {
  for (let at: unknown = classMetadata; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) yield at;
}

/**
 * Tells the members of a class which class that is. A class decorator knows before the class itself does; what it is handed may be a
 * subclass that another decorator put in its place.
 * @param family the class and those that it extends, nearest first
 */
export function settleHome(target: AnyClass, classMetadata: object, family: readonly AnyClass[]): void {
  Reflect.defineMetadata(KNOWN, classMetadata, target);
  for (const card of cardsIn(classMetadata)) {
    const { member } = card;
    if (card.home || !member) continue;
    const holder = (at: AnyClass): object => (member.isStatic ? at : (at.prototype as object));
    const isSeen = card.form === 'method' && !member.isPrivate;
    card.home = (isSeen && family.find((at) => Object.hasOwn(holder(at), member.key))) || target;
    if (!member.isPrivate) hangCardAt(card, holder(card.home), member.key);
  }
}

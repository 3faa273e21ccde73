import { hangCardAt, type AnyClass, type Card, type Member } from './card.js';

// Compilers hand standard decorators `context.metadata` only where this symbol exists; Node does not have it yet. Registered under
// the name that esbuild and swc fall back to.
if (!('metadata' in Symbol)) Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata'), configurable: true });

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

/** Tells the members of a class which class that is. A class decorator knows before the class itself does. */
export function settleHome(target: AnyClass, classMetadata: object): void {
  Reflect.defineMetadata(KNOWN, classMetadata, target);
  for (const card of cardsIn(classMetadata)) {
    if (card.home) continue;
    card.home = target;
    const { member } = card;
    if (member && !member.isPrivate) hangCardAt(card, member.isStatic ? target : (target.prototype as object), member.key);
  }
}

import { metadataKey, type Member } from '../metadata/card.js';

/** What a standard decorator is told about the place where it stands; as TypeScript's `DecoratorContext`. */
export interface StandardContext {
  readonly kind: 'class' | 'method' | 'field' | 'getter' | 'setter' | 'accessor';
  readonly name?: PropertyKey | undefined;
  readonly static?: boolean;
  readonly private?: boolean;
  readonly metadata?: object;
}

/** Legacy decorators are handed a property key in that place. */
export function isStandard(context: unknown): context is StandardContext {
  return typeof context === 'object' && context !== null && typeof (context as { kind?: unknown }).kind === 'string';
}

export function memberOf(context: StandardContext): Member {
  return { key: metadataKey(context.name ?? ''), isStatic: context.static === true, isPrivate: context.private === true };
}

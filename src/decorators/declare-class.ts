import { ConfigurationError } from '../core/errors.js';
import { shown, type Subject } from '../core/options.js';
import {
  CARD_LAYOUT,
  classCardOf,
  hangClassCard,
  nameOfClass,
  placeOf,
  type AnyClass,
  type Card,
  type ClassCard,
} from '../metadata/card.js';
import { cardsOf, classChain, findCard, methodOf } from '../metadata/members.js';
import { settleHome } from '../metadata/standard.js';
import { runtime } from '../pipeline/runtime.js';
import { installed, subjectOf, writePart } from './declare-member.js';
import { checkPart, type PartName } from '../metadata/parts.js';

/**
 * Writes defaults on a class; where nothing in it is decorated, its `execute` becomes the tool.
 * @param classMetadata what a standard decorator is handed
 */
export function declareOnClass(part: PartName, given: unknown, target: AnyClass, classMetadata?: object): void {
  if (classMetadata) settleHome(target, classMetadata, [...classChain(target)]);
  const existing = classCardOf(target);
  const subject = subjectOf(part, existing?.parts ?? {}, nameOfClass(target));
  const execute = existing?.execute ?? findExecute(target, subject);
  const checked = checkPart(part, given, subject);
  if (part === 'tool' && !execute) refuseClassName(checked as { name?: string }, target, subject);

  const classCard = existing ?? newClassCard(target, classMetadata);
  writePart(classCard.parts, part, given, subject);
  if (execute) classCard.execute = execute;
}

function newClassCard(target: AnyClass, classMetadata: object | undefined): ClassCard {
  const made: ClassCard = { layout: CARD_LAYOUT, parts: {} };
  hangClassCard(made, target);
  // Members of a subclass look here while they do not know their class yet.
  if (classMetadata) hangClassCard(made, classMetadata);
  runtime.classes.add(target);
  return made;
}

/** The card of the `execute` that the class stands for; `undefined` where the class has decorated methods. */
function findExecute(target: AnyClass, subject: Subject): Card | undefined {
  const members = cardsOf(target);
  const inherited = findCard(target.prototype as object, 'execute');
  if (members.length > 0) return inherited?.form === 'class' && members.length === 1 ? inherited : undefined;
  const prototype = target.prototype as object;
  const fn = methodOf(prototype, 'execute');
  if (!fn) {
    throw new ConfigurationError(
      `${subject.title}: the class has no decorated method and no method execute; decorate its methods, or write one called execute`,
      subject,
    );
  }
  const card: Card = {
    layout: CARD_LAYOUT,
    form: 'class',
    fn,
    parts: {},
    defaultName: 'execute',
    member: { key: 'execute', isStatic: false, isPrivate: false },
    home: target,
  };
  Object.defineProperty(prototype, 'execute', { value: installed(card, fn), writable: true, configurable: true });
  return card;
}

function refuseClassName({ name }: { name?: string }, target: AnyClass, subject: Subject): void {
  if (name === undefined) return;
  const methods = cardsOf(target).map(placeOf);
  throw new ConfigurationError(
    `${subject.title}: name must be left out (got ${shown(name)}), for the class has decorated methods, each with a name of its own: ${methods.join(', ')}`,
    subject,
  );
}

import { isAbortSignal } from '../core/abort.js';
import { isThenable } from '../core/call.js';
import { isSecretKey, REDACTED, withoutSecrets } from '../core/secrets.js';
import { isStream } from '../core/stream.js';
import { isErrorLike, memberOf, messageOf, typeOf } from '../core/thrown.js';

// How much is looked at: what is cut off need not be copied first.
const MAX_DEPTH = 8;
const MAX_ENTRIES = 1_000;

/** A string may be cut only behind what is shown of it: half a secret does not look like one. */
const BEYOND_THE_CUT = 512;

/** What must not be shown. */
export interface Censor {
  /** A text without it. */
  text(text: string): string;
  /** Whether what stands under this key is to be hidden. */
  hides(key: string): boolean;
}

/** Hides what looks like a secret. */
export const secretsHidden: Censor = { text: withoutSecrets, hides: isSecretKey };

/** For what somebody has looked through already. */
export const nothingHidden: Censor = { text: (text) => text, hides: () => false };

/** What a copy may still take. */
interface Budget {
  characters: number;
  entries: number;
  readonly above: Set<object>;
  readonly censor: Censor;
}

/**
 * A plain copy of whatever a tool was given or gave, as JSON can show it. Streams, promises, functions, bytes and signals are named, not
 * read.
 * @param characters how much of its strings is wanted
 */
export function plainCopy(value: unknown, characters: number, censor: Censor = secretsHidden): unknown {
  return copyOf(value, { characters, entries: MAX_ENTRIES, above: new Set(), censor });
}

function copyOf(value: unknown, budget: Budget): unknown {
  switch (typeof value) {
    case 'string':
      return copyOfText(value, budget);
    case 'bigint':
      return `${budget.censor.text(String(value))}n`;
    case 'number':
      return copyOfNumber(value, budget);
    case 'symbol':
      return String(value);
    case 'function':
      return `[function ${value.name || 'anonymous'}]`;
    case 'object':
      return value === null ? null : copyOfObject(value, budget);
    default:
      return value;
  }
}

// From the shortest number of a card on.
const CARD_NUMBERS = 1e12;

function copyOfNumber(value: number, { censor }: Budget): unknown {
  return value >= CARD_NUMBERS && censor.text(String(value)) !== String(value) ? REDACTED : value;
}

function copyOfText(text: string, budget: Budget): string {
  const wanted = Math.max(0, budget.characters);
  budget.characters -= text.length;
  if (text.length <= wanted) return budget.censor.text(text);
  return `${budget.censor.text(text.slice(0, wanted + BEYOND_THE_CUT)).slice(0, wanted)}…`;
}

function copyOfObject(value: object, budget: Budget): unknown {
  if (budget.above.has(value)) return '[circular]';
  if (budget.above.size >= MAX_DEPTH) return Array.isArray(value) ? '[array]' : '[object]';
  budget.above.add(value);
  try {
    return named(value, budget) ?? copyOfContent(value, budget);
  } catch {
    return '[object that cannot be read]';
  } finally {
    budget.above.delete(value);
  }
}

/** What stands for a thing that is not looked into. */
function named(value: object, { censor }: Budget): unknown {
  if (isErrorLike(value)) return `${typeOf(value)}: ${censor.text(messageOf(value))}`;
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name}, ${value.byteLength} bytes]`;
  if (value instanceof ArrayBuffer) return `[ArrayBuffer, ${value.byteLength} bytes]`;
  if (Array.isArray(value) || isMap(value) || isSet(value)) return undefined;
  if (isThenable(value)) return '[promise]';
  if (isStream(value)) return '[stream]';
  if (isAbortSignal(value)) return '[AbortSignal]';
  return undefined;
}

function copyOfContent(value: object, budget: Budget): unknown {
  if (isMap(value)) return copyOfEntries(value.entries(), budget);
  if (Array.isArray(value) || isSet(value)) return copyOfItems(value, budget);
  const toJSON = memberOf(value, 'toJSON');
  if (typeof toJSON === 'function') return copyOf(Reflect.apply(toJSON, value, ['']), budget);
  const name = memberOf(value, 'name') ?? memberOf(value, 'key');
  const isNamedSecret = typeof name === 'string' && budget.censor.hides(name);
  return copyOfEntries(isNamedSecret ? withHiddenValue(value) : entriesOf(value), budget);
}

/** `{ name: 'password', value: … }`. */
function* withHiddenValue(value: object): Generator<[string, unknown]> {
  for (const [key, item] of entriesOf(value)) yield key === 'value' && isTold(item) ? [key, REDACTED] : [key, item];
}

/** One by one: of an object with a hundred thousand keys only the first are shown. */
function* entriesOf(value: object): Generator<[string, unknown]> {
  for (const key in value) if (Object.hasOwn(value, key)) yield [key, (value as Record<string, unknown>)[key]];
}

function isMap(value: object): value is Map<unknown, unknown> {
  return value instanceof Map;
}

function isSet(value: object): value is Set<unknown> {
  return value instanceof Set;
}

/** A list of headers is one of pairs. */
function copyOfPair([name, value]: readonly unknown[], budget: Budget): unknown[] | undefined {
  return typeof name === 'string' && budget.censor.hides(name) && isTold(value) ? [name, REDACTED] : undefined;
}

function copyOfItems(items: Iterable<unknown>, budget: Budget): unknown[] {
  const pair = Array.isArray(items) && items.length === 2 ? copyOfPair(items, budget) : undefined;
  if (pair) return pair;
  const copy: unknown[] = [];
  for (const item of items) {
    if (isSpent(budget)) break;
    copy.push(copyOf(item, budget));
  }
  return copy;
}

function copyOfEntries(entries: Iterable<[unknown, unknown]>, budget: Budget): object {
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, item] of entries) {
    if (isSpent(budget)) break;
    const key = typeof name === 'string' ? name : String(copyOf(name, budget));
    budget.characters -= key.length;
    copy[budget.censor.text(key)] = budget.censor.hides(key) && isTold(item) ? REDACTED : copyOf(item, budget);
  }
  return copy;
}

/** Whether there is anything to keep secret: `{ password: undefined }` tells none. */
function isTold(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'boolean' && value !== '';
}

function isSpent(budget: Budget): boolean {
  budget.entries -= 1;
  return budget.entries < 0 || budget.characters <= 0;
}

import type { Hash } from 'node:crypto';
import { isAbortSignal } from '../../core/abort.js';

// Longer keys are kept as their SHA-256: a cache of a thousand documents must not hold the documents twice.
const LONGEST_PLAIN_KEY = 256;

const NOBODY: readonly object[] = [];

/** Thrown inside this file only: what was met has no faithful key. */
const NO_KEY = Symbol('no key');

/**
 * A canonical form of a call's arguments: equal for equal content, different for different content. Object keys, Map entries and
 * Set members in any order are the same; AbortSignals are left out, so one between other arguments counts as `undefined`; NaN equals NaN
 * and -0 equals 0.
 * `undefined` where no faithful key exists: functions, symbols, circular values, class instances without `toJSON`.
 */
export function canonicalKey(args: readonly unknown[]): string | undefined {
  try {
    let { length } = args;
    while (length > 0 && isAbortSignal(args[length - 1])) length -= 1;
    let key = '';
    for (let index = 0; index < length; index++) key += write(args[index], NOBODY);
    return key.length <= LONGEST_PLAIN_KEY ? key : sha256(key).digest('base64url');
  } catch {
    return undefined; // NO_KEY, or a getter or `toJSON` of the caller's that threw
  }
}

/** Loaded here, since few keys are long. */
function sha256(content: string | Uint8Array): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(content);
}

/** Each text says itself where it ends, so nothing need stand between two of them. */
function write(value: unknown, ancestors: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      // With its length before it, nothing in it can be taken for its end.
      return `${value.length}"${value}`;
    case 'number':
      return `${value},`; // -0 is written 0
    case 'boolean':
      return value ? 'T,' : 'F,';
    case 'undefined':
      return 'U,';
    case 'bigint':
      return `${value}n,`;
    case 'object':
      return value === null ? 'N,' : writeObject(value, ancestors);
    default:
      throw NO_KEY;
  }
}

function writeObject(value: object, ancestors: readonly object[]): string {
  if (ancestors.includes(value)) throw NO_KEY;
  const inside = [...ancestors, value];
  if (Array.isArray(value) && isBuiltIn(value)) return writeArray(value, inside);
  if (isPlain(value)) return writePlain(value as Record<string, unknown>, inside);
  if (ArrayBuffer.isView(value)) return writeBytes(classOf(value), new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (isBuiltIn(value)) return writeBuiltIn(value, inside);
  return writeInstance(value, inside);
}

function writeBuiltIn(value: object, inside: readonly object[]): string {
  const tag = tagOf(value);
  if (tag === 'Date') return `Date(${(value as Date).getTime()})`;
  if (tag === 'Map') return writeMap(value as Map<unknown, unknown>, inside);
  if (tag === 'Set') return writeSet(value as Set<unknown>, inside);
  if (tag === 'ArrayBuffer' || tag === 'SharedArrayBuffer') return writeBytes(tag, new Uint8Array(value as ArrayBuffer));
  if (tag === 'AbortSignal') return 'U,';
  return writeInstance(value, inside);
}

function writeInstance(value: object, inside: readonly object[]): string {
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== 'function') throw NO_KEY;
  return `@${classOf(value)}(${write((value as { toJSON: () => unknown }).toJSON(), inside)})`;
}

function writeArray(value: readonly unknown[], inside: readonly object[]): string {
  if (Object.keys(value).some((key) => !isIndex(key, value.length))) throw NO_KEY;
  let text = '[';
  for (let index = 0; index < value.length; index++) text += index in value ? write(value[index], inside) : 'hole,';
  return `${text}]`;
}

function isIndex(key: string, length: number): boolean {
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < length && String(index) === key;
}

function writePlain(value: Record<string, unknown>, inside: readonly object[]): string {
  if (Object.getOwnPropertySymbols(value).some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))) throw NO_KEY;
  let text = '{';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (!isAbortSignal(member)) text += `${JSON.stringify(name)}:${write(member, inside)}`;
  }
  return `${text}}`;
}

function writeMap(map: ReadonlyMap<unknown, unknown>, inside: readonly object[]): string {
  const entries = Array.from(map, ([key, value]) => `${write(key, inside)}:${write(value, inside)}`);
  return `Map(${entries.sort().join()})`;
}

function writeSet(set: ReadonlySet<unknown>, inside: readonly object[]): string {
  return `Set(${Array.from(set, (member) => write(member, inside))
    .sort()
    .join()})`;
}

function writeBytes(tag: string, bytes: Uint8Array): string {
  const content = bytes.length > LONGEST_PLAIN_KEY ? sha256(bytes).digest('hex') : Buffer.from(bytes).toString('hex');
  return `${tag}(${bytes.length}:${content})`;
}

/** Made by a literal, `Object.create(null)` or `JSON.parse`, in this realm or another. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

/** Of a class that extends nothing but Object, and without members of its own: no content but the one we know. */
function isBuiltIn(value: object): boolean {
  const parent: unknown = Object.getPrototypeOf(Object.getPrototypeOf(value));
  const isDirect = parent !== null && Object.getPrototypeOf(parent) === null;
  return tagOf(value) === 'AbortSignal' || (isDirect && (Array.isArray(value) || Object.keys(value).length === 0));
}

function classOf(value: object): string {
  return String((value.constructor as { name?: unknown } | undefined)?.name);
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

import type { Call } from '../core/call.js';
import { canonicalKey } from './cache-key.js';

/** From a call to its key; `undefined` bypasses the cache. */
export type KeyOf = (call: Call) => string | undefined;

/** By what calls are told apart. */
export interface KeyOptions {
  readonly key?: (...args: unknown[]) => unknown;
  readonly scope: 'class' | 'instance';
}

/** Told when `key` threw; the call goes on without the cache. */
type OnBroken = (option: string, error: unknown, call: Call) => void;

/** Makes the keys of one tool's calls. */
export function keyMaker(options: KeyOptions, onBroken: OnBroken): KeyOf {
  const plain = options.key ? userKey(options.key, onBroken) : (call: Call) => canonicalKey(call.args);
  if (options.scope === 'class') return plain;
  const idOf = instanceIds();
  return (call) => {
    const key = plain(call);
    return key === undefined ? undefined : `${idOf(call.self)}:${key}`;
  };
}

// `1` and `'1'` are two keys. Texts stay what they are, but for those that begin with what marks a number: a copy of each would cost more than
// finding it.
const NUMBER = '\u0000';
const TEXT = '\u0001';

function plainText(key: string): string {
  return key.charCodeAt(0) <= 1 ? `${TEXT}${key}` : key;
}

function userKey(key: (...args: unknown[]) => unknown, onBroken: OnBroken): KeyOf {
  return (call) => {
    try {
      const made = key.apply(call.self, call.args as unknown[]);
      if (made === undefined) return undefined;
      if (typeof made === 'string') return plainText(made);
      if (typeof made === 'number') return `${NUMBER}${made}`;
      throw new TypeError(`key must return a string, a number or undefined, not ${typeof made}`);
    } catch (error) {
      onBroken('key', error, call);
      return undefined;
    }
  };
}

/** A number for every receiver, without keeping it alive. */
function instanceIds(): (receiver: unknown) => number {
  const ids = new WeakMap<object, number>();
  let last = 0;
  return (receiver) => {
    if (typeof receiver !== 'object' && typeof receiver !== 'function') return 0;
    if (receiver === null) return 0;
    const id = ids.get(receiver) ?? ++last;
    ids.set(receiver, id);
    return id;
  };
}

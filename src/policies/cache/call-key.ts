import { keyBy } from '../../core/callbacks.js';
import type { StoreKey } from '../../core/store.js';
import { canonicalKey } from './cache-key.js';

/** From the receiver and the arguments of a call to its key; `undefined` bypasses the cache. Throws what the user's `key` throws. */
export type KeyOf = (self: unknown, args: readonly unknown[]) => StoreKey | undefined;

/** By what calls are told apart. */
export interface KeyOptions {
  readonly key?: (...args: unknown[]) => unknown;
  readonly scope: 'class' | 'instance';
}

/** Makes the keys of one tool's calls. */
export function keyMaker({ key, scope }: KeyOptions): KeyOf {
  const plain: KeyOf = key ? (self, args) => keyBy(key, self, args) : (_self, args) => canonicalKey(args);
  if (scope === 'class') return plain;
  const idOf = instanceIds();
  return (self, args) => {
    const made = plain(self, args);
    if (made === undefined) return undefined;
    return `${idOf(self)}${typeof made === 'number' ? '#' : ':'}${made}`;
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

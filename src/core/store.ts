/** `1` and `'1'` are two keys. */
export type StoreKey = string | number;

/** Where cached results are kept. The fewest verbs that will do; a store may forget anything at any time. */
export interface Store<Value> {
  /** The value kept under `key`, or `undefined`. */
  get(key: StoreKey): Value | undefined;
  /** Keeps `value`, making room where there is none. */
  set(key: StoreKey, value: Value): void;
  delete(key: StoreKey): void;
  /** What is kept, in any order. */
  entries(): Iterable<readonly [key: StoreKey, value: Value]>;
}

/** Where cached results are kept. The fewest verbs that will do; a store may forget anything at any time. */
export interface Store<Value> {
  /** The value kept under `key`, or `undefined`. */
  get(key: string): Value | undefined;
  /** Keeps `value`, making room where there is none. */
  set(key: string, value: Value): void;
  delete(key: string): void;
  /** What is kept, in any order. */
  entries(): Iterable<readonly [key: string, value: Value]>;
}

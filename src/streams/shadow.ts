/** A method of an object we know nothing about. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Puts a method of ours before one of an object that is not ours: the object stays what it is. Returns what takes it away again, or
 * `undefined` where the object has no such method or takes no other.
 */
export function shadow(target: object, key: PropertyKey, make: (original: Method) => Method): (() => void) | undefined {
  const before = Object.getOwnPropertyDescriptor(target, key);
  const original = (target as Record<PropertyKey, unknown>)[key];
  if (typeof original !== 'function') return undefined;
  const value = make(original as Method);
  const enumerable = before?.enumerable ?? false;
  if (!Reflect.defineProperty(target, key, { value, configurable: true, writable: true, enumerable })) return undefined;
  return () => {
    try {
      // Somebody stands before us by now: they call us, and we pass it on.
      if (Object.getOwnPropertyDescriptor(target, key)?.value !== value) return;
      if (before) Reflect.defineProperty(target, key, before);
      else Reflect.deleteProperty(target, key);
    } catch {
      // Frozen or revoked meanwhile: our method stays, and passes on.
    }
  };
}

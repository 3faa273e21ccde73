/** Whether a function is a class: it cannot be called. One that was compiled to a plain function is not told apart. */
export function isClass(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}

import type { AnyFunction } from '../core/call.js';
import { ConfigurationError } from '../core/errors.js';
import type { AnyClass } from '../metadata/card.js';
import { declareOnClass, declareOnMethod } from './declare.js';
import { decoratorName, type PartName } from './parts.js';

/** A function that takes its time. */
export type AsyncFunction = (...args: never[]) => PromiseLike<unknown>;

/** Decorates a method, static or not, or a class. */
export interface ToolDecorator {
  (target: AnyClass): void;
  <Method extends AnyFunction>(
    target: object,
    key: PropertyKey,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
}

/** Decorates a method that returns a promise, or a class. A policy takes time, so a synchronous method does not compile. */
export interface PolicyDecorator {
  (target: AnyClass): void;
  <Method extends AsyncFunction>(
    target: object,
    key: PropertyKey,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
}

/** The decorator that writes `part` wherever it is put. Options are checked when it is put somewhere: only then the error can say where. */
export function decoratorFor(part: PartName, given: unknown): ToolDecorator & PolicyDecorator {
  const decorate = (target: unknown, key?: unknown, descriptor?: unknown): unknown => {
    if (isClass(target, key)) return declareOnClass(part, given, target);
    if (isMethod(key, descriptor)) return declareOnMethod(part, given, target as object, key as PropertyKey, descriptor);
    throw new ConfigurationError(misplaced(part, target, key, descriptor));
  };
  return decorate as ToolDecorator & PolicyDecorator;
}

function isClass(target: unknown, key: unknown): target is AnyClass {
  return typeof target === 'function' && key === undefined;
}

function isMethod(key: unknown, descriptor: unknown): descriptor is PropertyDescriptor {
  const isKey = typeof key === 'string' || typeof key === 'symbol' || typeof key === 'number';
  return isKey && typeof (descriptor as PropertyDescriptor | undefined)?.value === 'function';
}

function misplaced(part: PartName, target: unknown, key: unknown, descriptor: unknown): string {
  const name = decoratorName(part);
  if (isStandard(key))
    return `${name} on ${String(key.name)}: standard decorators are not supported yet; set "experimentalDecorators": true in tsconfig.json`;
  const owner = typeof target === 'function' ? target.name : ((target as object | null)?.constructor?.name ?? 'something');
  const where = `${name} on ${owner}.${String(key)}`;
  if (typeof descriptor === 'number') return `${where}: this is a parameter, and only methods and classes are tools; put it on the method`;
  const { get, set } = (descriptor ?? {}) as PropertyDescriptor;
  if (get || set) return `${where}: this is a getter or setter, and only methods and classes are tools; write it as a method`;
  return `${where}: this is a property, and only methods and classes are tools; write it as a method, or use tool() for a function`;
}

function isStandard(context: unknown): context is { kind: string; name?: PropertyKey } {
  return typeof context === 'object' && context !== null && 'kind' in context;
}

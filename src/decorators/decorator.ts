import type { AnyFunction } from '../core/call.js';
import { metadataKey, type AnyClass } from '../metadata/card.js';
import { declareOnClass } from './declare-class.js';
import { declareOnMethod, declareOnProperty } from './declare-member.js';
import { misplaced, misplacedStandard, noClass, uncalled, withoutMetadata } from './misplaced.js';
import type { PartName } from '../metadata/parts.js';
import { isStandard, memberOf, type StandardContext } from './standard-context.js';

/** A function that takes its time. */
export type AsyncFunction = (...args: never[]) => PromiseLike<unknown>;

/** What an `async *` method returns, whatever it gives and takes; written out, for TypeScript changed its own types of it. */
export interface AsyncStream {
  readonly next: (...args: never) => PromiseLike<unknown>;
  readonly [Symbol.asyncIterator]: (...args: never) => unknown;
}

/** A function that takes its time, for one result or for many: what a policy may wait for. */
export type WaitingFunction = (...args: never[]) => PromiseLike<unknown> | AsyncStream;

/** A class, abstract or not, also one whose constructor is private. */
export interface ClassTarget {
  readonly prototype: object;
}

/**
 * Decorates methods, static and private ones included, properties that hold a function, and classes; legacy (`experimentalDecorators`) as
 * well as standard. With legacy decorators a property cannot be wrapped, so it does not compile.
 */
export interface DecoratorFor<Fn extends AnyFunction> {
  <Method extends Fn>(method: Method, context: ClassMethodDecoratorContext<never>): Method;
  (target: ClassTarget, context?: ClassDecoratorContext<never>): void;
  <This, Property extends Fn>(
    value: undefined,
    context: ClassFieldDecoratorContext<This, Property>,
  ): (this: This, initial: Property) => Property;
  <Method extends Fn>(target: object, key: PropertyKey, descriptor: TypedPropertyDescriptor<Method>): TypedPropertyDescriptor<Method>;
}

/** What `@Tool()` returns: any function may be a tool. */
export type ToolDecorator = DecoratorFor<AnyFunction>;

/** What `@Retry()` and the like return. A policy takes time, so a synchronous method does not compile. */
export type PolicyDecorator = DecoratorFor<WaitingFunction>;

/** What `@Cached()` returns. A stream can be read once only, so it does not compile either. */
export type CachedDecorator = DecoratorFor<AsyncFunction>;

/** The decorator that writes `part` wherever it is put. Options are checked when it is put somewhere: only then the error can say where. */
export function decoratorFor(part: PartName, given: unknown): ToolDecorator & PolicyDecorator & CachedDecorator {
  if (isTarget(Array.isArray(given) ? given[0] : given)) throw uncalled(part);
  const decorate = (target: unknown, key?: unknown, descriptor?: unknown): unknown => {
    if (isStandard(key)) return standard(part, given, target, key);
    if (key === undefined && descriptor === undefined) {
      if (!isClass(target)) throw noClass(part, target);
      return declareOnClass(part, given, target);
    }
    if (isMethod(target, key, descriptor)) return legacyMethod(part, given, target as object, key as PropertyKey, descriptor);
    throw misplaced(part, target, key, descriptor);
  };
  return decorate as ToolDecorator & PolicyDecorator & CachedDecorator;
}

function standard(part: PartName, given: unknown, value: unknown, context: StandardContext): unknown {
  if (!context.metadata) throw withoutMetadata(part, context);
  switch (context.kind) {
    case 'class':
      return declareOnClass(part, given, value as AnyClass, context.metadata);
    case 'method':
      return declareOnMethod(part, given, value as AnyFunction, { member: memberOf(context), classMetadata: context.metadata });
    case 'field':
      return declareOnProperty(part, given, { member: memberOf(context), classMetadata: context.metadata });
    default:
      throw misplacedStandard(part, context);
  }
}

function legacyMethod(
  part: PartName,
  given: unknown,
  target: object,
  key: PropertyKey,
  descriptor: PropertyDescriptor,
): PropertyDescriptor {
  const isStatic = typeof target === 'function';
  const home = (isStatic ? target : target.constructor) as AnyClass;
  const value = declareOnMethod(part, given, descriptor.value as AnyFunction, {
    member: { key: metadataKey(key), isStatic, isPrivate: false },
    home,
  });
  return value === descriptor.value ? descriptor : { ...descriptor, value };
}

/** Arrow functions and methods have no prototype. */
function isClass(target: unknown): target is AnyClass {
  return typeof target === 'function' && typeof target.prototype === 'object';
}

/** `@Tool` without its parentheses is given what it stands on in place of options. */
function isTarget(given: unknown): boolean {
  return typeof given === 'function' || (typeof given === 'object' && given !== null && Object.hasOwn(given, 'constructor'));
}

function isMethod(target: unknown, key: unknown, descriptor: unknown): descriptor is PropertyDescriptor {
  const isConstructor = key === 'constructor' && typeof target !== 'function';
  const isKey = typeof key === 'string' || typeof key === 'symbol' || typeof key === 'number';
  // A static method may bear that name.
  return isKey && !isConstructor && typeof (descriptor as PropertyDescriptor | undefined)?.value === 'function';
}

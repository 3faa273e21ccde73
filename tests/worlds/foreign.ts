import type { AnyClass, AnyFunction } from 'toolspan';

type Implementation = (this: unknown, ...args: unknown[]) => unknown;

/** Another library's decorator of methods, for both worlds. */
export interface ForeignDecorator {
  <Method extends AnyFunction>(method: Method, context: ClassMethodDecoratorContext): Method;
  <Method extends AnyFunction>(
    target: object,
    key: PropertyKey,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
}

/** A decorator as JavaScript has it: no type says where it may stand. */
export function unchecked(decorator: unknown): (...where: unknown[]) => void {
  return decorator as (...where: unknown[]) => void;
}

/** A decorator that puts a function of its own in the place of the one it finds. */
export function replacing(replace: (inner: Implementation) => AnyFunction): ForeignDecorator {
  const decorate = (target: unknown, _key: unknown, descriptor?: PropertyDescriptor): unknown =>
    descriptor ? { ...descriptor, value: replace(descriptor.value as Implementation) } : replace(target as Implementation);
  return decorate as ForeignDecorator;
}

/** A decorator that calls what it finds, and notes that it did. */
export function passing(notes: string[], note: string): ForeignDecorator {
  return replacing(
    (inner) =>
      function (this: unknown, ...args: unknown[]) {
        notes.push(note);
        return inner.apply(this, args);
      },
  );
}

/** A decorator that writes reflect-metadata on the function that it finds. */
export function marking(key: string, value: unknown): ForeignDecorator {
  const decorate = (target: unknown, _key: unknown, descriptor?: PropertyDescriptor): void =>
    Reflect.defineMetadata(key, value, (descriptor ? descriptor.value : target) as object);
  return decorate as ForeignDecorator;
}

/** A class decorator that puts another class in the place of the one it finds. */
export function replacingClass(replace: (found: AnyClass) => AnyClass): <Class extends AnyClass>(found: Class, context?: unknown) => Class {
  return ((found: AnyClass) => replace(found)) as <Class extends AnyClass>(found: Class) => Class;
}

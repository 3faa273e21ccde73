import type { AnyFunction } from '../core/call.js';
import { copyMetadata, type AnyClass, type Card } from '../metadata/card.js';
import { settleHomes } from '../metadata/members.js';
import { ToolBinding } from './binding.js';
import type { Enter } from './entry.js';
import { runtime } from './runtime.js';
import { answerWith, shapeOf, type Shape } from './shape.js';

// Receivers without a class: detached methods, functions of tool().
export const NOBODY = {};

/**
 * The function that takes the place of a decorated one. It looks up the binding of the receiver's class (nearly always the one
 * of the call before) and enters its row; what a row does was decided when it was laid.
 */
export function interceptMethod(card: Card, fn: AnyFunction): AnyFunction {
  const isMember = card.member !== undefined;
  const bind = binder(card, shapeOf(fn));
  runtime.bindings.set(card, bind);
  let lastKind: object | undefined;
  let last: Entered | undefined;

  // Written as a method, for methods have no prototype and cannot be called with `new`.
  const { interceptor } = {
    interceptor(this: unknown, ...args: unknown[]): unknown {
      const kind = isMember ? kindOf(this) : NOBODY;
      if (last === undefined || kind !== lastKind || last.generation !== runtime.generation) {
        last = bind(kind);
        lastKind = kind;
      }
      return last.enter(this, args, fn);
    },
  };
  return dress(interceptor, fn);
}

/**
 * The same for the functions that a property holds, one in each instance: they share the state of their class. Detached from its
 * instance, such a function still belongs to it.
 */
export function interceptProperty(card: Card): (instance: object, fn: AnyFunction) => AnyFunction {
  const binders = new Map<Shape, Bind>();
  return (instance, fn) => {
    const shape = shapeOf(fn);
    const bind = binders.get(shape) ?? binder(card, shape);
    binders.set(shape, bind);
    runtime.bindings.set(card, bind);
    const kind = kindOf(instance);
    let binding: Entered | undefined;
    const { interceptor } = {
      interceptor(this: unknown, ...args: unknown[]): unknown {
        if (binding === undefined || binding.generation !== runtime.generation) binding = bind(kind);
        // To the policies it belongs to its instance, whoever calls it.
        return binding.enter(instance, args, this === undefined || this === instance ? fn : bound(fn, this));
      },
    };
    dress(interceptor, fn);
    // The language names an arrow function after its property, but not where a decorator stands in between.
    if (fn.name === '') Object.defineProperty(interceptor, 'name', { value: nameOfMember(card), configurable: true });
    return interceptor;
  };
}

function nameOfMember({ member }: Card): string {
  const key = member?.key ?? '';
  return typeof key === 'symbol' ? `[${key.description ?? ''}]` : String(key);
}

function bound(fn: AnyFunction, self: unknown): AnyFunction {
  return (...args) => Reflect.apply(fn, self, args) as unknown;
}

/** What a call enters; for a tool whose options do not go together, nothing but the error. */
interface Entered {
  readonly generation: number;
  readonly enter: Enter;
  readonly error?: unknown;
}

type Bind = (kind: object) => Entered;

/** Bindings by class of receiver, made when they are needed. */
function binder(card: Card, shape: Shape): Bind {
  const bindings = new WeakMap<object, ToolBinding>();
  const bind = (kind: object): ToolBinding => {
    const target = classOf(kind);
    let binding = bindings.get(target ?? NOBODY);
    if (binding?.epoch !== runtime.epoch) {
      if (card.member && !card.home) settleHomes(target);
      binding = new ToolBinding(card, target, shape);
      bindings.set(target ?? NOBODY, binding);
    }
    if (binding.generation !== runtime.generation) binding.layRow();
    return binding;
  };
  return (kind) => {
    try {
      return bind(kind);
    } catch (error) {
      return refusing(error, shape);
    }
  };
}

/** Only policies can be wrong at this point, and a tool with a policy answers with a promise. It is tried again at the next call. */
function refusing(error: unknown, shape: Shape): Entered {
  return { generation: 0, enter: () => answerWith(error, shape), error };
}

/** What receivers of one class have in common, as fast as can be told: the prototype; for a static method, the class itself. */
function kindOf(self: unknown): object {
  if (typeof self === 'function') return self;
  if (typeof self !== 'object' || self === null) return NOBODY;
  try {
    return (Object.getPrototypeOf(self) as object | null) ?? NOBODY;
  } catch {
    return NOBODY; // a proxy that forbids to look
  }
}

/** By the prototype: what an object says of itself may be anything. */
function classOf(kind: object): AnyClass | undefined {
  if (typeof kind === 'function') return kind as AnyClass;
  const { constructor } = kind;
  return kind !== NOBODY && typeof constructor === 'function' ? (constructor as unknown as AnyClass) : undefined;
}

/** Same name, length, prototype and metadata as the function it stands for. */
function dress(interceptor: AnyFunction, fn: AnyFunction): AnyFunction {
  for (const key of Reflect.ownKeys(fn)) {
    const own = Object.getOwnPropertyDescriptor(interceptor, key);
    if (own && !own.configurable && !own.writable) continue;
    Object.defineProperty(interceptor, key, Object.getOwnPropertyDescriptor(fn, key)!);
  }
  copyMetadata(fn, interceptor);
  return interceptor;
}

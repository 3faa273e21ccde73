import type { AnyFunction } from '../core/call.js';
import { copyMetadata, type AnyClass, type Card } from '../metadata/card.js';
import { classOfInstance, settleHomes } from '../metadata/members.js';
import { ToolBinding } from './binding.js';
import { runtime } from './runtime.js';

// Receivers without a class: detached methods, functions of tool().
const NOBODY = {};

/**
 * The function that takes the place of a decorated one. It looks up the binding of the receiver's class (nearly always the one
 * of the call before) and enters its row; what a row does was decided when it was laid.
 */
export function interceptMethod(card: Card, fn: AnyFunction): AnyFunction {
  const isMember = card.member !== undefined;
  const bind = binder(card);
  let lastClass: object | undefined;
  let last: ToolBinding | undefined;

  // Written as a method, for methods have no prototype and cannot be called with `new`.
  const { interceptor } = {
    interceptor(this: unknown, ...args: unknown[]): unknown {
      const receiver = isMember ? classOf(this) : NOBODY;
      if (last === undefined || receiver !== lastClass || last.generation !== runtime.generation) {
        last = bind(receiver);
        lastClass = receiver;
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
  const bind = binder(card);
  return (instance, fn) => {
    const receiver = classOf(instance);
    let binding: ToolBinding | undefined;
    const { interceptor } = {
      interceptor(this: unknown, ...args: unknown[]): unknown {
        if (binding === undefined || binding.generation !== runtime.generation) binding = bind(receiver);
        // To the policies it belongs to its instance, whoever calls it.
        return binding.enter(instance, args, this === undefined || this === instance ? fn : bound(fn, this));
      },
    };
    return dress(interceptor, fn);
  };
}

function bound(fn: AnyFunction, self: unknown): AnyFunction {
  return (...args) => Reflect.apply(fn, self, args) as unknown;
}

/** Bindings by class of receiver, made when they are needed. */
function binder(card: Card): (receiver: object) => ToolBinding {
  const bindings = new WeakMap<object, ToolBinding>();
  return (receiver) => {
    let binding = bindings.get(receiver);
    if (binding?.epoch !== runtime.epoch) {
      const target = receiver === NOBODY ? undefined : (receiver as AnyClass);
      if (card.member && !card.home) settleHomes(target);
      binding = new ToolBinding(card, target);
      bindings.set(receiver, binding);
    }
    if (binding.generation !== runtime.generation) binding.layRow();
    return binding;
  };
}

/** The class of an instance; for a static method, the class itself. */
function classOf(self: unknown): object {
  if (typeof self === 'function') return self;
  return (typeof self === 'object' && self !== null && classOfInstance(self)) || NOBODY;
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

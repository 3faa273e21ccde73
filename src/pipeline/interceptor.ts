import type { AnyFunction } from '../core/call.js';
import { copyMetadata, type AnyClass, type Card } from '../metadata/card.js';
import { ToolBinding } from './binding.js';
import { runtime } from './runtime.js';

// Receivers without a class: detached methods, functions of tool().
const NOBODY = {};

/**
 * The function that takes the place of a decorated one. It looks up the binding of the receiver's class (nearly always the one
 * of the call before) and enters its row; what a row does was decided when it was laid.
 */
export function intercept(card: Card): AnyFunction {
  const bindings = new WeakMap<object, ToolBinding>();
  let lastClass: object | undefined;
  let last: ToolBinding | undefined;

  const interceptor = function (this: unknown, ...args: unknown[]): unknown {
    const receiver = card.home === undefined ? NOBODY : classOf(this);
    if (last === undefined || receiver !== lastClass || last.generation !== runtime.generation) {
      last = bind(card, bindings, receiver);
      lastClass = receiver;
    }
    return last.enter(this, args);
  };
  return dress(interceptor, card.fn);
}

function bind(card: Card, bindings: WeakMap<object, ToolBinding>, receiver: object): ToolBinding {
  let binding = bindings.get(receiver);
  if (binding?.epoch !== runtime.epoch) {
    binding = new ToolBinding(card, receiver === NOBODY ? undefined : (receiver as AnyClass));
    bindings.set(receiver, binding);
  }
  if (binding.generation !== runtime.generation) binding.layRow();
  return binding;
}

/** The class of an instance; for a static method, the class itself. */
function classOf(self: unknown): object {
  if (typeof self === 'function') return self;
  if (typeof self !== 'object' || self === null) return NOBODY;
  const { constructor } = self;
  return typeof constructor === 'function' ? constructor : NOBODY;
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

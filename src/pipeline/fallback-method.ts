import { ConfigurationError } from '../core/errors.js';
import { memberOf } from '../core/thrown.js';
import { nameOfClass, placeOf } from '../metadata/card.js';
import { classOfInstance, findCard } from '../metadata/members.js';
import type { Enter } from './entry.js';
import type { ResolvedTool } from './resolve.js';

/**
 * Refuses calls while their receiver lacks the method that `@Fallback` names, or while that leads back to the tool itself, which would go on for
 * ever; asks until one receiver was well, for those of a class are alike.
 */
export function withFallbackMethod({ policies, ...tool }: ResolvedTool, enter: Enter, refuse: (error: Error) => unknown): Enter {
  const method = policies.fallback?.method;
  if (method === undefined) return enter;
  let isFound = false;
  return (self, args, fn) => {
    if (!isFound && isObject(self)) {
      const problem = hasMethod(self, method) ? circular(tool, self, method) : missing(tool, self, method);
      if (problem) return refuse(problem);
      isFound = true;
    }
    return enter(self, args, fn);
  };
}

// A method that was detached from its instance has none to look at.
function isObject(self: unknown): self is object {
  return (typeof self === 'object' && self !== null) || typeof self === 'function';
}

/** Its own, or an inherited one. Getters are not asked. */
function hasMethod(self: object, name: string): boolean {
  try {
    for (let at: object | null = self; at; at = Object.getPrototypeOf(at) as object | null) {
      const found = Object.getOwnPropertyDescriptor(at, name);
      if (found) return found.get !== undefined || typeof found.value === 'function';
    }
  } catch {
    return true; // a proxy that forbids to look
  }
  return typeof memberOf(self, name) === 'function'; // a proxy may make it up
}

function circular({ name, namespace, card }: Omit<ResolvedTool, 'policies'>, self: object, method: string): ConfigurationError | undefined {
  const way = [String(card.member?.key)];
  for (let next: string | undefined = method; next !== undefined; next = fallbackOf(self, next)) {
    const isBack = way.includes(next);
    way.push(next);
    if (!isBack) continue;
    return new ConfigurationError(
      `tool "${name}" (${placeOf(card)}) fallback: ${way.join(' leads to ')}, so it would never end; the last one must have none, or another one`,
      { tool: name, namespace },
    );
  }
  return undefined;
}

/** The method that a method which is a tool itself falls back on. */
function fallbackOf(self: object, name: string): string | undefined {
  try {
    return findCard(self, name)?.parts.fallback?.method;
  } catch {
    return undefined; // a proxy that forbids to look
  }
}

function missing({ name, namespace, card }: Omit<ResolvedTool, 'policies'>, self: object, method: string): ConfigurationError {
  const target = typeof self === 'function' ? self : classOfInstance(self);
  const where = target ? nameOfClass(target as never) : 'the receiver';
  return new ConfigurationError(
    `tool "${name}" (${placeOf(card)}) fallback: ${where} has no method "${method}"; write one that takes (error, ...args), or give the text itself by () => '${method}'`,
    { tool: name, namespace },
  );
}

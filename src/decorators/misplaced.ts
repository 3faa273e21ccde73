import { ConfigurationError } from '../core/errors.js';
import { shown } from '../core/options.js';
import { nameOfClass, type AnyClass } from '../metadata/card.js';
import { decoratorName, type PartName } from '../metadata/parts.js';
import type { StandardContext } from './standard-context.js';

const AS_METHOD = 'this is a getter or setter, and only methods, functions and classes are tools; write it as a method';

/** A legacy decorator that stands where it can do nothing: what it stands on, and what to write instead. */
export function misplaced(part: PartName, target: unknown, key: unknown, descriptor: unknown): ConfigurationError {
  const owner = typeof target === 'function' ? target : (target as object | null)?.constructor;
  const names = [owner && nameOfClass(owner as unknown as AnyClass), (typeof key === 'symbol' || typeof key === 'string') && String(key)];
  const where = names.filter((name) => name).join('.');
  return new ConfigurationError(`${decoratorName(part)} on ${where}: ${legacyReason(key, descriptor)}`, {
    tool: where,
    namespace: 'default',
  });
}

function legacyReason(key: unknown, descriptor: unknown): string {
  if (key === 'constructor') return 'this is the constructor, which makes instances and is no tool; put it on the class';
  if (typeof descriptor === 'number') {
    return key === undefined
      ? 'this is a parameter of the constructor, and only methods and classes are tools; put it on the class'
      : 'this is a parameter, and only methods and classes are tools; put it on the method';
  }
  const { get, set } = (descriptor ?? {}) as PropertyDescriptor;
  if (get || set) return AS_METHOD;
  return `this is a property, which legacy decorators ("experimentalDecorators") cannot wrap; write it as a method: async ${String(key)}() { ... }, or compile with standard decorators`;
}

/** The same for a standard one. */
export function misplacedStandard(part: PartName, { kind, name }: StandardContext): ConfigurationError {
  const reason =
    kind === 'accessor'
      ? 'this is an accessor, and only methods, functions and classes are tools; write it as a method, or without the word accessor'
      : AS_METHOD;
  return new ConfigurationError(`${decoratorName(part)} on ${kind} ${String(name)}: ${reason}`, {
    tool: String(name),
    namespace: 'default',
  });
}

/** What must stand in the parentheses. */
const NEEDED: Partial<Record<PartName, string>> = {
  rateLimited: "{ limit: 10, per: '1s' }",
  timeout: "'5s'",
  bulkhead: '10',
  fallback: '() => []',
  hedge: "'200ms'",
  use: "'upstream'",
};

function written(part: PartName): string {
  return `${decoratorName(part)}(${NEEDED[part] ?? ''})`;
}

/** A decorator that was written without its parentheses. */
export function uncalled(part: PartName): ConfigurationError {
  return new ConfigurationError(`${decoratorName(part)} is written without parentheses: write ${written(part)}`);
}

/** A decorator that was applied to something else than a class. */
export function noClass(part: PartName, target: unknown): ConfigurationError {
  const name = decoratorName(part);
  return new ConfigurationError(
    `${name} on ${shown(target)}: this is no class; a function becomes a tool by tool({ ... }, fn), and a decorator is written with parentheses: ${written(part)}`,
  );
}

/** What a compiler hands on that knows an older draft of standard decorators. */
export function withoutMetadata(part: PartName, { kind, name }: StandardContext): ConfigurationError {
  return new ConfigurationError(
    `${decoratorName(part)} on ${kind} ${String(name)}: the compiler hands no metadata to decorators, without which nobody can tell which of them belong together; use TypeScript 5.2 or later, or a current esbuild or swc, or "experimentalDecorators"`,
  );
}

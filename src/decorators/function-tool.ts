import type { AnyFunction } from '../core/call.js';
import { isClass } from '../core/class.js';
import { ConfigurationError } from '../core/errors.js';
import { shown, unknownOption, type Subject } from '../core/options.js';
import type { Parts, ToolOptions } from '../metadata/card.js';
import { checkPart, POLICY_PARTS, toolRules, type PartName } from '../metadata/parts.js';
import type { AnyResult } from '../policies/fallback.js';
import { declareFunction } from './declare-member.js';
import type { FunctionFor, FunctionToolOptions, OptionsFor } from './function-options.js';

/**
 * Makes a function a tool. Returns a function with the same type, name and length.
 * @throws ConfigurationError on options it cannot work with, and for a function that has no name while none is given
 */
// One signature: of several, TypeScript would take the types of callbacks from the first, whichever it chooses in the end.
export function tool<Fn extends FunctionFor<Cached, Policy>, Cached = undefined, Policy = undefined, Fallback extends AnyResult = never>(
  options: OptionsFor<Fn, Cached, Policy, Fallback>,
  fn: Fn,
): Fn;
export function tool(options: FunctionToolOptions, fn: AnyFunction): AnyFunction {
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError(`tool(): options must be an object, got ${shown(options)}; write tool({ name: 'search' }, fn)`);
  if (typeof fn !== 'function' || isClass(fn)) throw noFunction(fn);
  const subject = subjectOf(options, fn);
  const parts: Parts = { tool: checkPart('tool', identityOf(options, subject), subject) as ToolOptions };
  for (const policy of POLICY_PARTS) if (options[policy] !== undefined) addPart(parts, policy, options[policy], subject);
  if (!parts.tool?.name && !fn.name) throw new ConfigurationError('tool(): name must be given, for the function has none');
  return declareFunction(fn, parts, callerOf(tool));
}

/** The one frame of the stack that called `callee`. It is taken here, and written out only if somebody reads it. */
function callerOf(callee: AnyFunction): { stack?: string } {
  const { stackTraceLimit } = Error;
  const caller = {};
  // By Reflect: where the language's own objects are frozen, it takes a few frames more.
  Reflect.set(Error, 'stackTraceLimit', 1);
  Error.captureStackTrace(caller, callee);
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  return caller;
}

/** What is left for `@Tool` when the policies are taken out. */
function identityOf(options: FunctionToolOptions, subject: Subject): ToolOptions {
  const known = [...Object.keys(toolRules), ...POLICY_PARTS];
  const entries = Object.entries(options) as [string, unknown][];
  for (const [option, value] of entries) if (!known.includes(option)) throw unknownOption(subject, option, value, known);
  return Object.fromEntries(entries.filter(([option]) => !(POLICY_PARTS as string[]).includes(option)));
}

function noFunction(given: unknown): ConfigurationError {
  const cure = isClass(given)
    ? '; a class becomes a tool by @Tool() above it, and its execute is what runs'
    : "; write tool({ name: 'search' }, fn), or @Tool() above a method";
  return new ConfigurationError(`tool(): the second argument must be a function, got ${shown(given)}${cure}`);
}

function addPart(parts: Parts, part: PartName, given: unknown, subject: Subject): void {
  Object.assign(parts, { [part]: checkPart(part, given, { ...subject, title: `${subject.title} ${part}` }) });
}

function subjectOf({ name, namespace }: ToolOptions, fn: AnyFunction): Subject {
  const called = typeof name === 'string' ? name : fn.name;
  return { title: `tool "${called}"`, tool: called, namespace: typeof namespace === 'string' ? namespace : 'default' };
}

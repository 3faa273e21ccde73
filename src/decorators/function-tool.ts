import type { AnyFunction } from '../core/call.js';
import { isClass } from '../core/class.js';
import { ConfigurationError } from '../core/errors.js';
import { shown, unknownOption, type Subject } from '../core/options.js';
import type { Parts, ToolOptions } from '../metadata/card.js';
import { checkPart, POLICY_PARTS, toolRules, type FunctionPolicies, type PartName } from '../metadata/parts.js';
import { declareFunction } from './declare-member.js';
import type { AsyncFunction, WaitingFunction } from './decorator.js';

/** Options of `tool()`: what `@Tool` takes, and the policies. */
export interface FunctionToolOptions extends ToolOptions, FunctionPolicies {}

/** `ToolOptions` without a policy: the function may be synchronous and stays so. */
export type PlainToolOptions = ToolOptions & { readonly [Policy in keyof FunctionPolicies]?: undefined };

/**
 * Makes a function a tool. Returns a function with the same type, name and length.
 * @throws ConfigurationError on options it cannot work with, and for a function that has no name while none is given
 */
export function tool<Fn extends AnyFunction>(options: PlainToolOptions, fn: Fn): Fn;
export function tool<Fn extends WaitingFunction>(options: FunctionToolOptions & { readonly cached?: undefined }, fn: Fn): Fn;
export function tool<Fn extends AsyncFunction>(options: FunctionToolOptions, fn: Fn): Fn;
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

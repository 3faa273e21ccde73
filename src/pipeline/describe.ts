import { shown } from '../core/options.js';
import { findTool } from './find.js';
import { chainOf } from './order.js';
import { declaredTools } from './registry.js';
import { resolveTool, type ResolvedTool } from './resolve.js';
import type { PolicyName } from './resolve-policies.js';

/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** One policy of a tool as plain JSON: durations in milliseconds, functions by their name. */
export interface PolicyDescription {
  readonly name: PolicyName;
  readonly options: Readonly<Record<string, JsonValue>>;
}

/** A tool as plain JSON. */
export interface ToolDescription {
  readonly name: string;
  readonly namespace: string;
  readonly description?: string;
  /** Outermost first: the order in which a call meets them. One that acts at two places stands at both. */
  readonly policies: readonly PolicyDescription[];
}

/**
 * What a tool is called and which policies its calls meet. `target` is an instance, a class or a function of `tool()`; `key` the
 * method, which may be left out where there is only one tool.
 * @throws ConfigurationError where there is no such tool, or more than one.
 */
export function describeTool(target: object, key?: PropertyKey): ToolDescription {
  const { card, receiver } = findTool('describeTool', target, key);
  return describe(resolveTool(card, receiver));
}

/** The same for every tool decorated so far. */
export function listTools(): ToolDescription[] {
  return Array.from(declaredTools(), describe);
}

function describe({ name, namespace, description, policies }: ResolvedTool): ToolDescription {
  return {
    name,
    namespace,
    ...(description !== undefined && { description }),
    policies: chainOf(policies).map((policy) => ({ name: policy.name, options: plain(policy.options) })),
  };
}

function plain(options: object): PolicyDescription['options'] {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([option, value]: [string, unknown]) => [option, plainValue(value)]));
}

/** As JSON has it; a function, and what JSON cannot say, in words. */
function plainValue(value: unknown): JsonValue {
  if (typeof value === 'function') return shown(value);
  try {
    const text = JSON.stringify(value, (_key, member: unknown) => (typeof member === 'function' ? shown(member) : member)) as
      string | undefined;
    return text === undefined ? shown(value) : (JSON.parse(text) as JsonValue);
  } catch {
    return shown(value);
  }
}

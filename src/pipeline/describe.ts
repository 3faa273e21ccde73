import { ConfigurationError } from '../core/errors.js';
import { shown } from '../core/options.js';
import { cardOf, metadataKey, nameOfClass, placeOf, type AnyClass, type Card } from '../metadata/card.js';
import { cardsOf, classOfInstance, findCard, settleHomes } from '../metadata/members.js';
import { POLICY_ORDER } from './order.js';
import { declaredTools } from './registry.js';
import { resolveTool, type ResolvedTool } from './resolve.js';

/** One policy of a tool as plain JSON: durations in milliseconds, functions by their name. */
export interface PolicyDescription {
  readonly name: (typeof POLICY_ORDER)[number];
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** A tool as plain JSON. */
export interface ToolDescription {
  readonly name: string;
  readonly namespace: string;
  readonly description?: string;
  /** Outermost first: the order in which a call meets them. */
  readonly policies: readonly PolicyDescription[];
}

/**
 * What a tool is called and which policies its calls meet. `target` is an instance, a class or a function of `tool()`; `key` the
 * method, which may be left out where there is only one tool.
 * @throws ConfigurationError where there is no such tool, or more than one.
 */
export function describeTool(target: object, key?: PropertyKey): ToolDescription {
  const { card, receiver } = find(target, key);
  return describe(resolveTool(card, receiver));
}

/** The same for every tool decorated so far. */
export function listTools(): ToolDescription[] {
  return Array.from(declaredTools(), describe);
}

function describe({ name, namespace, description, policies }: ResolvedTool): ToolDescription {
  const present = POLICY_ORDER.filter((policy) => policies[policy] !== undefined);
  return {
    name,
    namespace,
    ...(description !== undefined && { description }),
    policies: present.map((policy) => ({ name: policy, options: plain(policies[policy]!) })),
  };
}

function plain(options: object): PolicyDescription['options'] {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([option, value]: [string, unknown]) => [option, typeof value === 'function' ? shown(value) : (value as number)]),
  );
}

interface Found {
  readonly card: Card;
  readonly receiver: AnyClass | undefined;
}

function find(target: object, key: PropertyKey | undefined): Found {
  const isFunction = typeof target === 'function';
  const own = isFunction && key === undefined ? cardOf(target) : undefined;
  if (own) return { card: own, receiver: own.home };
  const receiver = isFunction ? (target as AnyClass) : classOfInstance(target);
  settleHomes(receiver);
  const card = key === undefined ? onlyCard(receiver) : cardUnder(target, key, receiver);
  if (!card) throw new ConfigurationError(`describeTool: ${shownClass(receiver)} has no tool ${String(key)}`);
  return { card, receiver };
}

/** What the object or the class shows under the key; else what no look shows, or a function of the instance's own stands before. */
function cardUnder(target: object, key: PropertyKey, receiver: AnyClass | undefined): Card | undefined {
  const isInstance = typeof target !== 'function';
  const places = isInstance ? [target, Object.getPrototypeOf(target) as object | null] : [target, target.prototype as object | undefined];
  for (const place of places) {
    const card = place && findCard(place, key);
    if (card) return card;
  }
  const isWrittenOver = isInstance && Object.hasOwn(target, key);
  const wanted = metadataKey(key);
  return toolsOf(receiver).find(({ member, home }) => member?.key === wanted && (!isWrittenOver || home === receiver));
}

function toolsOf(receiver: AnyClass | undefined): Card[] {
  return receiver?.prototype ? cardsOf(receiver) : [];
}

function shownClass(target: AnyClass | undefined): string {
  return target ? nameOfClass(target) : 'the object';
}

function onlyCard(receiver: AnyClass | undefined): Card {
  const cards = toolsOf(receiver);
  if (cards.length === 1) return cards[0]!;
  const which =
    cards.length === 0 ? 'has no tool: nothing of it is decorated' : `has more than one tool; say which: ${cards.map(placeOf).join(', ')}`;
  throw new ConfigurationError(`describeTool: ${shownClass(receiver)} ${which}`);
}

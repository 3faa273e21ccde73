import type { Attributes } from '../core/attributes.js';
import type { ToolIdentity } from '../core/call.js';
import type { ToolFacts } from '../core/telemetry.js';
import { classCardOf, ownNameOf, placeOf, type AnyClass, type Card, type ClassCard, type ToolOptions } from '../metadata/card.js';
import { classChain } from '../metadata/members.js';
import { metadataChain } from '../metadata/standard.js';
import { resolvePolicies, type ResolvedPolicies } from './resolve-policies.js';

/** A decorated function as it works for one class of receivers. */
export interface ResolvedTool extends ToolIdentity {
  readonly card: Card;
  readonly description?: string | undefined;
  readonly attributes?: Attributes | undefined;
  readonly policies: ResolvedPolicies;
  /** Milliseconds after which a stream that nobody reads counts as abandoned, where an option says so. */
  readonly streamIdleTimeout: number | undefined;
}

/** Reads the card and the cards of the receiver's classes: the method's own options win, then the nearest class. */
export function resolveTool(card: Card, receiver?: AnyClass): ResolvedTool {
  const classes = classCards(card, receiver);
  const said = [card.parts, ...classes.map(({ parts }) => parts)].map(({ tool }) => tool ?? {});
  const name = said[0]!.name ?? classFormName(card, classes, receiver) ?? card.defaultName;
  const namespace = first(said, 'namespace') ?? 'default';
  const subject = { title: `tool "${name}" (${placeOf(card)})`, tool: name, namespace };
  return {
    card,
    name,
    namespace,
    description: first(said, 'description'),
    attributes: mergeAttributes(said),
    policies: resolvePolicies(subject, [card.parts, ...classes.map(({ parts }) => parts)]),
    streamIdleTimeout: first(said, 'streamIdleTimeout') as number | undefined,
  };
}

/** An option where it is said first: by the method, then by the nearest class. */
function first<Option extends keyof ToolOptions>(said: readonly ToolOptions[], option: Option): ToolOptions[Option] {
  return said.find((options) => options[option] !== undefined)?.[option];
}

/** What telemetry must know of a tool. `isLimitedGlobally`: a global limit is set. */
export function factsOf(tool: ResolvedTool, isLimitedGlobally: boolean): ToolFacts {
  const { name, namespace, description, attributes, policies } = tool;
  return {
    name,
    namespace,
    description,
    attributes,
    hasCache: policies.cached !== undefined,
    hasRateLimit: policies.rateLimited !== undefined || isLimitedGlobally,
    hasCircuit: policies.circuitBreaker !== undefined && policies.circuitBreaker.mode !== 'disabled',
    maxRetries: policies.retry?.maxRetries,
    hasBulkhead: policies.bulkhead !== undefined,
    hasFallback: policies.fallback !== undefined,
    hasHedge: policies.hedge !== undefined,
    hasStale: (policies.cached?.staleWhileRevalidate ?? policies.cached?.staleIfError) !== undefined,
    hasAttemptTimeout: policies.timeout?.attempt !== undefined,
    hasTotalTimeout: policies.timeout?.total !== undefined,
    callbacks: callbacksOf(policies),
  };
}

/** Options that are functions, as they are told of when they do not work. */
function callbacksOf({ fallback, ...policies }: ResolvedPolicies): string[] {
  const names = Object.entries(policies).flatMap(([policy, options]: [string, object | undefined]) =>
    Object.entries(options ?? {}).flatMap(([option, value]) => (typeof value === 'function' ? [`${policy}.${option}`] : [])),
  );
  if (fallback?.handler ?? fallback?.method) names.push('fallback');
  if (fallback?.fallbackIf) names.push('fallbackIf');
  return names;
}

/** Cards of the receiver's class and of those it extends, nearest first. A receiver of another family counts as the home class. */
function classCards(card: Card, receiver: AnyClass | undefined): ClassCard[] {
  const chain = [...classChain(receiver)];
  const isKin = card.home !== undefined && chain.includes(card.home);
  const family = isKin ? chain : card.home ? [...classChain(card.home)] : [...metadataChain(card.classMetadata)];
  return family.map(classCardOf).filter((found) => found !== undefined);
}

/** A class that was decorated as a whole names its `execute`, also for subclasses that do not name it anew. */
function classFormName(card: Card, classes: readonly ClassCard[], receiver: AnyClass | undefined): string | undefined {
  if (card.form !== 'class') return undefined;
  const named = classes.find(({ execute, parts }) => execute === card && parts.tool?.name);
  if (named) return named.parts.tool?.name;
  const nearest = [...classChain(receiver ?? card.home)].find((target) => classCardOf(target)?.execute === card);
  return nearest && ownNameOf(nearest);
}

function mergeAttributes(said: readonly ToolOptions[]): Attributes | undefined {
  const all = said.map(({ attributes }) => attributes).filter((attributes) => attributes !== undefined);
  return all.length > 0 ? (Object.assign({}, ...all.reverse()) as Attributes) : undefined;
}

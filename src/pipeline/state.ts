import type { Observer } from '../core/call.js';
import type { OnBroken } from '../core/callbacks.js';
import type { Clock, Random } from '../core/clock.js';
import { Deadlines } from '../core/deadlines.js';
import type { Once } from '../core/once.js';
import { discard } from '../core/stream.js';
import { placeOf } from '../metadata/card.js';
import type { BulkheadDeps } from '../policies/bulkhead/bulkhead.js';
import type { CacheDeps } from '../policies/cache/cache.js';
import type { CacheEntry } from '../policies/cache/cache-entry.js';
import { keyMaker } from '../policies/cache/call-key.js';
import type { Circuit } from '../policies/circuit/circuit.js';
import type { CircuitBreakerDeps } from '../policies/circuit/circuit-breaker.js';
import type { FallbackDeps } from '../policies/fallback.js';
import { Flights } from '../policies/cache/flights.js';
import type { Gcra } from '../policies/rate-limit/gcra.js';
import { quantileOf, type HedgeDeps } from '../policies/hedge/hedge.js';
import { LatencyQuantile } from '../policies/hedge/latency.js';
import { Limiter } from '../policies/rate-limit/limiter.js';
import { Lookup } from '../policies/cache/lookup.js';
import type { RetryDeps } from '../policies/retry/retry.js';
import { RetryBudget } from '../policies/retry/retry-budget.js';
import type { Inside, TimeLimit } from '../policies/timeout.js';
import { memoryStore } from '../stores/memory.js';
import type { ResolvedTool } from './resolve.js';
import type { ResolvedPolicies } from './resolve-policies.js';
import { sameOptions } from './same-options.js';
import { cachedStreamError } from './shape.js';
import type { Shared } from './shared.js';

/** What the policies of one tool remember; laying the row again forgets nothing. */
export interface PolicyState {
  readonly policies: ResolvedPolicies;
  readonly clock: Clock;
  readonly total?: TimeLimit | undefined;
  readonly attempt?: TimeLimit | undefined;
  /** Whether something around an attempt may give it up. */
  readonly isCancellable: boolean;
  readonly fallback?: FallbackDeps | undefined;
  readonly cache?: CacheDeps | undefined;
  readonly limiter?: Limiter | undefined;
  readonly isLimitedPerAttempt: boolean;
  readonly retry?: RetryDeps | undefined;
  readonly hedge?: HedgeDeps | undefined;
  /** The circuit, also where no call asks it. */
  readonly machine?: Circuit | undefined;
  /** The one that calls ask. */
  readonly circuit?: Circuit | undefined;
  readonly circuitBreaker?: CircuitBreakerDeps | undefined;
  readonly bulkhead?: BulkheadDeps | undefined;
}

/** Everything a row is laid from. */
export interface RowParts extends PolicyState {
  readonly globalLimit?: Gcra | undefined;
  readonly observer: Observer;
  /** Whether anybody watches: what only tells the observer is not laid otherwise. */
  readonly isObserved: boolean;
  readonly inside: Inside;
}

/** What is handed to the policies. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly once: Once;
  readonly shared: Shared;
}

/** What the parts of a tool's state are made from. */
interface Making {
  readonly tool: ResolvedTool;
  readonly policies: ResolvedPolicies;
  readonly around: Surroundings;
  readonly onBroken: OnBroken;
  /** A part of the state before, where the options of its policy are the same. */
  kept<Piece extends keyof PolicyState>(policy: keyof ResolvedPolicies, piece: Piece): PolicyState[Piece] | undefined;
}

/** State for one tool: what `before` had, where the options of a policy are the same, and a fresh one for the others. */
export function createState(tool: ResolvedTool, around: Surroundings, before?: PolicyState): PolicyState {
  const { policies } = tool;
  const making: Making = {
    tool,
    policies,
    around,
    onBroken(option, error, call) {
      around.once.broken(tool.name, option, error);
      call.observer.report(call, { type: 'callback.broken', option });
    },
    kept: (policy, piece) => (before && sameOptions(before.policies[policy], policies[policy]) ? before[piece] : undefined),
  };
  const machine = circuitOf(making, before);
  const circuit = policies.circuitBreaker?.mode === 'disabled' ? undefined : machine;
  return {
    policies,
    clock: around.clock,
    total: timeLimit(making, 'total', 'call'),
    attempt: timeLimit(making, 'attempt', 'attempt'),
    isCancellable: policies.timeout !== undefined || policies.hedge !== undefined,
    fallback: { onBroken: making.onBroken },
    cache: cacheOf(making),
    limiter: limiterOf(making),
    isLimitedPerAttempt: policies.rateLimited?.scope === 'attempt',
    retry: retryOf(making, circuit),
    hedge: hedgeOf(making),
    machine,
    circuit,
    circuitBreaker: circuit && { clock: around.clock, circuit, onBroken: inPolicy('circuitBreaker', making) },
    bulkhead: bulkheadOf(making),
  };
}

/** Two policies may have an option of the same name. */
function inPolicy(policy: keyof ResolvedPolicies, { onBroken }: Making): OnBroken {
  return (option, error, call) => onBroken(`${policy}.${option}`, error, call);
}

/** What was kept; but what has a name is asked for again, for those that share it may have been told otherwise. */
function own<Piece>({ name }: { readonly name?: string }, kept: Piece | undefined): Piece | undefined {
  return name === undefined ? kept : undefined;
}

/** @param before what it was with other options: what was done to it by hand is not lost */
function circuitOf({ policies: { circuitBreaker }, around, kept }: Making, before: PolicyState | undefined): Circuit | undefined {
  if (!circuitBreaker) return undefined;
  return own(circuitBreaker, kept('circuitBreaker', 'machine')) ?? around.shared.circuit(circuitBreaker, before?.machine);
}

function limiterOf(making: Making): Limiter | undefined {
  const { around, kept } = making;
  const { rateLimited } = making.policies;
  if (!rateLimited) return undefined;
  const make = (): Limiter =>
    new Limiter(rateLimited, { clock: around.clock, ...around.shared.limits(rateLimited), onBroken: inPolicy('rateLimited', making) });
  return own(rateLimited, kept('rateLimited', 'limiter')) ?? make();
}

function bulkheadOf({ policies: { bulkhead }, around, kept }: Making): BulkheadDeps | undefined {
  return bulkhead && (own(bulkhead, kept('bulkhead', 'bulkhead')) ?? { clock: around.clock, places: around.shared.places(bulkhead) });
}

function retryOf(making: Making, circuit: Circuit | undefined): RetryDeps | undefined {
  const { around, kept } = making;
  const { retry } = making.policies;
  if (!retry) return undefined;
  const { clock, random } = around;
  return {
    clock,
    random,
    budget: kept('retry', 'retry')?.budget ?? (retry.budget && new RetryBudget(retry.budget)),
    onBroken: inPolicy('retry', making),
    ...(circuit && { refuses: (now: number) => circuit.isOpen(now), onRefusing: (callback: () => void) => circuit.onOpen(callback) }),
  };
}

function timeLimit(
  { policies, around: { clock }, kept }: Making,
  option: 'attempt' | 'total',
  scope: TimeLimit['scope'],
): TimeLimit | undefined {
  const timeoutMs = policies.timeout?.[option];
  return timeoutMs === undefined
    ? undefined
    : (kept('timeout', option) ?? { timeoutMs, scope, deadlines: new Deadlines(clock, timeoutMs) });
}

function hedgeOf({ policies: { hedge }, around: { clock }, kept }: Making): HedgeDeps | undefined {
  const quantile = quantileOf(hedge?.after);
  return hedge && (kept('hedge', 'hedge') ?? { clock, latency: quantile === undefined ? undefined : new LatencyQuantile(quantile) });
}

function cacheOf(making: Making): CacheDeps | undefined {
  const { around, kept, tool } = making;
  const { name, namespace, card } = tool;
  const { cached } = making.policies;
  if (!cached) return undefined;
  const onBroken = inPolicy('cached', making);
  const before = kept('cached', 'cache');
  if (before) return before;
  const { maxEntries, maxWeight } = cached;
  const store = memoryStore<CacheEntry>({ maxEntries, maxWeight, weightOf: ({ weight = 1 }) => weight });
  return {
    clock: around.clock,
    random: around.random,
    lookup: new Lookup(keyMaker(cached), store, onBroken),
    store,
    flights: new Flights(),
    onBroken,
    refuseStream(stream) {
      discard(stream);
      return cachedStreamError(name, namespace, placeOf(card));
    },
  };
}

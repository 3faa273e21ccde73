import type { Observer } from '../core/call.js';
import type { Clock, Random } from '../core/clock.js';
import type { Once } from '../core/once.js';
import type { CacheDeps, CacheEntry } from '../policies/cache.js';
import { Circuit } from '../policies/circuit.js';
import type { CircuitBreakerDeps } from '../policies/circuit-breaker.js';
import { Gcra } from '../policies/gcra.js';
import type { ToolLimit } from '../policies/rate-limit.js';
import type { RetryDeps } from '../policies/retry.js';
import { WaitingLine } from '../policies/waiting-line.js';
import { memoryStore } from '../stores/memory.js';
import { discard } from '../core/stream.js';
import { placeOf } from '../metadata/card.js';
import { cachedStreamError } from './shape.js';
import type { ResolvedPolicies, ResolvedTool } from './resolve.js';

/** What the policies of one tool remember; made once, so that laying the row again forgets nothing. */
export interface PolicyState {
  readonly policies: ResolvedPolicies;
  readonly clock: Clock;
  readonly circuit?: Circuit | undefined;
  readonly cache?: CacheDeps | undefined;
  readonly toolLimit?: ToolLimit | undefined;
  readonly retry?: RetryDeps | undefined;
  readonly circuitBreaker?: CircuitBreakerDeps | undefined;
}

/** Everything a row is laid from. */
export interface RowParts extends PolicyState {
  readonly globalLimit?: Gcra | undefined;
  readonly observer: Observer;
}

/** What is handed to the policies. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly once: Once;
}

/** Fresh state for one tool. */
export function createState({ name, namespace, card, policies }: ResolvedTool, { clock, random, once }: Surroundings): PolicyState {
  const onBroken = (what: string, error: unknown): void => once.broken(name, what, error);
  const circuit = policies.circuitBreaker && new Circuit(policies.circuitBreaker);
  const rate = policies.rateLimited;
  return {
    policies,
    clock,
    circuit,
    cache: policies.cached && {
      clock,
      store: memoryStore<CacheEntry>(policies.cached.maxEntries),
      flights: new Map(),
      onBroken,
      refuseStream(stream) {
        discard(stream);
        return cachedStreamError(name, namespace, placeOf(card));
      },
    },
    toolLimit: rate && { gcra: new Gcra(rate), line: new WaitingLine(clock), maxWait: rate.maxWait ?? 0 },
    retry: policies.retry && {
      clock,
      random,
      onBrokenCallback: onBroken,
      ...(circuit && { refuses: (now: number) => circuit.isOpen(now), onRefusing: (callback: () => void) => circuit.onOpen(callback) }),
    },
    circuitBreaker: circuit && { clock, circuit, onBrokenCallback: onBroken },
  };
}

import type { Clock } from '../core/clock.js';
import type { Store, StoreKey } from '../core/store.js';
import type { ResolvedBulkhead } from '../policies/bulkhead/bulkhead.js';
import { Circuit } from '../policies/circuit/circuit.js';
import { circuitSettings, type ResolvedCircuitBreaker } from '../policies/circuit/circuit-options.js';
import type { Rate } from '../policies/rate-limit/gcra.js';
import type { Limit } from '../policies/rate-limit/limiter.js';
import { Places } from '../policies/bulkhead/places.js';
import { DEFAULT_MAX_KEYS, type ResolvedRateLimit } from '../policies/rate-limit/rate-limit.js';
import { memoryStore } from '../stores/memory.js';
import { sameOptions } from './same-options.js';

/** Options that may name what several tools share. */
interface Nameable {
  readonly name?: string;
}

/** What tools share on purpose, by its name; without a name, everybody gets one of their own. */
export class Shared {
  #circuits = new Map<string, Named<Circuit>>();
  #limits = new Map<string, Named<SharedLimits>>();
  #places = new Map<string, Named<Places>>();

  constructor(
    private readonly clock: () => Clock,
    private readonly warn: (key: string, message: string) => void,
  ) {}

  /** @param before the circuit in whose place it comes */
  circuit(options: ResolvedCircuitBreaker, before?: Circuit): Circuit {
    const settings = circuitSettings(options);
    return this.#named(this.#circuits, 'circuit breaker', options, settings, (known) => new Circuit(settings, known ?? before));
  }

  limits(options: ResolvedRateLimit): SharedLimits {
    const { limit, per, burst, key, name, maxKeys = DEFAULT_MAX_KEYS } = options;
    const isOnlyOne = key === undefined && name === undefined;
    const rate = { limit, per, burst };
    const make = (): SharedLimits => ({
      limits: isOnlyOne ? new Map<StoreKey, Limit>() : memoryStore<Limit>({ maxEntries: maxKeys }),
      rate,
    });
    return this.#named(this.#limits, 'rate limit', options, rate, make);
  }

  places(options: ResolvedBulkhead): Places {
    const { maxConcurrent } = options;
    return this.#named(this.#places, 'bulkhead', options, { maxConcurrent }, () => new Places(maxConcurrent, this.clock()));
  }

  /** The circuit of this name, if a tool has one. */
  circuitNamed(name: string): Circuit | undefined {
    return this.#circuits.get(name)?.state;
  }

  /** The options may be others now: who comes next with others makes anew what there was. */
  renew(): void {
    for (const known of [this.#circuits, this.#limits, this.#places]) for (const named of known.values()) named.isSettled = false;
  }

  forget(): void {
    this.#circuits = new Map();
    this.#limits = new Map();
    this.#places = new Map();
  }

  #named<State>(
    known: Map<string, Named<State>>,
    what: string,
    { name }: Nameable,
    settings: object,
    make: (known?: State) => State,
  ): State {
    if (name === undefined) return make();
    const found = known.get(name);
    const isSame = found !== undefined && sameOptions(found.settings, settings);
    if (!found || (!isSame && !found.isSettled)) {
      const state = make(found?.state);
      known.set(name, { state, settings, isSettled: true });
      return state;
    }
    found.isSettled = true;
    if (!isSame) {
      this.warn(
        `shared ${what} ${name}`,
        `tools share the ${what} "${name}" but do not agree on its options; those of the tool called first count: give all the same, or write them once in configureTools({ policies })`,
      );
    }
    return found.state;
  }
}

/** Limits by key, and the rate that each of them keeps to. */
interface SharedLimits {
  readonly limits: Store<Limit>;
  readonly rate: Rate;
}

interface Named<State> {
  readonly state: State;
  readonly settings: object;
  /** Whether a tool asked for it since the last configuration. */
  isSettled: boolean;
}

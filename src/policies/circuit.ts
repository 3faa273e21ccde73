import type { CircuitState } from '../core/events.js';

/** Thresholds of a circuit; times in milliseconds. */
export interface CircuitSettings {
  readonly failureThreshold: number;
  readonly resetTimeout: number;
  readonly halfOpenMax: number;
  readonly successThreshold: number;
}

/** An attempt that the circuit let through; its outcome is told with this in hand. */
export interface Permit {
  readonly admitted: true;
  readonly state: CircuitState;
  readonly failureCount: number;
  /** Which stay in which state the attempt began in. */
  readonly generation: number;
  readonly grantedAt: number;
}

/** An attempt that the circuit did not let through. */
export interface Refusal {
  readonly admitted: false;
  readonly state: CircuitState;
  readonly failureCount: number;
  /** Milliseconds until the circuit may let a probe through; `undefined` while probes are running. */
  readonly retryAfterMs: number | undefined;
}

/**
 * A circuit breaker as a pure state machine: it is asked, it is told, and it never looks at a clock or sets a timer.
 * An open circuit stays OPEN until somebody asks after `resetTimeout`. Every change of state begins a new generation, and
 * outcomes of attempts from an earlier generation are stragglers that move nothing.
 * Source: M. Nygard, "Release It!", 2007; half-open probes with a lease against lost ones.
 */
export class Circuit {
  #state: CircuitState = 'CLOSED';
  #generation = 0;
  #failures = 0;
  #successes = 0;
  #openedAt = 0;
  #probes: Permit[] = [];
  readonly #onOpen = new Set<() => void>();

  constructor(private readonly settings: CircuitSettings) {}

  /** The state as it stands; OPEN until a call probes it. */
  get state(): CircuitState {
    return this.#state;
  }

  /** Consecutive failures so far. */
  get failureCount(): number {
    return this.#failures;
  }

  /** Asks for one attempt at `now`. */
  enter(now: number): Permit | Refusal {
    if (this.#state === 'OPEN' && this.#opensIn(now) <= 0) this.#moveTo('HALF_OPEN');
    if (this.#state === 'OPEN') return this.#refuse(this.#opensIn(now));
    if (this.#state === 'CLOSED') return this.#permit(now);
    this.#probes = this.#probes.filter((probe) => now - probe.grantedAt < this.settings.resetTimeout);
    if (this.#probes.length >= this.settings.halfOpenMax) return this.#refuse(undefined);
    const probe = this.#permit(now);
    this.#probes.push(probe);
    return probe;
  }

  /** Whether an attempt at `now` would be refused because the circuit is open. Changes nothing. */
  isOpen(now: number): boolean {
    return this.#state === 'OPEN' && this.#opensIn(now) > 0;
  }

  /** Calls back whenever the circuit opens; the function returned takes it back. */
  onOpen(callback: () => void): () => void {
    this.#onOpen.add(callback);
    return () => this.#onOpen.delete(callback);
  }

  succeeded(permit: Permit): void {
    if (permit.generation !== this.#generation) return;
    this.#giveBack(permit);
    this.#failures = 0;
    if (this.#state !== 'HALF_OPEN') return;
    this.#successes += 1;
    if (this.#successes >= this.settings.successThreshold) this.#moveTo('CLOSED');
  }

  /** True if the failure counted; a straggler's does not. */
  failed(permit: Permit, now: number): boolean {
    if (permit.generation !== this.#generation) return false;
    this.#giveBack(permit);
    this.#failures += 1;
    if (this.#state === 'CLOSED' && this.#failures < this.settings.failureThreshold) return true;
    this.#openedAt = now;
    this.#moveTo('OPEN');
    return true;
  }

  /** The attempt said nothing about the health of what the tool calls. */
  ignored(permit: Permit): void {
    if (permit.generation === this.#generation) this.#giveBack(permit);
  }

  #moveTo(state: CircuitState): void {
    this.#state = state;
    this.#generation += 1;
    this.#successes = 0;
    this.#probes = [];
    if (state === 'OPEN') for (const callback of [...this.#onOpen]) callback();
  }

  #opensIn(now: number): number {
    return this.#openedAt + this.settings.resetTimeout - now;
  }

  #permit(grantedAt: number): Permit {
    return { admitted: true, state: this.#state, failureCount: this.#failures, generation: this.#generation, grantedAt };
  }

  #refuse(retryAfterMs: number | undefined): Refusal {
    return { admitted: false, state: this.#state, failureCount: this.#failures, retryAfterMs };
  }

  #giveBack(permit: Permit): void {
    if (this.#state === 'HALF_OPEN') this.#probes = this.#probes.filter((probe) => probe !== permit);
  }
}

import type { CircuitState } from '../../core/events.js';
import type { CircuitSettings } from './circuit-options.js';
import { CountWindow, TimeWindow, type CircuitWindow, type WindowCounts } from './circuit-window.js';
import { Transitions, type TransitionListener } from './transitions.js';

/** An attempt that the circuit let through; its outcome is told with this in hand. */
export interface Permit {
  readonly admitted: true;
  readonly state: CircuitState;
  readonly failureCount: number;
  /** Which stay in which state the attempt began in. */
  readonly generation: number;
  /** 0 where nobody will ask. */
  readonly grantedAt: number;
}

/** An attempt that the circuit did not let through. */
export interface Refusal {
  readonly admitted: false;
  readonly state: CircuitState;
  readonly failureCount: number;
  /** Milliseconds until the circuit may let a probe through; `undefined` while probes are running, or where it was opened by hand. */
  readonly retryAfterMs: number | undefined;
}

/** Why a circuit opened. */
export type OpenReason = 'failures' | 'failure_rate' | 'slow_calls' | 'probe' | 'by_hand';

/**
 * A circuit breaker as a pure state machine: it is asked, it is told, and it never looks at a clock or sets a timer.
 * An open circuit stays OPEN until somebody asks after its time. Every change of state begins a new generation, and
 * outcomes of attempts from an earlier generation are stragglers that move nothing.
 * Source: M. Nygard, "Release It!", 2007; half-open probes with a lease against lost ones; windows as in resilience4j.
 */
export class Circuit {
  #state: CircuitState = 'CLOSED';
  #generation = 0;
  #failures = 0;
  #successes = 0;
  #openedAt = 0;
  /** How often it opened since it was last closed. */
  #openings = 0;
  #reason: OpenReason = 'failures';
  #probes: Permit[] = [];
  /** What the window held as a rate opened it. */
  #seen: WindowCounts = { total: 0, failed: 0, slow: 0 };
  #closedPermit: Permit | undefined;
  readonly #window: CircuitWindow | undefined;
  readonly #transitions: Transitions;

  /** @param before the circuit in whose place this one comes: its listeners go on hearing, and what was opened by hand stays open */
  constructor(
    private readonly settings: CircuitSettings,
    before?: Circuit,
  ) {
    this.#transitions = before ? before.#transitions : new Transitions();
    if (before && before.#state === 'OPEN' && before.#reason === 'by_hand') {
      this.#state = 'OPEN';
      this.#reason = 'by_hand';
    }
    const { window } = settings;
    if (window) this.#window = 'calls' in window ? new CountWindow(window.calls) : new TimeWindow(window.ms);
  }

  /** The state as it stands; OPEN until a call probes it. */
  get state(): CircuitState {
    return this.#state;
  }

  /** Consecutive failures so far. */
  get failureCount(): number {
    return this.#failures;
  }

  /** Whether it goes by rates: then a success may open it as well, and needs a time. */
  get hasRates(): boolean {
    return this.#window !== undefined;
  }

  /** Why it opened last. */
  get reason(): OpenReason {
    return this.#reason;
  }

  /** What the window held as a rate opened it. */
  get seen(): WindowCounts {
    return this.#seen;
  }

  /** Asks for one attempt at `now`. */
  enter(now: number): Permit | Refusal {
    // The usual case, in which nobody asks when it was: one permit serves all until something changes.
    if (this.#state === 'CLOSED') return (this.#closedPermit ??= this.#permit(0));
    if (this.#state === 'OPEN' && this.#opensIn(now) <= 0) this.#moveTo('HALF_OPEN');
    if (this.#state === 'OPEN') return this.#refuse(this.#reason === 'by_hand' ? undefined : this.#opensIn(now));
    this.#probes = this.#probes.filter((probe) => now - probe.grantedAt < this.settings.resetTimeout);
    if (this.#probes.length >= this.settings.halfOpenMax) return this.#refuse(undefined);
    const probe = this.#permit(now);
    this.#probes.push(probe);
    return probe;
  }

  /** Whether an attempt at `now` would be refused because the circuit is open. Changes nothing. */
  isOpen(now: number): boolean {
    return this.#state === 'OPEN' && this.#opensIn(now) > 0 && !this.settings.isObserving;
  }

  /** Calls back whenever the circuit opens and refuses from then on; the function returned takes it back. */
  onOpen(callback: () => void): () => void {
    return this.onTransition((_from, to) => {
      if (to === 'OPEN' && !this.settings.isObserving) callback();
    });
  }

  /** Calls back at each change of state; the function returned takes it back. */
  onTransition(listener: TransitionListener): () => void {
    return this.#transitions.listen(listener);
  }

  /** @param slow it took longer than it should */
  succeeded(permit: Permit, now: number, slow = false): void {
    if (permit.generation !== this.#generation) return;
    if (this.#failures > 0) this.#closedPermit = undefined;
    this.#failures = 0;
    if (this.#state === 'HALF_OPEN') this.#probeEnded(permit, !slow, now);
    else if (this.#window) this.#watch(false, slow, now);
  }

  /** True if the failure counted; a straggler's does not. */
  failed(permit: Permit, now: number, slow = false): boolean {
    if (permit.generation !== this.#generation) return false;
    this.#failures += 1;
    this.#closedPermit = undefined;
    if (this.#state === 'HALF_OPEN') this.#probeEnded(permit, false, now);
    else if (this.#failures >= (this.settings.failureThreshold ?? Infinity)) this.#open('failures', now);
    else if (this.#window) this.#watch(true, slow, now);
    return true;
  }

  /** The attempt said nothing about the health of what the tool calls. */
  ignored(permit: Permit): void {
    if (permit.generation === this.#generation) this.#giveBack(permit);
  }

  /** Opens it by hand: it stays open until it is closed or reset. */
  open(now: number): void {
    if (this.#state !== 'OPEN') return this.#open('by_hand', now);
    this.#reason = 'by_hand';
  }

  /** Closes it by hand, as if its probes had succeeded. */
  close(): void {
    if (this.#state !== 'CLOSED') this.#close();
  }

  /** Closes it and forgets what it counted. */
  reset(): void {
    this.close();
    this.#failures = this.#openings = 0;
    this.#closedPermit = undefined;
    this.#window?.clear();
    this.#generation += 1;
  }

  #probeEnded(permit: Permit, isWell: boolean, now: number): void {
    this.#giveBack(permit);
    if (!isWell) return this.#open('probe', now);
    this.#successes += 1;
    if (this.#successes >= this.settings.successThreshold) this.#close();
  }

  /** Takes an attempt down, and opens the circuit where there are too many of its kind. */
  #watch(failed: boolean, slow: boolean, now: number): void {
    const window = this.#window!;
    window.record(failed, slow, now);
    const { total } = window;
    if (total < (this.settings.minimumCalls ?? 1)) return;
    if (window.failed / total >= (this.settings.failureRate ?? Infinity)) this.#open('failure_rate', now);
    else if (window.slow / total >= (this.settings.slowCallRate ?? Infinity)) this.#open('slow_calls', now);
  }

  #open(reason: OpenReason, now: number): void {
    this.#reason = reason;
    this.#openedAt = now;
    this.#openings += 1;
    if (this.#window) {
      const { total, failed, slow } = this.#window;
      this.#seen = { total, failed, slow };
      this.#window.clear();
    }
    this.#moveTo('OPEN');
  }

  #close(): void {
    this.#failures = this.#openings = 0;
    this.#window?.clear();
    this.#moveTo('CLOSED');
  }

  #moveTo(state: CircuitState): void {
    const from = this.#state;
    this.#state = state;
    this.#generation += 1;
    this.#successes = 0;
    this.#probes = [];
    this.#closedPermit = undefined;
    this.#transitions.tell(from, state);
  }

  #opensIn(now: number): number {
    return this.#reason === 'by_hand' ? Infinity : this.#openedAt + this.#openFor() - now;
  }

  /** Milliseconds that it stays open this time. */
  #openFor(): number {
    const { resetTimeout, maxResetTimeout } = this.settings;
    if (maxResetTimeout === undefined) return resetTimeout;
    return Math.min(resetTimeout * 2 ** Math.max(this.#openings - 1, 0), maxResetTimeout);
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

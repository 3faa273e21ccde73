import { onAbort, type Ender } from '../../core/abort.js';
import type { Clock } from '../../core/clock.js';

interface Waiter {
  readonly dueAt: number;
  readonly admit: () => void;
}

/**
 * Calls that were admitted for later, in arrival order. One timer for the first of them: timers of their own could fire in
 * another order. Who gives up leaves; the moment it was promised is not given to others, who have been told theirs.
 */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>();
  #cancelTimer: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  get isOccupied(): boolean {
    return this.#waiters.size > 0;
  }

  /** Resolves at `dueAt`, after all that came before; rejects with the reason as soon as `ender` ends. */
  wait(dueAt: number, ender?: Ender): Promise<void> {
    return new Promise((resolve, reject) => {
      if (ender?.aborted) return reject(ender.reason);
      const leave = (): void => {
        const wasFirst = this.#first === waiter;
        this.#waiters.delete(waiter);
        if (wasFirst) this.#arm();
        reject(ender!.reason);
      };
      const admit = (): void => {
        forgetEnder?.();
        resolve();
      };
      const waiter = { dueAt, admit };
      const forgetEnder = ender && onAbort(ender, leave);
      this.#waiters.add(waiter);
      if (this.#waiters.size === 1) this.#arm();
    });
  }

  get #first(): Waiter | undefined {
    return this.#waiters.values().next().value;
  }

  #arm(): void {
    this.#cancelTimer?.();
    const first = this.#first;
    this.#cancelTimer = first && this.clock.setTimer(() => this.#admitDue(), first.dueAt - this.clock.now());
  }

  #admitDue(): void {
    const now = this.clock.now();
    for (const waiter of this.#waiters) {
      if (waiter.dueAt > now) break;
      this.#waiters.delete(waiter);
      waiter.admit();
    }
    this.#arm();
  }
}

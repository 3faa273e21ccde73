import { onAbort, type Ender } from '../../core/abort.js';
import type { Clock } from '../../core/clock.js';

/** Somebody who waits for a place. */
interface Waiter {
  readonly admit: () => void;
}

/** A number of places, and a queue before them in arrival order. A place that becomes free goes to the first in the queue. */
export class Places {
  #taken = 0;
  readonly #queue = new Set<Waiter>();

  constructor(
    readonly size: number,
    private readonly clock: Clock,
  ) {}

  get taken(): number {
    return this.#taken;
  }

  /** How many wait. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Takes a place if there is one; nobody overtakes who waits. */
  tryEnter(): boolean {
    if (this.#taken >= this.size) return false;
    this.#taken += 1;
    return true;
  }

  /** Waits for a place: true when it has one, false after `maxWait` milliseconds; rejects with the reason as soon as `ender` ends. */
  enter(maxWait: number | undefined, ender: Ender | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (ender?.aborted) return reject(ender.reason);
      const leave = (): void => {
        this.#queue.delete(waiter);
        cancelTimer?.();
        forgetEnder?.();
      };
      const admit = (): void => {
        leave();
        resolve(true);
      };
      const expire = (): void => {
        leave();
        resolve(false);
      };
      const give = (): void => {
        leave();
        reject(ender!.reason);
      };
      const waiter: Waiter = { admit };
      this.#queue.add(waiter);
      const cancelTimer = maxWait === undefined ? undefined : this.clock.setTimer(expire, maxWait);
      const forgetEnder = ender && onAbort(ender, give);
    });
  }

  /** Gives a place back, to the first in the queue if there is one. */
  leave(): void {
    const [first] = this.#queue;
    if (first) first.admit();
    else this.#taken -= 1;
  }
}

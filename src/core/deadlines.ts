import type { CancelTimer, Clock } from './clock.js';

/** Something that must be over by a certain moment. Stands in a list while it is not. */
export interface Deadline {
  dueAt: number;
  isListed: boolean;
  before: Deadline | undefined;
  after: Deadline | undefined;
  /** Its moment came. */
  expire(): void;
}

/**
 * Deadlines that all lie equally far ahead, so that the first to be set is the first to be due: a list, and one timer for its head, which
 * costs a tenth of a timer each. An empty list leaves its timer running, without keeping the process alive; the next deadline takes it over.
 */
export class Deadlines {
  #first: Deadline | undefined;
  #last: Deadline | undefined;
  #timer: CancelTimer | undefined;

  constructor(
    private readonly clock: Clock,
    /** Milliseconds until a deadline is due. */
    private readonly length: number,
  ) {}

  /** @param now the present moment, in milliseconds of the clock */
  add(deadline: Deadline, now = this.clock.now()): void {
    deadline.dueAt = now + this.length;
    deadline.isListed = true;
    deadline.before = this.#last;
    if (this.#last) this.#last.after = deadline;
    else {
      this.#first = deadline;
      if (this.#timer) this.#timer.keepAlive?.(true);
      else this.#arm(now);
    }
    this.#last = deadline;
  }

  /** It is over in time. */
  remove(deadline: Deadline): void {
    const { before, after } = deadline;
    deadline.isListed = false;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
    deadline.before = deadline.after = undefined;
    if (this.#first === undefined) this.#timer?.keepAlive?.(false);
  }

  #arm(now: number): void {
    // In the background: whoever waits for something else must not have it come early.
    this.#timer = this.clock.setTimer(() => this.#fire(), this.#first!.dueAt - now, true);
    this.#timer.keepAlive?.(true);
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.clock.now();
    try {
      while (this.#first && this.#first.dueAt <= now) {
        const due = this.#first;
        this.remove(due);
        due.expire();
      }
    } finally {
      if (this.#first && this.#timer === undefined) this.#arm(now);
    }
  }
}

/** Counts the calls under way, for who wants to wait until there are none. */
export class InFlight {
  #count = 0;
  #finished = 0;
  #waiting: (() => void)[] = [];

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    this.#finished += 1;
    if (this.#count === 0 && this.#waiting.length > 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Calls that have ended. */
  get finished(): number {
    return this.#finished;
  }

  /** Resolves as soon as no call is under way. */
  idle(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** How many retries a tool may have under way. */
export interface RetryBudgetOptions {
  /** Retries under way may be this share of the calls under way, above 0 and at most 1. Default 0.2. */
  readonly ratio?: number;
  /** So many may be under way in any case. Default 3. */
  readonly min?: number;
}

export const budgetDefaults = { ratio: 0.2, min: 3 };

/**
 * Keeps retries from multiplying an outage: those under way, from the decision to retry to the end of the attempt, are at most a share of the
 * calls under way. Source: failsafe-go's retry budget; Finagle's, and the SRE book's chapter 21 "Handling Overload", by which they go.
 */
export class RetryBudget {
  #calls = 0;
  #retries = 0;
  readonly #ratio: number;
  readonly #min: number;

  constructor({ ratio = budgetDefaults.ratio, min = budgetDefaults.min }: RetryBudgetOptions) {
    this.#ratio = ratio;
    this.#min = min;
  }

  get callsUnderWay(): number {
    return this.#calls;
  }

  get retriesUnderWay(): number {
    return this.#retries;
  }

  begin(): void {
    this.#calls += 1;
  }

  end(): void {
    this.#calls -= 1;
  }

  /** Takes a retry out of the budget; false where there is none left. */
  tryRetry(): boolean {
    if (this.#retries >= Math.max(this.#min, Math.floor(this.#ratio * this.#calls))) return false;
    this.#retries += 1;
    return true;
  }

  retryEnded(): void {
    this.#retries -= 1;
  }
}

import type { WaitedFor } from './error-data.js';
import type { TimeoutDetails } from './refusal-words.js';

/** As much of a call as tells what ran before. */
interface Step {
  readonly attempt: number;
  readonly previousError: unknown;
}

/** How far a call has come: told by its policies, for the error with which its time limit may end it. */
export class Progress {
  #latest: Step | undefined = undefined;
  #running = 0;
  #waitsFor: WaitedFor | undefined = undefined;
  #hasAbandoned = false;

  /** An attempt begins to run. */
  begins(call: Step): void {
    this.#latest = call;
    this.#running += 1;
  }

  /** One has ended. */
  ends(): void {
    this.#running -= 1;
  }

  /** One is given up, and may run on. */
  abandons(): void {
    this.#running -= 1;
    this.#hasAbandoned = true;
  }

  /** It waits, until the next attempt begins. */
  waits(call: Step, waitsFor: WaitedFor): void {
    this.#latest = call;
    this.#waitsFor = waitsFor;
  }

  get details(): TimeoutDetails {
    // Where several run side by side, one may wait while another one runs.
    const during = this.#running > 0 ? 'running' : (this.#waitsFor ?? 'running');
    const mayTakeEffect = during === 'running' || during === 'other_call' || this.#hasAbandoned;
    return { during, mayTakeEffect, ...(this.#latest && ranBefore(this.#latest)) };
  }
}

/** What ran before, for an error. */
export function ranBefore({ attempt, previousError }: Step): { readonly attempts: number; readonly cause?: unknown } {
  return attempt === 0 ? { attempts: 0 } : { attempts: attempt, cause: previousError };
}

import { runtime } from './runtime.js';

// Calls after which a tool that nobody asked `currentCall()` in is not followed any more.
const LEARNING_CALLS = 1_000;

/** Finds out during a tool's first calls whether anybody wants to know the current one. */
export class Learning {
  #left = LEARNING_CALLS;

  constructor() {
    runtime.learners += 1;
  }

  /** Whether calls are to be followed as far as one knows by now. */
  get isFollowing(): boolean {
    return runtime.isAsked || this.#left > 0;
  }

  /** Whether that may change with the number of calls. */
  get isOpen(): boolean {
    return !runtime.isAsked && this.#left > 0;
  }

  /** Counts a call. True for the one with which it ends. */
  count(): boolean {
    this.#left -= 1;
    if (this.#left !== 0) return false;
    runtime.learners -= 1;
    // Before Node 24, AsyncLocalStorage makes every promise of the process slower for as long as it is on.
    if (runtime.learners === 0 && !runtime.isAsked) runtime.carrier.disable();
    return true;
  }
}

import type { CircuitState } from '../../core/events.js';

/** Told of each change of state. */
export type TransitionListener = (from: CircuitState, to: CircuitState) => void;

/** Tells listeners of changes, one after the other: all have heard of one before any is told of the next, which a listener may have caused. */
export class Transitions {
  readonly #listeners = new Set<TransitionListener>();
  readonly #untold: [from: CircuitState, to: CircuitState][] = [];
  #isTelling = false;

  /** The function returned takes the listener back; one that is given twice is told twice. */
  listen(listener: TransitionListener): () => void {
    const own: TransitionListener = (from, to) => listener(from, to);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(from: CircuitState, to: CircuitState): void {
    if (this.#listeners.size === 0) return;
    this.#untold.push([from, to]);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let change = this.#untold.shift(); change; change = this.#untold.shift()) {
        for (const listener of [...this.#listeners]) listener(...change);
      }
    } finally {
      this.#isTelling = false;
    }
  }
}

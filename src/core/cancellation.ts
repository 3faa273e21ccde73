import { onAbort, signalOf, type Argued, type Ender } from './abort.js';
import type { Progress } from './progress.js';

/** A call that may stand inside something that can be cancelled already. */
interface Cancellable extends Argued {
  readonly cancellation?: Cancellation | undefined;
}

/**
 * A decision of ours to end a call, or an attempt, before it ends by itself; what was cancelled around it and the caller's own signal count
 * as well. Costs nothing until somebody listens, and makes an AbortSignal only for who looks at it.
 */
export class Cancellation<Of extends Cancellable = Cancellable> implements Ender {
  /** Set as soon as we give it up. */
  #reason: Error | undefined = undefined;
  #isOver = false;
  /** What few need. */
  #ties: Ties | undefined = undefined;
  readonly #parent: Cancellation | undefined;

  constructor(
    protected readonly call: Of,
    /** How far the call has come; `undefined` where nobody will ask. */
    readonly progress: Progress | undefined = call.cancellation?.progress,
  ) {
    this.#parent = call.cancellation;
  }

  /** Whether we gave it up; what its caller does is not asked. */
  get isCancelled(): boolean {
    return this.#reason !== undefined || (this.#parent?.isCancelled ?? false);
  }

  get aborted(): boolean {
    return this.isCancelled || (signalOf(this.call)?.aborted ?? false);
  }

  /** Why: what was given to `cancel`, or the reason of the caller's signal. */
  get reason(): Error {
    if (this.#reason) return this.#reason;
    if (this.#parent?.isCancelled) return this.#parent.reason;
    return signalOf(this.call)?.reason as Error;
  }

  /** Whether another attempt took the place of this one, or of one around it. */
  get isLost(): boolean {
    return (this.#ties?.isSuperseded ?? false) || (this.#parent?.isLost ?? false);
  }

  /** Gives it up. The first time counts. */
  cancel(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    const ties = this.#ties;
    if (!ties) return;
    const listeners = [...ties.listeners];
    ties.listeners.clear();
    for (const listener of listeners) listener();
    ties.controller?.abort(reason);
  }

  /** Another attempt was quicker: whatever this one comes to says nothing about the tool. */
  supersede(reason: Error): void {
    if (this.#reason) return;
    this.#tied().isSuperseded = true;
    this.cancel(reason);
  }

  /** Calls back when we give it up, or what is around it; the function returned takes it back. */
  onCancel(callback: () => void): () => void {
    const { listeners } = this.#tied();
    listeners.add(callback);
    this.#link();
    return () => listeners.delete(callback);
  }

  /** The same, also when the caller gives up: once, whoever is first. */
  onAbort(callback: () => void): () => void {
    const leave = (): void => {
      forgetOurs();
      forgetCaller?.();
    };
    const fire = (): void => {
      leave();
      callback();
    };
    const signal = signalOf(this.call);
    const forgetOurs = this.onCancel(fire);
    const forgetCaller = signal && onAbort(signal, fire);
    return leave;
  }

  /** For who is running: aborts when we give it up, or when the caller does. */
  get signal(): AbortSignal {
    const ties = this.#tied();
    if (ties.controller) return ties.controller.signal;
    const controller = (ties.controller = new AbortController());
    if (this.aborted) controller.abort(this.reason);
    else if (!this.#isOver) {
      this.#link();
      const signal = signalOf(this.call);
      if (signal) ties.links.push(onAbort(signal, () => controller.abort(signal.reason)));
    }
    return controller.signal;
  }

  /** It goes on after its result is there, as a stream does: `end` will be called when that is over. */
  keep(): void {
    this.#tied().isKept = true;
  }

  /** Its result is there: nobody is listened to any longer. */
  release(): void {
    if (!this.#ties?.isKept) this.end();
  }

  end(): void {
    this.#isOver = true;
    if (!this.#ties) return;
    for (const unlink of this.#ties.links.splice(0)) unlink();
    this.#ties.listeners.clear();
  }

  #tied(): Ties {
    return (this.#ties ??= new Ties());
  }

  /** Listens to what is around it. */
  #link(): void {
    const parent = this.#parent;
    const ties = this.#tied();
    if (!parent || ties.isLinked || this.#isOver) return;
    ties.isLinked = true;
    ties.links.push(parent.onCancel(() => this.cancel(parent.reason)));
  }
}

/** Who listens, and whom it listens to. */
class Ties {
  readonly listeners = new Set<() => void>();
  readonly links: (() => void)[] = [];
  controller: AbortController | undefined;
  isSuperseded = false;
  isKept = false;
  isLinked = false;
}

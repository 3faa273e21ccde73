import { onAbort, signalOf, type Argued, type Ender } from './abort.js';

/** A call that may stand inside something that can be cancelled already. */
interface Cancellable extends Argued {
  readonly cancellation?: Cancellation | undefined;
}

/**
 * A decision of ours to end a call, or an attempt, before it ends by itself; what was cancelled around it and the caller's own signal count
 * as well. Costs nothing until somebody listens, and makes an AbortSignal only for who looks at it.
 */
export class Cancellation implements Ender {
  #isCancelled = false;
  #isSuperseded = false;
  #reason: Error | undefined;
  #isKept = false;
  #isLinked = false;
  #listeners: Set<() => void> | undefined;
  #controller: AbortController | undefined;
  #links: (() => void)[] | undefined;
  readonly #parent: Cancellation | undefined;

  constructor(private readonly call: Cancellable) {
    this.#parent = call.cancellation;
  }

  /** Whether we gave it up; what its caller does is not asked. */
  get isCancelled(): boolean {
    return this.#isCancelled || (this.#parent?.isCancelled ?? false);
  }

  get aborted(): boolean {
    return this.isCancelled || (signalOf(this.call)?.aborted ?? false);
  }

  /** Why: what was given to `cancel`, or the reason of the caller's signal. */
  get reason(): Error {
    if (this.#isCancelled) return this.#reason!;
    if (this.#parent?.isCancelled) return this.#parent.reason;
    return signalOf(this.call)?.reason as Error;
  }

  /** Whether another attempt took the place of this one, or of one around it. */
  get isLost(): boolean {
    return this.#isSuperseded || (this.#parent?.isLost ?? false);
  }

  /** Gives it up. The first time counts. */
  cancel(reason: Error): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#reason = reason;
    const listeners = [...(this.#listeners ?? [])];
    this.#listeners = undefined;
    for (const listener of listeners) listener();
    this.#controller?.abort(reason);
  }

  /** Another attempt was quicker: whatever this one comes to says nothing about the tool. */
  supersede(reason: Error): void {
    if (this.#isCancelled) return;
    this.#isSuperseded = true;
    this.cancel(reason);
  }

  /** Calls back when we give it up, or what is around it; the function returned takes it back. */
  onCancel(callback: () => void): () => void {
    const listeners = (this.#listeners ??= new Set());
    listeners.add(callback);
    this.#link();
    return () => listeners.delete(callback);
  }

  /** The same, also when the caller gives up. */
  onAbort(callback: () => void): () => void {
    const signal = signalOf(this.call);
    const leaves = [this.onCancel(callback), signal && onAbort(signal, callback)];
    return () => leaves.forEach((leave) => leave?.());
  }

  /** For who is running: aborts when we give it up, or when the caller does. */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    const controller = (this.#controller = new AbortController());
    if (this.aborted) controller.abort(this.reason);
    else {
      this.#link();
      const signal = signalOf(this.call);
      if (signal) this.#keepLink(onAbort(signal, () => controller.abort(signal.reason)));
    }
    return controller.signal;
  }

  /** It goes on after its result is there, as a stream does: `end` will be called when that is over. */
  keep(): void {
    this.#isKept = true;
  }

  /** Its result is there: nobody is listened to any longer. */
  release(): void {
    if (!this.#isKept) this.end();
  }

  end(): void {
    for (const unlink of this.#links ?? []) unlink();
    this.#links = undefined;
    this.#listeners = undefined;
  }

  /** Listens to what is around it. */
  #link(): void {
    const parent = this.#parent;
    if (!parent || this.#isLinked) return;
    this.#isLinked = true;
    this.#keepLink(parent.onCancel(() => this.cancel(parent.reason)));
  }

  #keepLink(unlink: () => void): void {
    (this.#links ??= []).push(unlink);
  }
}

import { discardLate } from '../core/begun.js';
import type { Call, Next, Stage } from '../core/call.js';
import { Cancellation } from '../core/cancellation.js';
import type { CancelTimer, Clock } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import { count, duration, either, type Rules } from '../core/options.js';
import type { LatencyQuantile } from './latency.js';

/** A quantile of the durations seen so far: `'p95'`, `'p99.9'`. */
export type Quantile = `p${number}`;

/** Options of `@Hedge`. */
export interface HedgeOptions {
  /** How long to wait for an answer before the tool is run once more beside it: a duration, or a quantile of its own recent durations. */
  after: Duration | Quantile;
  /** How many may run beside the first, one after each `after`. Default 1. */
  max?: number;
}

/** `HedgeOptions` with every default filled in: milliseconds, or a quantile. */
export interface ResolvedHedge {
  readonly after: number | Quantile;
  readonly max: number;
}

const quantileRule = {
  allowed: "a quantile of its recent durations such as 'p95'",
  parse: (value: unknown): unknown => (quantileOf(value) === undefined ? undefined : value),
};

export const hedgeRules: Rules<HedgeOptions> = { after: either(duration, quantileRule), max: count(1) };

export const hedgeDefaults = { max: 1 };

/** The share that a quantile stands for; `undefined` for what is none. */
export function quantileOf(value: unknown): number | undefined {
  const percent = typeof value === 'string' ? Number(/^p(\d{1,2}(?:\.\d+)?)$/.exec(value)?.[1]) : NaN;
  return percent > 0 ? percent / 100 : undefined;
}

/** What hedging needs besides its options. */
export interface HedgeDeps {
  readonly clock: Clock;
  /** Where `after` is a quantile. */
  readonly latency?: LatencyQuantile | undefined;
}

/** Runs the rest of the row once more beside an attempt that takes long; the first good answer wins, and the others are aborted. */
export function hedge(options: ResolvedHedge, deps: HedgeDeps): Stage {
  return (next: Next): Next =>
    function hedged(call: Call): unknown {
      return new Contest(call, options, deps, next).run();
    };
}

/** One attempt and its hedges. */
class Contest {
  readonly #running = new Set<Cancellation>();
  #launched = 0;
  #error: unknown;
  #cancelTimer: CancelTimer | undefined;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #isOver = false;

  constructor(
    private readonly call: Call,
    private readonly options: ResolvedHedge,
    private readonly deps: HedgeDeps,
    private readonly next: Next,
  ) {}

  run(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#launch();
      this.#waitForTurn();
    });
  }

  #launch(): void {
    const { clock, latency } = this.deps;
    const number = this.#launched++;
    const cancellation = new Cancellation(this.call);
    const startedAt = latency && clock.now();
    this.#running.add(cancellation);
    if (number > 0) this.call.observer.report(this.call, { type: 'hedge.started', hedge: number });
    const won = (value: unknown): void => {
      if (startedAt !== undefined) latency!.record(clock.now() - startedAt);
      this.#won(value, cancellation, number);
    };
    const lost = (error: unknown): void => this.#lost(error, cancellation, number);
    void attempt(this.next, this.call.cancellableBy(cancellation, number)).then(won, lost);
  }

  /** The next one begins when its time has come and none has answered. */
  #waitForTurn(): void {
    const { clock, latency } = this.deps;
    const after = latency ? latency.value : (this.options.after as number);
    if (after === undefined || this.#isOver || this.#launched > this.options.max) return;
    const turn = (): void => {
      if (this.#isOver || this.call.cancellation?.isCancelled) return;
      this.#launch();
      this.#waitForTurn();
    };
    this.#cancelTimer = clock.setTimer(turn, after, true);
    this.#cancelTimer.keepAlive?.(true);
  }

  #won(value: unknown, by: Cancellation, number: number): void {
    this.#running.delete(by);
    if (this.#isOver) return discardLate(value);
    this.#end();
    by.release();
    if (this.#launched > 1) this.call.observer.report(this.call, { type: 'hedge.finished', won: number > 0 });
    this.#resolve(value);
    for (const other of this.#running) other.supersede(superseded());
  }

  /** Where none has an answer, the error of the first is told. */
  #lost(error: unknown, by: Cancellation, number: number): void {
    this.#running.delete(by);
    by.release();
    if (number === 0) this.#error = error;
    if (this.#isOver || this.#running.size > 0) return;
    this.#end();
    if (this.#launched > 1) this.call.observer.report(this.call, { type: 'hedge.finished', won: false });
    this.#reject(this.#error);
  }

  #end(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
  }
}

/** What is thrown at once is a rejection like any other. */
function attempt(next: Next, call: Call): Promise<unknown> {
  return new Promise((resolve) => resolve(next(call)));
}

/** Why the others were aborted. */
function superseded(): Error {
  return new DOMException('another attempt answered first', 'AbortError');
}

import { discardLate } from '../../core/begun.js';
import type { Call, Next, Outcome, Stage } from '../../core/call.js';
import { Cancellation } from '../../core/cancellation.js';
import type { CancelTimer, Clock } from '../../core/clock.js';
import type { Duration } from '../../core/duration.js';
import { isGivenUp } from '../../core/giving-up.js';
import { count, duration, either, type Rules } from '../../core/options.js';
import { isOwnRefusal } from '../../core/refusals.js';
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
    function hedged(call, then) {
      new Contest(call, options, deps, next, then).begin();
    };
}

/** One attempt and its hedges. */
class Contest {
  readonly #running = new Set<Contestant>();
  #launched = 0;
  #error: unknown;
  #rank = -1;
  #cancelTimer: CancelTimer | undefined;
  #isOver = false;

  constructor(
    private readonly call: Call,
    private readonly options: ResolvedHedge,
    private readonly deps: HedgeDeps,
    private readonly next: Next,
    private readonly outer: Outcome,
  ) {}

  begin(): void {
    this.#launch();
    this.#waitForTurn();
  }

  won(value: unknown, by: Contestant, durationMs: number | undefined): void {
    this.#running.delete(by);
    if (durationMs !== undefined) this.deps.latency?.record(durationMs);
    if (this.#isOver) return discardLate(value);
    this.#end(by.number > 0);
    by.cancellation.release();
    // Before the call goes on: it must not end while they are still running in its name.
    for (const other of this.#running) other.cancellation.supersede(superseded());
    this.outer.answered(value);
  }

  /** Where none has an answer, the error of the first is told; but a refusal says that nothing was run, so one that ran goes before. */
  lost(error: unknown, by: Contestant): void {
    this.#running.delete(by);
    by.cancellation.end();
    const rank = (isOwnRefusal(this.call, error) ? 0 : 2) + (by.number === 0 ? 1 : 0);
    if (rank > this.#rank) [this.#rank, this.#error] = [rank, error];
    if (this.#isOver || this.#running.size > 0) return;
    this.#end(false);
    this.outer.failed(this.#error);
  }

  #launch(): void {
    const { clock, latency } = this.deps;
    const number = this.#launched++;
    const contestant = new Contestant(this, number, new Cancellation(this.call), latency && clock);
    this.#running.add(contestant);
    if (number > 0) this.call.observer.report(this.call, { type: 'hedge.started', hedge: number });
    this.next(this.call.cancellableBy(contestant.cancellation, number), contestant);
  }

  /** The next one begins when its time has come and none has answered. */
  #waitForTurn(): void {
    const { clock, latency } = this.deps;
    const after = latency ? latency.value : (this.options.after as number);
    if (after === undefined || this.#isOver || this.#launched > this.options.max) return;
    const turn = (): void => {
      if (this.#isOver || isGivenUp(this.call)) return;
      this.#launch();
      this.#waitForTurn();
    };
    this.#cancelTimer = clock.setTimer(turn, after, true);
    this.#cancelTimer.keepAlive?.(true);
  }

  #end(isWonByHedge: boolean): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    if (this.#launched > 1) this.call.observer.report(this.call, { type: 'hedge.finished', won: isWonByHedge });
  }
}

/** One of those that run side by side. */
class Contestant implements Outcome {
  readonly #startedAt: number | undefined;

  constructor(
    private readonly contest: Contest,
    /** 0: the attempt itself. */
    readonly number: number,
    readonly cancellation: Cancellation,
    /** Where its duration matters. */
    private readonly clock: Clock | undefined,
  ) {
    this.#startedAt = clock?.now();
  }

  answered(value: unknown): void {
    const durationMs = this.#startedAt === undefined ? undefined : this.clock!.now() - this.#startedAt;
    this.contest.won(value, this, durationMs);
  }

  failed(error: unknown): void {
    this.contest.lost(error, this);
  }
}

/** Why the others were aborted. */
function superseded(): Error {
  return new DOMException('another attempt answered first', 'AbortError');
}

import type { ToolFacts } from '../core/telemetry.js';

/** The latest sampled call that fell into a bucket. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  /** Seconds. */
  readonly value: number;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
}

/** What is counted of one tool, in plain numbers: a metrics library takes many times longer for an increment. Read at scrape. */
export class Tally {
  succeeded = 0;
  failed = 0;
  durationSum = 0;
  /** Calls by bucket, not cumulative; the last is `+Inf`. */
  readonly durations: number[];
  readonly exemplars: (Exemplar | undefined)[];
  hits = 0;
  misses = 0;
  sets = 0;
  allowed = 0;
  refused = 0;
  circuitFailures = 0;
  /** By attempt number. */
  readonly attemptsFailed: number[] = [];
  readonly attemptsSucceeded: number[] = [];

  constructor(
    readonly tool: string,
    readonly namespace: string,
    private readonly bounds: readonly number[],
  ) {
    this.durations = new Array<number>(bounds.length + 1).fill(0);
    this.exemplars = new Array<Exemplar | undefined>(bounds.length + 1).fill(undefined);
  }

  hasCache = false;
  hasRateLimit = false;
  hasCircuit = false;
  /** -1: none of the tools of this name retries. */
  maxRetries = -1;

  /** Which series there are. Tools of one name add up. */
  announce(facts: ToolFacts): void {
    this.hasCache ||= facts.hasCache;
    this.hasRateLimit ||= facts.hasRateLimit;
    this.hasCircuit ||= facts.hasCircuit;
    this.maxRetries = Math.max(this.maxRetries, facts.maxRetries ?? -1);
  }

  /** Counts one call; returns the index of its bucket. */
  call(seconds: number, failed: boolean): number {
    if (failed) this.failed += 1;
    else this.succeeded += 1;
    this.durationSum += seconds;
    let bucket = 0;
    while (bucket < this.bounds.length && seconds > this.bounds[bucket]!) bucket += 1;
    this.durations[bucket]! += 1;
    return bucket;
  }

  zero(): void {
    this.succeeded = this.failed = this.durationSum = this.hits = this.misses = this.sets = 0;
    this.allowed = this.refused = this.circuitFailures = 0;
    this.durations.fill(0);
    this.exemplars.fill(undefined);
    this.attemptsFailed.length = this.attemptsSucceeded.length = 0;
  }

  attempt(number: number, failed: boolean): void {
    const counts = failed ? this.attemptsFailed : this.attemptsSucceeded;
    while (counts.length <= number) counts.push(0);
    counts[number]! += 1;
  }
}

/** The tallies of all tools, one for each namespace and name. */
export class Tallies {
  readonly #byName = new Map<string, Tally>();

  constructor(readonly bounds: readonly number[]) {}

  /** The tally of the tools of this name. */
  of(facts: ToolFacts): Tally {
    const key = JSON.stringify([facts.namespace, facts.name]);
    let tally = this.#byName.get(key);
    if (!tally) this.#byName.set(key, (tally = new Tally(facts.name, facts.namespace, this.bounds)));
    tally.announce(facts);
    return tally;
  }

  all(): Iterable<Tally> {
    return this.#byName.values();
  }

  /** Sets every count to 0; the series stay, and so do those who count. */
  zero(): void {
    for (const tally of this.#byName.values()) tally.zero();
  }

  /** Forgets the tools as well. Who counts must ask for its tally again. */
  reset(): void {
    this.#byName.clear();
  }
}

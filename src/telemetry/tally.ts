import type { ToolFacts } from '../core/telemetry.js';
import { RETRY_OUTCOMES, TRANSITIONS } from './catalogue.js';
import { labels, type Labels } from './labels.js';

/** The latest sampled call that fell into a bucket. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  /** Seconds. */
  readonly value: number;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
}

const NOTHING: ToolFacts = { name: '', namespace: '', hasCache: false, hasRateLimit: false, hasCircuit: false, maxRetries: -1 };

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
  /** Calls under way. */
  inFlight = 0;
  staleWhileRevalidating = 0;
  staleInsteadOfError = 0;
  /** Waits for the rate limit by bucket, not cumulative; the last is `+Inf`. */
  readonly waits: number[];
  waitSum = 0;
  /** In the order of `RETRY_OUTCOMES`. */
  readonly retryOutcomes: number[] = RETRY_OUTCOMES.map(() => 0);
  /** In the order of `TRANSITIONS`. */
  readonly transitions: number[] = TRANSITIONS.map(() => 0);
  bulkheadAdmitted = 0;
  bulkheadRefused = 0;
  attemptTimeouts = 0;
  totalTimeouts = 0;
  hedgesWon = 0;
  hedgesLost = 0;
  fallbacks = 0;
  /** By option. */
  readonly brokenCallbacks = new Map<string, number>();
  /** By attempt number. */
  readonly attemptsFailed: number[] = [];
  readonly attemptsSucceeded: number[] = [];

  /** The labels `tool` and `namespace`. */
  readonly labels: Labels;

  constructor(
    readonly tool: string,
    readonly namespace: string,
    private readonly bounds: readonly number[],
  ) {
    this.labels = labels({ tool, namespace });
    this.durations = new Array<number>(bounds.length + 1).fill(0);
    this.exemplars = new Array<Exemplar | undefined>(bounds.length + 1).fill(undefined);
    this.waits = new Array<number>(bounds.length + 1).fill(0);
  }

  /** What the tools of this name have, together. */
  has: Readonly<ToolFacts> = NOTHING;

  /** Which series there are. Tools of one name add up. */
  announce(facts: ToolFacts): void {
    const { has } = this;
    const merged: Record<string, unknown> = { ...has };
    for (const [fact, value] of Object.entries(facts)) if (typeof value === 'boolean') merged[fact] = value || merged[fact];
    merged['maxRetries'] = Math.max(has.maxRetries ?? -1, facts.maxRetries ?? -1);
    this.has = merged as unknown as ToolFacts;
    for (const option of facts.callbacks ?? []) if (!this.brokenCallbacks.has(option)) this.brokenCallbacks.set(option, 0);
  }

  /** Counts one call; returns the index of its bucket. */
  call(seconds: number, failed: boolean): number {
    if (failed) this.failed += 1;
    else this.succeeded += 1;
    this.durationSum += seconds;
    const bucket = this.#bucketOf(seconds);
    this.durations[bucket]! += 1;
    return bucket;
  }

  /** Counts a wait for the rate limit, one of 0 included. */
  wait(seconds: number): void {
    this.waitSum += seconds;
    this.waits[this.#bucketOf(seconds)]! += 1;
  }

  #bucketOf(seconds: number): number {
    let bucket = 0;
    while (bucket < this.bounds.length && seconds > this.bounds[bucket]!) bucket += 1;
    return bucket;
  }

  broken(option: string): void {
    this.brokenCallbacks.set(option, (this.brokenCallbacks.get(option) ?? 0) + 1);
  }

  zero(): void {
    this.succeeded = this.failed = this.durationSum = this.hits = this.misses = this.sets = 0;
    this.allowed = this.refused = this.circuitFailures = 0;
    this.staleWhileRevalidating = this.staleInsteadOfError = this.waitSum = 0;
    this.bulkheadAdmitted = this.bulkheadRefused = this.attemptTimeouts = this.totalTimeouts = 0;
    this.hedgesWon = this.hedgesLost = this.fallbacks = 0;
    for (const counts of [this.durations, this.waits, this.retryOutcomes, this.transitions]) counts.fill(0);
    for (const option of this.brokenCallbacks.keys()) this.brokenCallbacks.set(option, 0);
    this.exemplars.fill(undefined);
    this.attemptsFailed.length = this.attemptsSucceeded.length = 0;
  }

  attempt(number: number, failed: boolean): void {
    const counts = failed ? this.attemptsFailed : this.attemptsSucceeded;
    while (counts.length <= number) counts.push(0);
    counts[number]! += 1;
  }
}

/** The tallies of one tool name: metrics without the label `namespace` add up over them. */
export interface ToolGroup {
  /** The label `tool`. */
  readonly tool: Labels;
  readonly members: readonly [Tally, ...Tally[]];
}

/** How many tools are told apart, unless somebody asks for more. */
export const DEFAULT_MAX_TOOLS = 1_000;

/** The name under which all others are counted. */
export const OTHER = 'other';

/** How many tools have series of their own. */
export interface ToolLimit {
  readonly maxTools: number;
  /** Told of every tool beyond. */
  readonly onBeyond: (facts: ToolFacts) => void;
}

const DEFAULT_LIMIT: ToolLimit = { maxTools: DEFAULT_MAX_TOOLS, onBeyond: () => undefined };

/**
 * The tallies of all tools, one for each namespace and name. Names that are made up as a program runs would fill the memory of whoever
 * stores the series: beyond a limit tools are counted together.
 */
export class Tallies {
  readonly #byName = new Map<string, Tally>();
  readonly #groups = new Map<string, { readonly tool: Labels; readonly members: [Tally, ...Tally[]] }>();
  readonly #namespaces = new Set<string>();

  constructor(
    readonly bounds: readonly number[],
    readonly limit: ToolLimit = DEFAULT_LIMIT,
  ) {}

  /** The tally of the tools of this name. */
  of(facts: ToolFacts): Tally {
    const { name, namespace } = facts;
    const tally = this.#byName.get(keyOf(namespace, name)) ?? this.#admit(facts);
    tally.announce(facts);
    return tally;
  }

  #admit(facts: ToolFacts): Tally {
    const { name, namespace } = facts;
    if (this.#byName.size < this.limit.maxTools) return this.#add(namespace, name);
    // Sums of several processes know it already.
    if (name !== OTHER) this.limit.onBeyond(facts);
    // Sums over a namespace stay what they are, as long as there are not too many of these in their turn.
    const known = this.#namespaces.has(namespace) ? namespace : OTHER;
    return this.#byName.get(keyOf(known, OTHER)) ?? this.#add(known, OTHER);
  }

  #add(namespace: string, name: string): Tally {
    const tally = new Tally(name, namespace, this.bounds);
    this.#byName.set(keyOf(namespace, name), tally);
    this.#namespaces.add(namespace);
    const group = this.#groups.get(name);
    if (group) group.members.push(tally);
    else this.#groups.set(name, { tool: labels({ tool: name }), members: [tally] });
    return tally;
  }

  /** The label under which a tool of this name is shown. */
  shownAs(name: string): string {
    return this.#groups.has(name) ? name : OTHER;
  }

  /** By name, in the order in which the names came up. */
  groups(): Iterable<ToolGroup> {
    return this.#groups.values();
  }

  /** Sets every count to 0; the series stay, and so do those who count. */
  zero(): void {
    for (const tally of this.#byName.values()) tally.zero();
  }

  /** Forgets the tools as well. Who counts must ask for its tally again. */
  reset(): void {
    this.#byName.clear();
    this.#groups.clear();
    this.#namespaces.clear();
  }
}

function keyOf(namespace: string, name: string): string {
  return JSON.stringify([namespace, name]);
}

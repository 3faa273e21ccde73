import type { ToolIdentity } from '../core/call.js';
import type { StateReading, ToolFacts } from '../core/telemetry.js';
import type { Steps } from '../core/turns.js';
import type { Counts } from './families.js';
import type { Exemplar, Tallies, Tally } from './tally.js';
import { IDLE, statesOf } from './tool-states.js';

// What one thread or process has counted, as plain data: it crosses to another one as JSON or as a structured clone, and is added up
// there. Only what is not 0 is written down: of a thousand tools most have done little.

/** Grows whenever what is written down changes its meaning; who expects another one must not add it up. */
export const SNAPSHOT_LAYOUT = 1;

type NumberName = { [Name in keyof Tally]: Tally[Name] extends number ? Name : never }[keyof Tally];
type ListName = { [Name in keyof Tally]: Tally[Name] extends number[] ? Name : never }[keyof Tally];

/** What of it counts only while its thread lives. */
type GaugeName = 'inFlight';

// A count without a line here does not compile: it would be lost on the way.
const NUMBERS = Object.keys({
  succeeded: true,
  failed: true,
  durationSum: true,
  hits: true,
  misses: true,
  sets: true,
  allowed: true,
  refused: true,
  circuitFailures: true,
  inFlight: true,
  staleWhileRevalidating: true,
  staleInsteadOfError: true,
  waitSum: true,
  bulkheadAdmitted: true,
  bulkheadRefused: true,
  attemptTimeouts: true,
  totalTimeouts: true,
  hedgesWon: true,
  hedgesLost: true,
  fallbacks: true,
} satisfies Record<NumberName, true>) as NumberName[];

const LISTS = Object.keys({
  durations: true,
  waits: true,
  retryOutcomes: true,
  transitions: true,
  attemptsFailed: true,
  attemptsSucceeded: true,
} satisfies Record<ListName, true>) as ListName[];

const GAUGE: GaugeName = 'inFlight';

/** What was counted of one tool. */
export interface ToolSnapshot {
  /** Without what is false. */
  readonly facts: ToolIdentity & Partial<ToolFacts>;
  readonly numbers: Partial<Record<NumberName, number>>;
  readonly lists: Partial<Record<ListName, readonly number[]>>;
  /** Callbacks that broke, by option. */
  readonly callbacks: Readonly<Record<string, number>>;
  /** By bucket. */
  readonly exemplars: Readonly<Record<string, Exemplar>>;
}

/** What one thread or process counted, and the state of its tools. */
export interface Snapshot {
  readonly layout: number;
  /** Of the package that wrote it. */
  readonly version: string;
  readonly bounds: readonly number[];
  readonly tools: readonly ToolSnapshot[];
  /** Of tools that are not idle. */
  readonly states: readonly StateReading[];
  readonly faults: Readonly<Record<string, number>>;
}

// A few tenths of a millisecond's worth.
const TOOLS_PER_TURN = 100;

/** Writes down what was counted. Each tool is of one moment. */
export function* snapshotSteps({ tallies, faults, readings }: Counts, version: string): Steps<Snapshot> {
  const tools: ToolSnapshot[] = [];
  for (const tally of everyTally(tallies)) {
    tools.push(snapshotOf(tally));
    if (tools.length % TOOLS_PER_TURN === 0) yield;
  }
  // Which of them are shown by name is decided where all are added up.
  const found = statesOf(readings(), (tool) => tool);
  const states = Array.from(found, ([tool, { circuit, bulkheadQueue }]) => ({ tool, circuitState: circuit, bulkheadQueue }));
  return {
    layout: SNAPSHOT_LAYOUT,
    version,
    bounds: tallies.bounds,
    tools,
    states: states.filter(({ circuitState, bulkheadQueue }) => circuitState !== IDLE.circuit || bulkheadQueue !== IDLE.bulkheadQueue),
    faults: { ...faults.counts },
  };
}

/** Has tallies know the tools that others know, in the order in which those came to know them. */
export function* announceSteps(tallies: Tallies, known: Tallies): Steps<void> {
  let count = 0;
  for (const tally of everyTally(known)) {
    tallies.of(factsOf(tally) as ToolFacts);
    if (++count % TOOLS_PER_TURN === 0) yield;
  }
}

/** Adds up. What shows a present state is left out of those that are gone. */
export function* addSteps(tallies: Tallies, tools: readonly ToolSnapshot[], isGone = false): Steps<void> {
  let count = 0;
  for (const tool of tools) {
    addTool(tallies, tool, isGone);
    if (++count % TOOLS_PER_TURN === 0) yield;
  }
}

/** The tallies of every tool, by name. */
export function* everyTally(tallies: Tallies): Generator<Tally> {
  for (const { members } of tallies.groups()) yield* members;
}

function snapshotOf(tally: Tally): ToolSnapshot {
  const numbers: ToolSnapshot['numbers'] = {};
  for (const name of NUMBERS) if (tally[name] !== 0) numbers[name] = tally[name];
  const lists: Partial<Record<ListName, readonly number[]>> = {};
  for (const name of LISTS) if (tally[name].some((count) => count !== 0)) lists[name] = [...tally[name]];
  const exemplars = Object.entries(tally.exemplars).filter(([, exemplar]) => exemplar !== undefined);
  return {
    facts: factsOf(tally),
    numbers,
    lists,
    callbacks: Object.fromEntries(tally.brokenCallbacks),
    exemplars: Object.fromEntries(exemplars) as Record<string, Exemplar>,
  };
}

const NO_POLICIES = { hasCache: false, hasRateLimit: false, hasCircuit: false };

function factsOf({ has, tool: name, namespace, brokenCallbacks }: Tally): ToolSnapshot['facts'] {
  const facts = Object.entries(has).filter(([, value]) => value === true);
  return { ...Object.fromEntries(facts), name, namespace, maxRetries: has.maxRetries, callbacks: [...brokenCallbacks.keys()] };
}

function addTool(tallies: Tallies, { facts, numbers, lists, callbacks, exemplars }: ToolSnapshot, isGone: boolean): void {
  const tally = tallies.of({ ...NO_POLICIES, ...facts });
  for (const name of NUMBERS) if (!isGone || name !== GAUGE) tally[name] += numbers[name] ?? 0;
  for (const name of LISTS) addList(tally[name], lists[name] ?? []);
  for (const [option, times] of Object.entries(callbacks)) addTo(tally.brokenCallbacks, option, times);
  for (const [bucket, exemplar] of Object.entries(exemplars)) keepLatest(tally.exemplars, Number(bucket), exemplar);
}

function addList(sums: number[], counts: readonly number[]): void {
  counts.forEach((count, index) => (sums[index] = (sums[index] ?? 0) + count));
}

function addTo(sums: Map<string, number>, key: string, count: number): void {
  sums.set(key, (sums.get(key) ?? 0) + count);
}

function keepLatest(exemplars: (Exemplar | undefined)[], bucket: number, exemplar: Exemplar): void {
  const present = exemplars[bucket];
  if (!present || exemplar.timestamp > present.timestamp) exemplars[bucket] = exemplar;
}

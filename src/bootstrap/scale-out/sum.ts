import type { Once } from '../../core/once.js';
import type { StateReading } from '../../core/telemetry.js';
import { atOnce, type Steps } from '../../core/turns.js';
import { FAULT_KINDS, type FaultKind } from '../../telemetry/catalogue.js';
import type { Counts } from '../../telemetry/families.js';
import { addSteps, announceSteps, snapshotSteps, SNAPSHOT_LAYOUT, type Snapshot } from '../../telemetry/snapshot.js';
import { Tallies } from '../../telemetry/tally.js';
import { VERSION } from '../../version.js';

/** What one of the others has counted. */
export interface Contribution {
  readonly id: string;
  readonly snapshot: Snapshot;
  readonly isGone: boolean;
}

/** Adds up what we and others have counted. The counts of those that ended stay, for a counter never falls. */
export class Sum {
  #gone: Counts | undefined;
  /** What was summed up last: its tools are let in first the next time, so that a limit on their number meets the same ones. */
  #last: Tallies | undefined;

  constructor(private readonly once: Once) {}

  /** Whether anybody who ended had counted anything. */
  get isEmpty(): boolean {
    return this.#gone === undefined;
  }

  reset(): void {
    this.#gone = this.#last = undefined;
  }

  /** Keeps what one who ended had counted; all of them together take no more room than one, so threads may come and go for years. */
  keep({ id, snapshot }: Contribution, { bounds, limit }: Tallies): void {
    if (!this.#fits(id, snapshot, bounds)) return;
    this.#gone ??= { tallies: new Tallies(bounds, limit), faults: { counts: noFaults() }, readings: () => [] };
    addFaults(this.#gone.faults.counts, snapshot.faults);
    atOnce(addSteps(this.#gone.tallies, snapshot.tools, true));
  }

  /** The sum of our own counts, of those of the others, and of those that were kept. */
  *steps(own: Counts, others: readonly Contribution[]): Steps<Counts> {
    // Taken before anybody else has a turn: a contribution that is put among the kept ones meanwhile must be in here once.
    const kept = this.#gone && atOnce(snapshotSteps(this.#gone, VERSION));
    const { bounds, limit } = own.tallies;
    const tallies = new Tallies(bounds, limit);
    const counts = { ...own.faults.counts };
    const states: (readonly StateReading[])[] = [];
    if (this.#last) yield* announceSteps(tallies, this.#last);
    const { tools } = yield* snapshotSteps(own, VERSION);
    yield* addSteps(tallies, tools);
    for (const { id, snapshot, isGone } of [...others, ...(kept ? [{ id: '', snapshot: kept, isGone: true }] : [])]) {
      if (!this.#fits(id, snapshot, bounds)) continue;
      yield* addSteps(tallies, snapshot.tools, isGone);
      addFaults(counts, snapshot.faults);
      if (!isGone) states.push(snapshot.states);
    }
    this.#last = tallies;
    return { tallies, faults: { counts }, readings: () => chain(own.readings(), ...states) };
  }

  /** Counts by other bounds cannot be added, nor can what was written down in another way. */
  #fits(id: string, { layout, version, bounds }: Snapshot, ours: readonly number[]): boolean {
    if (layout !== SNAPSHOT_LAYOUT) {
      this.once.warn(
        `layout ${version}`,
        `the counts of ${id} are left out: toolspan ${version} writes them down in another way than toolspan ${VERSION} here; have one version installed (npm ls toolspan)`,
      );
      return false;
    }
    if (bounds.join() === ours.join()) return true;
    this.once.warn(
      `bounds ${bounds.join()}`,
      `the counts of ${id} are left out: it counts in buckets [${bounds.join()}], this process in [${ours.join()}]; give both the same buckets`,
    );
    return false;
  }
}

function noFaults(): Record<FaultKind, number> {
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
}

function addFaults(sums: Record<FaultKind, number>, counts: Readonly<Record<string, number>>): void {
  for (const kind of FAULT_KINDS) sums[kind] += counts[kind] ?? 0;
}

function* chain<Item>(...lists: Iterable<Item>[]): Generator<Item> {
  for (const list of lists) yield* list;
}

import { Once } from '../../src/core/once.js';
import { atOnce } from '../../src/core/turns.js';
import { Faults } from '../../src/telemetry/faults.js';
import { addSteps, snapshotSteps, type Snapshot } from '../../src/telemetry/snapshot.js';
import { Tallies, type Tally } from '../../src/telemetry/tally.js';

const BOUNDS = [0.1, 1];
const FACTS = {
  name: 'search',
  namespace: 'web',
  hasCache: true,
  hasRateLimit: false,
  hasCircuit: true,
  hasFallback: true,
  maxRetries: 3,
  callbacks: ['cached.key'],
};

/** A tally in which every count is another number, also those that are added one day. */
function busyTally(tallies: Tallies): Tally {
  const tally = tallies.of(FACTS);
  let next = 1;
  const counts = tally as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(counts)) {
    if (typeof value === 'number') counts[name] = next++;
    else if (isCounts(value) && name !== 'bounds') for (let index = 0; index < Math.max(value.length, 2); index++) value[index] = next++;
  }
  tally.brokenCallbacks.set('cached.key', next);
  tally.exemplars[1] = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), value: 0.5, timestamp: 1_000 };
  return tally;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => typeof count === 'number');
}

function snapshotOf(tallies: Tallies): Snapshot {
  const counts = { tallies, faults: new Faults(new Once(() => console)), readings: () => [] };
  // As it comes out of another process.
  return JSON.parse(JSON.stringify(atOnce(snapshotSteps(counts, '1.0.0')))) as Snapshot;
}

function only(tallies: Tallies): Tally {
  return [...tallies.groups()][0]!.members[0];
}

test('every count comes through to another process', () => {
  const tallies = new Tallies(BOUNDS);
  const tally = busyTally(tallies);
  const copy = new Tallies(BOUNDS);
  atOnce(addSteps(copy, snapshotOf(tallies).tools));
  expect(only(copy)).toEqual(tally);
});

test('counts of several are added up, and what they have together is known', () => {
  const one = new Tallies(BOUNDS);
  busyTally(one);
  const other = new Tallies(BOUNDS);
  other.of({ ...FACTS, hasCache: false, hasHedge: true, maxRetries: 5 }).call(0.5, false);
  const sum = new Tallies(BOUNDS);
  for (const { tools } of [snapshotOf(one), snapshotOf(other)]) atOnce(addSteps(sum, tools));
  const { succeeded, durations, has } = only(sum);
  expect(succeeded).toBe(only(one).succeeded + 1);
  expect(durations).toEqual(only(one).durations.map((count, bucket) => count + (bucket === 1 ? 1 : 0)));
  expect(has).toMatchObject({ hasCache: true, hasHedge: true, hasFallback: true, hasRateLimit: false, maxRetries: 5 });
});

test('of one that is gone, calls are no longer under way', () => {
  const tallies = new Tallies(BOUNDS);
  busyTally(tallies);
  const sum = new Tallies(BOUNDS);
  atOnce(addSteps(sum, snapshotOf(tallies).tools, true));
  expect(only(sum)).toMatchObject({ inFlight: 0, succeeded: only(tallies).succeeded });
});

test('the latest exemplar of a bucket is kept', () => {
  const sum = new Tallies(BOUNDS);
  for (const timestamp of [2_000, 3_000, 1_000]) {
    const tallies = new Tallies(BOUNDS);
    busyTally(tallies).exemplars[1] = { traceId: 'a', spanId: 'b', value: 1, timestamp };
    atOnce(addSteps(sum, snapshotOf(tallies).tools));
  }
  expect(only(sum).exemplars.map((exemplar) => exemplar?.timestamp)).toEqual([undefined, 3_000, undefined]);
});

test('what was never called takes little room', () => {
  const tallies = new Tallies(BOUNDS);
  tallies.of({ name: 'idle', namespace: 'default', hasCache: false, hasRateLimit: false, hasCircuit: false });
  expect(snapshotOf(tallies).tools).toEqual([
    { facts: { name: 'idle', namespace: 'default', maxRetries: -1, callbacks: [] }, numbers: {}, lists: {}, callbacks: {}, exemplars: {} },
  ]);
});

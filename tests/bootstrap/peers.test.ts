import { Peers } from '../../src/bootstrap/scale-out/peers.js';
import type { Question } from '../../src/bootstrap/scale-out/words.js';
import { Once } from '../../src/core/once.js';
import type { StateReading } from '../../src/core/telemetry.js';
import { atOnce } from '../../src/core/turns.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { Faults } from '../../src/telemetry/faults.js';
import type { Counts } from '../../src/telemetry/families.js';
import { snapshotSteps, type Snapshot } from '../../src/telemetry/snapshot.js';
import { Tallies } from '../../src/telemetry/tally.js';

const FACTS = { name: 'add', namespace: 'default', hasCache: false, hasRateLimit: false, hasCircuit: true };

const warnings: string[] = [];
const once = new Once(() => ({ warn: (message) => void warnings.push(message) }));

beforeEach(() => {
  warnings.length = 0;
  once.forget();
});

function counts(calls: number, states: StateReading[] = [], bounds = [1]): Counts {
  const tallies = new Tallies(bounds);
  const tally = tallies.of(FACTS);
  for (let call = 0; call < calls; call++) tally.call(0.5, false);
  return { tallies, faults: new Faults(once), readings: () => states };
}

function snapshot(...given: Parameters<typeof counts>): Snapshot {
  return atOnce(snapshotSteps(counts(...given), '1.0.0'));
}

function callsIn({ tallies }: Counts): number {
  return [...tallies.groups()].flatMap(({ members }) => members).reduce((total, { succeeded }) => total + succeeded, 0);
}

/** A book of peers with a line on which every question is noted. */
function book() {
  const clock = createTestClock();
  const faults = new Faults(once);
  const peers = new Peers({ faults, once, clock });
  const questions: Question[] = [];
  let isClosed = false;
  peers.connect([{ ask: (question) => void questions.push(question), close: () => void (isClosed = true) }]);
  return {
    clock,
    faults,
    peers,
    questions,
    isClosed: () => isClosed,
    answer: (id: string, calls: number) => peers.hear(id, { type: 'counts', round: questions.at(-1)!.round, snapshot: snapshot(calls) }),
  };
}

test('nobody is waited for who was never heard of', async () => {
  const { peers } = book();
  expect(peers.isAlone).toBe(true);
  expect(callsIn(await peers.sumOf(() => counts(3)))).toBe(3);
});

test('a sum waits for all who count, and is of the time of their answers', async () => {
  const { peers, answer } = book();
  for (const id of ['one', 'two']) peers.hear(id, { type: 'hello' });
  const sum = peers.sumOf(() => counts(1));
  answer('one', 10);
  answer('two', 20);
  expect(callsIn(await sum)).toBe(31);
});

test('an answer to an earlier question is none to this one', async () => {
  const { peers, questions, answer, clock } = book();
  peers.hear('one', { type: 'hello' });
  const earlier = questions.at(-1)!.round;
  const sum = peers.sumOf(() => counts(0));
  peers.hear('one', { type: 'counts', round: earlier, snapshot: snapshot(1) });
  await clock.advance(500);
  answer('one', 2);
  expect(callsIn(await sum)).toBe(2);
  expect(warnings).toEqual([]);
});

test('who does not answer is counted as last known, told once, and not waited for until it answers again', async () => {
  const { peers, answer, clock, faults } = book();
  peers.hear('one', { type: 'hello' });
  answer('one', 10);
  const slow = peers.sumOf(() => counts(0));
  await clock.advance(1_000);
  expect(callsIn(await slow)).toBe(10);
  expect(callsIn(await peers.sumOf(() => counts(0)))).toBe(10);
  expect(faults.counts.scrape).toBe(1);
  expect(warnings).toEqual([expect.stringMatching(/^one did not say within 1000 ms/)]);
  answer('one', 11);
  const again = peers.sumOf(() => counts(0));
  answer('one', 12);
  expect(callsIn(await again)).toBe(12);
});

test('the counts of those who ended stay, of any number of them, and also what they say last', async () => {
  const { peers, answer, clock } = book();
  for (let number = 1; number <= 50; number++) {
    const id = `worker ${number}`;
    peers.hear(id, { type: 'hello' });
    answer(id, 1);
    peers.lose(id);
    if (number % 2 === 0) peers.hear(id, { type: 'counts', round: 0, snapshot: snapshot(2), isLast: true });
    await clock.advance(100);
  }
  expect(callsIn(await peers.sumOf(() => counts(0)))).toBe(75);
  await clock.advance(10_000);
  expect(callsIn(await peers.sumOf(() => counts(0)))).toBe(75);
  expect(callsIn(peers.knownSumOf(counts(1)))).toBe(76);
});

test('states of all are shown together, without those of who ended or said a last word', () => {
  const { peers } = book();
  const open: StateReading = { tool: 'add', circuitState: 'OPEN', bulkheadQueue: 2 };
  const closed: StateReading = { tool: 'add', circuitState: 'CLOSED' };
  for (const id of ['one', 'two', 'three']) peers.hear(id, { type: 'counts', round: 1, snapshot: snapshot(1, [open]) });
  peers.hear('three', { type: 'counts', round: 1, snapshot: snapshot(1, [open]), isLast: true });
  expect([...peers.knownSumOf(counts(0, [closed])).readings()]).toEqual([closed, open, open]);
  peers.lose('one');
  peers.lose('two');
  expect([...peers.knownSumOf(counts(0)).readings()]).toEqual([]);
  expect(callsIn(peers.knownSumOf(counts(0)))).toBe(3);
});

test('counts that cannot be added are left out, with a warning that says why', async () => {
  const { peers } = book();
  peers.hear('other buckets', { type: 'counts', round: 1, snapshot: snapshot(1, [], [2]), isLast: true });
  peers.hear('another version', { type: 'counts', round: 1, snapshot: { ...snapshot(1), layout: 2, version: '9.9.9' }, isLast: true });
  expect(callsIn(await peers.sumOf(() => counts(5)))).toBe(5);
  expect(callsIn(await peers.sumOf(() => counts(5)))).toBe(5);
  expect(warnings).toEqual([
    expect.stringContaining('the counts of other buckets are left out: it counts in buckets [2], this process in [1]'),
    expect.stringContaining('the counts of another version are left out: toolspan 9.9.9'),
  ]);
});

test('who has a server of its own is left out, from then on', async () => {
  const { peers, answer } = book();
  peers.hear('one', { type: 'hello' });
  answer('one', 10);
  peers.hear('one', { type: 'apart' });
  expect(callsIn(await peers.sumOf(() => counts(1)))).toBe(1);
});

test('all are asked now and then, as long as there is anybody', async () => {
  const { peers, questions, clock } = book();
  await clock.advance(60_000);
  expect(questions).toHaveLength(1);
  peers.hear('one', { type: 'hello' });
  await clock.advance(5_000);
  expect(questions).toHaveLength(3);
  peers.lose('one');
  await clock.advance(60_000);
  expect(questions).toHaveLength(3);
});

test('after the end nobody is asked or waited for, and what was counted is still known', async () => {
  const { peers, answer, questions, clock, isClosed } = book();
  peers.hear('one', { type: 'hello' });
  answer('one', 10);
  const waiting = peers.sumOf(() => counts(0));
  peers.disconnect();
  expect(callsIn(await waiting)).toBe(10);
  const asked = questions.length;
  await clock.advance(60_000);
  expect(questions).toHaveLength(asked);
  expect(isClosed()).toBe(true);
  peers.reset();
  expect(peers.isAlone).toBe(true);
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import { keepCompany } from './company.js';
import { median, quantile } from './statistics.js';

/** One side of a row. */
export interface Contestant {
  /** Makes so many calls, one after the other. Each side has a loop of its own: a shared one would cost both their inlining. */
  run(calls: number): Promise<void>;
}

/** Calls made by each side, warm-up included. */
export interface Issued {
  readonly ours: number;
  readonly rival: number;
}

/** How much is measured, where the defaults do not fit. */
export interface Pace {
  /** Default 200. */
  readonly callsPerBatch?: number;
  /** Of each side; default 50. */
  readonly batchesPerRound?: number;
}

/** Two sides that do the same. */
export interface Contest {
  readonly ours: Contestant;
  readonly rival: Contestant;
  readonly pace?: Pace;
  /** Between batches, outside the measured time: delivers what was recorded. */
  flush?(): Promise<void>;
  /** Throws if any of the calls was not counted or traced. */
  verify(issued: Issued): Promise<void> | void;
}

/** What a row shows. Times in nanoseconds per call; medians over the rounds. */
export interface Result {
  readonly ours: number;
  readonly rival: number;
  /** Median of the rounds' ratios, each of two neighbours in time. */
  readonly ratio: number;
  /** First and third quartile of those ratios: what one process compiles well, the next one may not. */
  readonly spread: readonly [number, number];
  readonly calls: Issued;
}

/** Who is measured. */
export type Side = keyof Issued;

/** Calls of a side in one go, where its pace says nothing else. */
export const CALLS_PER_BATCH = 200;
const BATCHES_PER_ROUND = 50;
const ROUNDS = 20;
/** Calls of other tools before the measuring begins. */
export const COMPANY_CALLS = 5_000;
const WARMUP_MS = 1_000;
const NS_PER_MS = 1e6;

/** Measures both sides in alternation, batch by batch, then has the contest verify that nothing was dropped. */
export async function measure(contest: Contest): Promise<Measured> {
  const issued = { ours: 0, rival: 0 };
  const timeBatch = await warmUp(contest, issued);
  const rounds = await playRounds(timeBatch, contest.pace?.batchesPerRound);
  await contest.verify(issued);
  return { rounds, calls: issued };
}

/** What the processes that measured a row found. */
export function summarize(measured: readonly Measured[]): Result {
  const rounds = measured.flatMap((one) => one.rounds);
  const ratios = rounds.map(({ ours, rival }) => ours / rival);
  return {
    ours: median(rounds.map(({ ours }) => ours)),
    rival: median(rounds.map(({ rival }) => rival)),
    ratio: median(ratios),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    calls: { ours: sum(measured.map(({ calls }) => calls.ours)), rival: sum(measured.map(({ calls }) => calls.rival)) },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What one process found. */
export interface Measured {
  readonly rounds: readonly Round[];
  readonly calls: Issued;
}

/** The median batch of each side, in nanoseconds per call. */
export type Round = Readonly<Record<Side, number>>;

/** Times one batch of one side, in nanoseconds per call. */
export type TimeBatch = (side: Side) => Promise<number>;

/** Lets both sides have their turns, round after round. */
export async function playRounds(timeBatch: TimeBatch, batchesPerRound = BATCHES_PER_ROUND): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let index = 0; index < ROUNDS; index++) rounds.push(await playRound(timeBatch, batchesPerRound));
  return rounds;
}

async function playRound(timeBatch: TimeBatch, batches: number): Promise<Round> {
  const times: Record<Side, number[]> = { ours: [], rival: [] };
  for (let index = 0; index < batches; index++) {
    for (const side of orderOf(index)) times[side].push(await timeBatch(side));
  }
  return { ours: median(times.ours), rival: median(times.rival) };
}

/** Whoever comes second collects the garbage of the first, so they take turns; a forced collection in between would cost more than the batch. */
export function orderOf(index: number): readonly Side[] {
  return index % 2 === 0 ? ['ours', 'rival'] : ['rival', 'ours'];
}

/** Returns what times one batch of one side, in nanoseconds per call. */
async function warmUp(contest: Contest, issued: Record<Side, number>): Promise<TimeBatch> {
  const { Bench } = await import('tinybench');
  const bench = new Bench({ time: 0, iterations: 1, warmupTime: WARMUP_MS, throws: true });
  const { callsPerBatch = CALLS_PER_BATCH } = contest.pace ?? {};
  const afterEach = async (): Promise<void> => {
    await contest.flush?.();
    await nextTurn();
  };
  for (const side of orderOf(0)) {
    const batch = (): Promise<void> => {
      issued[side] += callsPerBatch;
      return contest[side].run(callsPerBatch);
    };
    bench.add(side, batch, { async: true, afterEach });
  }
  await keepCompany(COMPANY_CALLS);
  for (const task of bench.tasks) await task.warmup();
  await keepCompany(COMPANY_CALLS);

  return async (side) => {
    const task = bench.getTask(side)!;
    task.reset();
    const { result } = await task.run();
    if (result.state !== 'completed') throw new Error(`a batch of ${side} ended as ${result.state}`);
    return (result.latency.p50 * NS_PER_MS) / callsPerBatch;
  };
}

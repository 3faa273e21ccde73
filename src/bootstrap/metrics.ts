import { systemClock } from '../core/clock.js';
import { atOnce, inTurns, type Steps } from '../core/turns.js';
import { Tallies } from '../telemetry/tally.js';
import type { Faults } from '../telemetry/faults.js';
import { DEFAULT_BUCKETS } from '../telemetry/catalogue.js';
import {
  joinedRegistry,
  ownRegistry,
  register,
  unregister,
  type CountsSource,
  type Expose,
  type MetricsRegistry,
} from '../telemetry/exposition.js';
import type { Counts } from '../telemetry/families.js';
import { declaredFacts } from '../pipeline/registry.js';
import { runtime } from '../pipeline/runtime.js';
import type { Complain } from './environment.js';
import { loadPromClient } from './optional.js';
import type { Peers } from './scale-out/peers.js';

/** Where the counts live; they survive a shutdown, for a counter never falls. */
export interface CountsHome {
  tallies?: Tallies | undefined;
  readonly faults: Faults;
  /** Milliseconds since the Unix epoch when counting began. */
  since?: number;
  /** Other threads and processes that count. */
  readonly peers?: Peers;
}

/** Counting that is on. */
export interface Counting {
  readonly counts: CountsSource;
  /** Leaves the others who count; what was counted stays. */
  stop(): void;
}

/** Metrics that are on. */
export interface RunningMetrics {
  readonly registry: MetricsRegistry;
  readonly isOwn: boolean;
  readonly expose: Expose;
}

/** What metrics are started with. */
export interface MetricsRequest {
  readonly registry?: MetricsRegistry | undefined;
  readonly buckets?: readonly number[] | undefined;
}

/**
 * Starts the instruments, synchronously. `undefined` where they stay off; why is complained about.
 * @param counts has counting begin
 */
export function startMetrics(request: MetricsRequest, counts: () => CountsSource, complain: Complain): RunningMetrics | undefined {
  const { module: promClient, problem } = loadPromClient();
  if (!promClient) {
    complain(`metrics are off: ${problem}`, 'package');
    return undefined;
  }
  if (!request.registry) return { ...ownRegistry(promClient, counts()), isOwn: true };
  const taken = register(request.registry, counts());
  if (taken.length > 0) complain(`the registry has metrics of others under our names, they are left as they are: ${taken.join(', ')}`);
  return { ...joinedRegistry(request.registry), isOwn: false };
}

/** Takes our metrics out of a registry of the application's. */
export function stopMetrics({ registry, isOwn }: RunningMetrics): void {
  if (!isOwn) unregister(registry);
}

/** One set of buckets per process: two sets inside one metric break every aggregation. */
export function useBuckets(state: CountsHome, asked: readonly number[] | undefined, complain: Complain): void {
  state.tallies ??= new Tallies(asked ?? DEFAULT_BUCKETS);
  state.since ??= systemClock.wallTime();
  const { bounds } = state.tallies;
  if (asked && asked.join() !== bounds.join())
    complain(`buckets [${asked.join()}] are not used: this process counts in [${bounds.join()}] already`);
}

// Each has its options worked out, which takes a few microseconds.
const TOOLS_PER_TURN = 100;

/** The counts of this process, with a series at 0 for every tool that was decorated but not called yet; and those of others. */
export function countsOf(state: CountsHome): CountsSource {
  const { faults, peers } = state;
  let announced = '';
  let together: Promise<Counts> | undefined;
  const news = (): string => [runtime.cards.additions, runtime.classes.additions, runtime.generation].join();
  const present = (): Counts => ({ tallies: talliesOf(state), faults, readings: () => runtime.readings });
  const withPeers = (): Promise<Counts> | undefined => (peers && !peers.isAlone ? peers.sumOf(present) : undefined);
  function* announceSteps(): Steps<void> {
    const now = news();
    let tools = 0;
    if (now !== announced)
      for (const facts of declaredFacts()) {
        talliesOf(state).of(facts);
        if (++tools % TOOLS_PER_TURN === 0) yield;
      }
    announced = now;
  }
  const read = (): Counts => {
    atOnce(announceSteps());
    return present();
  };
  return {
    read,
    readTogether() {
      const own = read();
      if (together) return together;
      together = withPeers();
      if (together) queueMicrotask(() => (together = undefined));
      return together ?? own;
    },
    async readInTurns() {
      await inTurns(announceSteps());
      return withPeers() ?? present();
    },
    reset() {
      talliesOf(state).zero();
      faults.reset();
      peers?.reset();
    },
  };
}

function talliesOf(state: CountsHome): Tallies {
  return (state.tallies ??= new Tallies(DEFAULT_BUCKETS));
}

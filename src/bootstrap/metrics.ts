import { nextTurn } from '../core/turns.js';
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

/** Where the counts live; they survive a shutdown, for a counter never falls. */
export interface CountsHome {
  tallies?: Tallies | undefined;
  readonly faults: Faults;
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

/** Starts the instruments, synchronously. `undefined` where they stay off; why is complained about. */
export function startMetrics(state: CountsHome, request: MetricsRequest, complain: Complain): RunningMetrics | undefined {
  const { module: promClient, problem } = loadPromClient();
  if (!promClient) {
    complain(`metrics are off: ${problem}`, 'package');
    return undefined;
  }
  useBuckets(state, request.buckets, complain);
  const counts = countsOf(state);
  if (!request.registry) return { ...ownRegistry(promClient, counts), isOwn: true };
  const taken = register(request.registry, counts);
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
  const { bounds } = state.tallies;
  if (asked && asked.join() !== bounds.join())
    complain(`buckets [${asked.join()}] are not used: this process counts in [${bounds.join()}] already`);
}

// Each has its options worked out, which takes a few microseconds.
const TOOLS_PER_TURN = 100;

/** The counts of this process, with a series at 0 for every tool that was decorated but not called yet. */
export function countsOf(state: CountsHome): CountsSource {
  let announced = '';
  const news = (): string => [runtime.cards.additions, runtime.classes.additions, runtime.generation].join();
  const present = (): Counts => ({ tallies: talliesOf(state), faults: state.faults, readings: () => runtime.readings });
  return {
    read() {
      const now = news();
      if (now !== announced) for (const facts of declaredFacts()) talliesOf(state).of(facts);
      announced = now;
      return present();
    },
    async readInTurns() {
      const now = news();
      let tools = 0;
      if (now !== announced)
        for (const facts of declaredFacts()) {
          talliesOf(state).of(facts);
          if (++tools % TOOLS_PER_TURN === 0) await nextTurn();
        }
      announced = now;
      return present();
    },
  };
}

function talliesOf(state: CountsHome): Tallies {
  return (state.tallies ??= new Tallies(DEFAULT_BUCKETS));
}

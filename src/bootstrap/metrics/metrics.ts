import { systemClock } from '../../core/clock.js';
import { atOnce, inTurns, type Steps } from '../../core/turns.js';
import { DEFAULT_MAX_TOOLS, Tallies, type ToolLimit } from '../../telemetry/tally.js';
import type { Faults } from '../../telemetry/faults.js';
import { DEFAULT_BUCKETS } from '../../telemetry/catalogue.js';
import {
  joinedRegistry,
  ownRegistry,
  register,
  unregister,
  type ConstantLabels,
  type CountsSource,
  type Expose,
  type MetricsRegistry,
} from '../../telemetry/exposition.js';
import type { Counts } from '../../telemetry/families.js';
import { declaredFacts } from '../../pipeline/registry.js';
import { runtime } from '../../pipeline/runtime.js';
import type { Complain } from '../environment.js';
import { loadPromClient } from '../packages/prom-client.js';
import { addProcessMetrics } from './process-metrics.js';
import type { Peers } from '../scale-out/peers.js';

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
  readonly constantLabels: ConstantLabels;
  /** Takes the metrics of the process out again; `undefined` while it is not measured. */
  forgetProcess?: () => void;
}

/** How calls are to be counted. */
export interface TallyRequest {
  readonly buckets?: readonly number[] | undefined;
  /** How many tools have series of their own. */
  readonly maxTools?: number | undefined;
}

/** What metrics are started with. */
export interface MetricsRequest {
  readonly registry?: MetricsRegistry | undefined;
  /** Labels that every series gets. */
  readonly constantLabels?: ConstantLabels | undefined;
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
  const { registry, constantLabels = {} } = request;
  if (!registry) return { ...ownRegistry(promClient, counts(), constantLabels), isOwn: true, constantLabels };
  const taken = register(registry, counts(), constantLabels);
  if (taken.length > 0) complain(`the registry has metrics of others under our names, they are left as they are: ${taken.join(', ')}`);
  return { ...joinedRegistry(registry), isOwn: false, constantLabels };
}

/** Takes our metrics out of a registry of the application's. */
export function stopMetrics({ registry, isOwn, forgetProcess }: RunningMetrics): void {
  if (isOwn) return;
  unregister(registry);
  forgetProcess?.();
}

/** Has the process itself measured as well. */
export function measureProcess(metrics: RunningMetrics, complain: Complain): void {
  const { module: promClient } = loadPromClient();
  if (promClient) metrics.forgetProcess ??= addProcessMetrics(metrics.registry, promClient, complain);
}

/** One set of buckets per process: two sets inside one metric break every aggregation. */
export function useTallies(state: CountsHome, { buckets, maxTools }: TallyRequest, complain: Complain): void {
  state.tallies ??= createTallies(buckets, maxTools);
  state.since ??= systemClock.wallTime();
  const { bounds, limit } = state.tallies;
  if (buckets && buckets.join() !== bounds.join())
    complain(`buckets [${buckets.join()}] are not used: this process counts in [${bounds.join()}] already`);
  if (maxTools && maxTools !== limit.maxTools)
    complain(`maxTools ${maxTools} is not used: this process has a limit of ${limit.maxTools} already`);
}

function createTallies(buckets = DEFAULT_BUCKETS, maxTools = DEFAULT_MAX_TOOLS): Tallies {
  const onBeyond: ToolLimit['onBeyond'] = ({ namespace, name }) =>
    runtime.once.warn(
      'maxTools',
      `there are more than ${maxTools} tools: "${name}" (${namespace}) and those that come later are counted together, as tool="other". Take names of tools from a fixed set, or give a higher maxTools`,
    );
  return new Tallies(buckets, { maxTools, onBeyond });
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
  return (state.tallies ??= createTallies());
}

import { connect, observability } from '../bootstrap/state.js';
import { countsOf } from '../bootstrap/metrics/metrics.js';
import { steady, type Clock, type Random } from '../core/clock.js';
import { ConfigurationError } from '../core/errors.js';
import { resetTools, runtime, setTelemetry } from '../pipeline/runtime.js';
import { DEFAULT_BUCKETS } from '../telemetry/catalogue.js';
import { METRIC_NAMES, readMetric } from '../telemetry/families.js';
import { DISCREET, Disclosure } from '../telemetry/disclosure.js';
import { Faults } from '../telemetry/faults.js';
import { InFlight } from '../telemetry/in-flight.js';
import { createTelemetry } from '../telemetry/observer.js';
import { renderTree } from '../telemetry/span-tree.js';
import { createTracing } from '../telemetry/spans.js';
import { Tallies } from '../telemetry/tally.js';
import { SpanMemory, type TestSpan } from './memory-tracer.js';
import { testApi } from './test-api.js';

/** Options of `createTestObservability`. */
export interface TestObservabilityOptions {
  /** Moves the time of circuits, limits, caches and back-offs as well; see `createTestClock`. Default: the machine's time. */
  clock?: Clock;
  /** Randomness of back-offs. Default `Math.random`. */
  random?: Random;
}

/** What a test sees of the tools that ran. Everything is there as soon as a call has ended. */
export interface TestObservability {
  /** Finished spans, yours included, in the order in which they were started. */
  readonly spans: readonly TestSpan[];
  /** The finished spans as a text tree, without durations, so that it can be compared. */
  tree(): string;
  /** The value of a metric, summed over the series that bear the labels given; `undefined` if there is none. */
  metric(name: string, labels?: Readonly<Record<string, string | number | boolean>>): number | undefined;
  /** Forgets spans, counts, circuits, caches and limits. */
  reset(): void;
  /** Puts back what was there before. */
  dispose(): void;
}

/**
 * Traces and counts tools in memory: no server, no exporter, no SDK package. Begins with a clean slate: circuits, caches and
 * limits of earlier tests are forgotten.
 */
export function createTestObservability({ clock, random }: TestObservabilityOptions = {}): TestObservability {
  const before = { clock: runtime.clock, random: runtime.random };
  runtime.clock = clock ? steady(clock) : before.clock;
  runtime.random = random ?? before.random;

  const api = testApi();
  const memory = new SpanMemory(
    runtime.clock,
    (context) => api.trace.getSpan(context),
    () => api.context.active(),
  );
  api.provide((name) => memory.tracer(name));
  const faults = new Faults(runtime.once);
  const tallies = new Tallies(DEFAULT_BUCKETS);
  const counts = countsOf({ tallies, faults });
  const tracing = createTracing(api, memory.tracer('toolspan'), runtime.clock, new Disclosure(DISCREET, faults));

  const forgetCounts = (): void => {
    tallies.reset();
    faults.reset();
  };
  runtime.onReset.add(forgetCounts);
  const reset = (): void => {
    memory.forget();
    resetTools();
  };
  reset();
  setTelemetry(createTelemetry({ clock: runtime.clock, faults, inFlight: new InFlight(), tallies, tracing }));

  return {
    get spans() {
      return memory.finished;
    },
    tree: () => renderTree(memory.finished.map(treeSpan), { durations: false, colour: false }),
    metric(name, labels = {}) {
      const metric = METRIC_NAMES.find((known) => name.startsWith(known));
      if (!metric) throw new ConfigurationError(`there is no metric ${name}; there are: ${METRIC_NAMES.join(', ')}`);
      const wanted = Object.entries(labels);
      let total: number | undefined;
      readMetric(metric, counts.read(), (whose, what, value, suffix) => {
        const has = { ...whose.values, ...what.values };
        const isMeant = metric + (suffix ?? '') === name && wanted.every(([label, asked]) => has[label] === String(asked));
        if (isMeant) total = (total ?? 0) + value;
      });
      return total;
    },
    reset,
    dispose() {
      Object.assign(runtime, before);
      runtime.onReset.delete(forgetCounts);
      api.release();
      resetTools();
      connect(observability());
    },
  };
}

function treeSpan(span: TestSpan): Parameters<typeof renderTree>[0][number] {
  const { status } = span;
  return { ...span, error: status.code === 'ERROR' ? (status.message ?? 'error') : undefined };
}

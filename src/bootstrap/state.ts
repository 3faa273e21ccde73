import { systemClock } from '../core/clock.js';
import { DISCREET, Disclosure, type DisclosureSettings } from '../telemetry/disclosure.js';
import { FailureLog, type FailedCall } from '../telemetry/failure-log.js';
import { Faults } from '../telemetry/faults.js';
import { InFlight } from '../telemetry/in-flight.js';
import { createTelemetry } from '../telemetry/observer.js';
import { createTracing } from '../telemetry/spans.js';
import { runtime, setTelemetry } from '../pipeline/runtime.js';
import type { Counting, CountsHome, RunningMetrics } from './metrics/metrics.js';
import type { Delivery } from './deliveries/delivery.js';
import type { PushgatewayOptions } from './deliveries/pushgateway.js';
import { Peers } from './scale-out/peers.js';
import type { DeliveryKind } from './scale-out/words.js';
import type { MetricsAuth } from './endpoint/auth.js';
import type { MetricsServer } from './endpoint/server.js';
import type { RunningTracing } from './traces/tracing.js';

/** What set-up keeps between its calls; one per process, like the runtime it hangs on. */
export interface Observability extends CountsHome {
  tracing: RunningTracing | undefined;
  metrics: RunningMetrics | undefined;
  /** On as soon as metrics are served or sent anywhere. */
  counting: Counting | undefined;
  readonly deliveries: Map<DeliveryKind, Delivery>;
  /** Where metrics are pushed to, as the program or the environment had it. */
  pushgateway?: PushgatewayOptions;
  /** What the one who gathers our counts delivers for us. */
  deliveredAbove: ReadonlySet<DeliveryKind>;
  readonly peers: Peers;
  server: MetricsServer | undefined;
  /** Who may read the metrics, wherever they are served; the first set-up that says so decides. */
  metricsAuth: MetricsAuth | undefined;
  /** Takes the exit listeners away again. */
  removeExitHooks: (() => void) | undefined;
  readonly inFlight: InFlight;
  /** What calls tell of themselves; the first set-up that asks decides. */
  disclosure: DisclosureSettings | undefined;
  /** Told of each call that failed. */
  onFailedCall: ((failure: FailedCall) => void) | undefined;
  /** What was on is being taken down: who sets up now has to wait for it. */
  takingDown: Promise<void> | undefined;
  /** The last set-up or shutdown begun: the next one waits for it before it touches the server. */
  tail: Promise<unknown>;
}

/** The one state of this process. */
export function observability(): Observability {
  return (runtime.observability ??= create()) as Observability;
}

function create(): Observability {
  const faults = new Faults(runtime.once);
  const state: Observability = {
    tracing: undefined,
    metrics: undefined,
    counting: undefined,
    deliveries: new Map(),
    deliveredAbove: new Set(),
    peers: new Peers({ faults, once: runtime.once }),
    server: undefined,
    metricsAuth: undefined,
    removeExitHooks: undefined,
    faults,
    inFlight: new InFlight(),
    disclosure: undefined,
    onFailedCall: undefined,
    takingDown: undefined,
    tail: Promise.resolve(),
  };
  runtime.onReset.add(() => {
    state.tallies?.reset();
    state.faults.reset();
    state.peers.reset();
    state.since = systemClock.wallTime();
  });
  return state;
}

/** Has the tools observed by what is on now. */
export function connect(state: Observability): void {
  const { tracing, counting, tallies, faults, inFlight, onFailedCall } = state;
  const { clock } = runtime;
  const isOn = tracing !== undefined || counting !== undefined || onFailedCall !== undefined;
  if (!isOn) return setTelemetry(undefined);
  const disclosure = new Disclosure(state.disclosure ?? DISCREET, faults);
  setTelemetry(
    createTelemetry({
      clock,
      faults,
      inFlight,
      tallies: counting && tallies,
      tracing: tracing && createTracing(tracing.api, tracing.tracer, clock, disclosure),
      failures: onFailedCall && new FailureLog(disclosure, faults, onFailedCall),
    }),
  );
}

import { withoutSecrets } from '../../core/secrets.js';
import { messageOf } from '../../core/thrown.js';
import { runtime } from '../../pipeline/runtime.js';
import { resolveBackend, type Backend } from '../backends/backend.js';
import { readList, type Complain, type Environment } from '../environment.js';
import { loadPromClient } from '../packages/prom-client.js';
import { checkPushgateway } from '../option-rules.js';
import type { ObservabilityOptions } from '../options.js';
import { resolveServiceName } from '../resource.js';
import { startCounting } from '../scale-out/start-counting.js';
import type { DeliveryKind } from '../scale-out/words.js';
import type { Observability } from '../state.js';
import type { Delivery, DeliverySettings } from './delivery.js';
import { startOtlpMetrics } from './otlp-metrics.js';
import { pushgatewayFrom, startPushing, type PushgatewayOptions, type PushgatewaySettings } from './pushgateway.js';

/** What of the process deliveries need to know. */
export interface DeliveryHost {
  readonly env: Environment;
  readonly mainFile: string | undefined;
}

const EXPORTERS = ['otlp', 'prometheus', 'none'];

/** Starts what sends metrics somewhere, as far as it is asked for and does not run yet. */
export function ensureDeliveries(state: Observability, options: ObservabilityOptions, host: DeliveryHost, complain: Complain): void {
  for (const name of readList(host.env, 'OTEL_METRICS_EXPORTER'))
    if (!EXPORTERS.includes(name)) complain(`OTEL_METRICS_EXPORTER: ${name} is not known; known are ${EXPORTERS.join(', ')}`);
  if (wantsOtlp(options, host.env)) ensureOtlp(state, options, host, complain);
  const gateway = options.enableMetrics !== false && gatewayOf(options, host.env, complain);
  if (!gateway) return;
  if (!state.deliveries.has('pushgateway')) startPushingTo(state, gateway, options, host);
  else if (JSON.stringify(gateway) !== JSON.stringify(state.pushgateway))
    complain(`pushgateway ${gateway.url} is not used: an earlier set-up has the metrics pushed already`);
}

/** What the program asks for comes first; one that wants no metrics wants none of the environment's either. */
function wantsOtlp({ enableOtlpMetrics, enableMetrics }: ObservabilityOptions, env: Environment): boolean {
  return enableOtlpMetrics ?? (enableMetrics !== false && readList(env, 'OTEL_METRICS_EXPORTER').includes('otlp'));
}

function ensureOtlp(state: Observability, options: ObservabilityOptions, host: DeliveryHost, complain: Complain): void {
  if (state.deliveries.has('otlp')) return;
  const { tracing, metrics } = state;
  const { serviceName, constantLabels = {} } = options;
  const delivery = startOtlpMetrics({
    ...host,
    ...terms(state, 'otlp', () => worked(state) || undefined),
    serviceName: serviceName ?? tracing?.serviceName,
    options: { ...options.tracing, ...tracing?.options },
    backend: backendOf(tracing, options, host),
    complain,
    counts: { readInTurns: () => startCounting(state, {}, complain).readInTurns() },
    since: () => state.since ?? 0,
    constantLabels: metrics?.constantLabels ?? constantLabels,
  });
  if (!delivery) return;
  state.deliveries.set('otlp', delivery);
  runtime.explain?.('metrics are sent over OTLP');
  startCounting(state, options, complain);
}

/** That of traces, where there are any; tracing has complained of one that is not known. */
function backendOf(tracing: Observability['tracing'], { backend }: ObservabilityOptions, { env }: DeliveryHost): Backend | undefined {
  return tracing ? tracing.backend : resolveBackend(env, backend, () => undefined);
}

function startPushingTo(
  state: Observability,
  gateway: PushgatewayOptions,
  { serviceName }: ObservabilityOptions,
  host: DeliveryHost,
): void {
  // A job that has called nothing says so as well.
  const counted = (): number => worked(state) + 1;
  const settings = settingsOf(state, gateway, serviceName, host);
  const delivery = createPushing(state, settings, terms(state, 'pushgateway', counted));
  if (!delivery) return;
  state.pushgateway = gateway;
  state.deliveries.set('pushgateway', delivery);
  runtime.explain?.(`metrics are pushed to ${withoutSecrets(settings.url)} as job "${settings.jobName}"`);
}

/** Pushes once. Resolves with whether it arrived. */
export async function pushOnce(state: Observability, gateway: PushgatewayOptions, host: DeliveryHost): Promise<boolean> {
  const { interval: _once, ...settings } = settingsOf(state, gateway, undefined, host);
  const delivery = createPushing(state, settings, { ...terms(state, 'pushgateway', () => undefined), isDoneForUs: () => false });
  const isDelivered = await delivery?.flush();
  await delivery?.stop();
  return isDelivered ?? false;
}

/** The gateway that the program or the environment names. */
export function gatewayOf(
  { pushgateway }: Pick<ObservabilityOptions, 'pushgateway'>,
  env: Environment,
  complain: Complain,
): PushgatewayOptions | undefined {
  if (pushgateway) return pushgateway;
  const gateway = pushgatewayFrom(env);
  if (!gateway) return undefined;
  try {
    checkPushgateway('TOOLSPAN_PUSHGATEWAY_URL', gateway);
    return gateway;
  } catch (error) {
    complain(`TOOLSPAN_PUSHGATEWAY_URL=${gateway.url} is not used: ${messageOf(error)}`);
    return undefined;
  }
}

/** Without prom-client, metrics are off altogether, which was said already. */
function createPushing(
  { metrics }: Observability,
  settings: PushgatewaySettings,
  rest: Pick<DeliverySettings, 'counted' | 'isDoneForUs' | 'onFailure'>,
): Delivery | undefined {
  const { module: promClient } = loadPromClient();
  return promClient && metrics && startPushing({ promClient, registry: metrics.registry, settings, ...rest });
}

function settingsOf(
  state: Observability,
  gateway: PushgatewayOptions,
  serviceName: string | undefined,
  { env, mainFile }: DeliveryHost,
): PushgatewaySettings {
  const service = state.tracing?.serviceName ?? resolveServiceName(env, serviceName, mainFile);
  // As in the name of a scoped package; the gateway takes none.
  const jobName = service.replaceAll('/', '-');
  return { jobName, ...checkPushgateway('pushgateway', gateway) };
}

const WHAT: Readonly<Record<DeliveryKind, string>> = {
  otlp: 'the metrics could not be exported over OTLP',
  pushgateway: 'the metrics could not be pushed to the Pushgateway',
};

function terms(
  state: Observability,
  kind: DeliveryKind,
  counted: DeliverySettings['counted'],
): Pick<DeliverySettings, 'counted' | 'isDoneForUs' | 'onFailure'> {
  return {
    counted,
    isDoneForUs: () => state.deliveredAbove.has(kind),
    onFailure(error) {
      state.faults.count('export');
      const more = 'Further failures are only counted, in tool_telemetry_errors_total';
      runtime.once.warn(`delivery ${kind}`, `${WHAT[kind]}: ${messageOf(error)}. ${more}`);
    },
  };
}

/** Grows when calls have ended here or anything was heard from others. */
function worked({ inFlight, peers }: Observability): number {
  return inFlight.finished + peers.heard;
}

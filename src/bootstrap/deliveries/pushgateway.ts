import type { Duration } from '../../core/duration.js';
import type { MetricsRegistry, PromClient } from '../../telemetry/exposition.js';
import { read, type Environment } from '../environment.js';
import { Delivery, type DeliverySettings } from './delivery.js';

/** Where metrics are pushed to, for jobs that are over before anybody scrapes them. */
export interface PushgatewayOptions {
  /** Address of the Prometheus Pushgateway, as `http://localhost:9091`. */
  url: string;
  /** The label `job` of what is pushed. Default: the name of the service. */
  jobName?: string;
  /** Further labels of the group that is pushed to, such as `instance`: who pushes to the same group replaces what is in it. Default: none. */
  groupings?: Readonly<Record<string, string>>;
  /** How often to push while the program runs. Default: at its end alone. */
  interval?: Duration;
  /** Sent along, for a gateway that asks who it is. Default: none. */
  headers?: Readonly<Record<string, string>>;
}

/** The same with everything filled in, and in our own units. */
export interface PushgatewaySettings extends Omit<PushgatewayOptions, 'interval'> {
  readonly jobName: string;
  readonly interval?: number;
}

// Less than an exit may take: a gateway that never answers must not hold it up for longer.
const PUSH_TIMEOUT_MS = 4_000;

/** The gateway that the environment names, if any. */
export function pushgatewayFrom(env: Environment): PushgatewayOptions | undefined {
  const url = read(env, 'TOOLSPAN_PUSHGATEWAY_URL');
  const jobName = read(env, 'TOOLSPAN_PUSHGATEWAY_JOB');
  return url === undefined ? undefined : { url, ...(jobName !== undefined && { jobName }) };
}

/** What pushing is started with. */
export interface PushRequest extends Pick<DeliverySettings, 'counted' | 'isDoneForUs' | 'onFailure'> {
  readonly promClient: PromClient;
  readonly registry: MetricsRegistry;
  readonly settings: PushgatewaySettings;
}

/** Pushes the metrics of a registry, at the end and, if asked, every so often. */
export function startPushing({ promClient, registry, settings, ...request }: PushRequest): Delivery {
  const { url, jobName, groupings, interval, headers } = settings;
  const gateway = new promClient.Pushgateway(url, { timeout: PUSH_TIMEOUT_MS, headers: { ...headers } }, registry);
  return new Delivery({
    ...request,
    // Replaces the whole group: a tool that the last run of the job had and this one has not would else be there for ever.
    async send() {
      await gateway.push({ jobName, groupings });
    },
    close: () => Promise.resolve(),
    intervalMs: interval,
    timeoutMs: PUSH_TIMEOUT_MS,
  });
}

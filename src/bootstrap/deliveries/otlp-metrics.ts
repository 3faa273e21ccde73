import { LONGEST_TIMEOUT_MS, systemClock } from '../../core/clock.js';
import { inTurns } from '../../core/turns.js';
import { TRACER_NAME } from '../../telemetry/catalogue.js';
import type { ConstantLabels, CountsSource } from '../../telemetry/exposition.js';
import { metricDataSteps, TEMPORALITY, type MetricTime } from '../../telemetry/metric-data.js';
import { MetricDeltas } from '../../telemetry/metric-deltas.js';
import { VERSION } from '../../version.js';
import type { Backend } from '../backends/backend.js';
import { googleCloud } from '../backends/gcp.js';
import { isTrue, readWhole, type Complain, type Environment } from '../environment.js';
import type { MetricExporter } from '../packages/exporters.js';
import {
  loadApi,
  loadResources,
  loadSdk,
  type OpenTelemetryApi,
  type Resource,
  type ResourcesModule,
  type SdkModules,
} from '../packages/opentelemetry.js';
import { Delivery, type DeliverySettings } from './delivery.js';
import { createMetricExporter } from './metric-exporter.js';
import { metricResource, type ResourceRequest } from './metric-resource.js';

/** What sending metrics over OTLP is started with. */
export interface OtlpMetricsRequest extends ResourceRequest, Pick<DeliverySettings, 'counted' | 'isDoneForUs' | 'onFailure'> {
  readonly env: Environment;
  readonly backend: Backend | undefined;
  readonly complain: Complain;
  readonly counts: Pick<CountsSource, 'readInTurns'>;
  /** Milliseconds since the Unix epoch when counting began. */
  readonly since: () => number;
  /** Attributes that every series gets. */
  readonly constantLabels: ConstantLabels;
}

interface Parts {
  readonly api: OpenTelemetryApi;
  readonly sdk: SdkModules;
  readonly exporter: MetricExporter;
  readonly resource: Resource;
}

/** Sends the metrics over OTLP, every so often and at the end. `undefined` where it cannot; why is complained about. */
export function startOtlpMetrics(request: OtlpMetricsRequest): Delivery | undefined {
  const { env, complain } = request;
  if (isTrue(env, 'OTEL_SDK_DISABLED')) return undefined;
  const parts = load(request);
  if (!parts) return undefined;
  const { exporter } = parts;
  return new Delivery({
    ...request,
    send: sender(parts, request),
    close: () => exporter.shutdown(),
    intervalMs: readWhole(env, 'OTEL_METRIC_EXPORT_INTERVAL', 1, LONGEST_TIMEOUT_MS, complain) ?? 60_000,
    timeoutMs: readWhole(env, 'OTEL_METRIC_EXPORT_TIMEOUT', 1, LONGEST_TIMEOUT_MS, complain) ?? 30_000,
  });
}

function load(request: OtlpMetricsRequest): Parts | undefined {
  const { complain } = request;
  const { module: api, problem } = loadApi();
  const sdk = api && loadSdk(api);
  const resources = loadResources();
  if (api && sdk?.module && resources.module) return partsFor(request, api, sdk.module, resources.module);
  complain(`no metrics are exported over OTLP: ${problem ?? sdk?.problem ?? resources.problem}`, 'package');
  return undefined;
}

function partsFor(request: OtlpMetricsRequest, api: OpenTelemetryApi, sdk: SdkModules, resources: ResourcesModule): Parts | undefined {
  const { env, backend, complain, options } = request;
  // What is wrong with credentials, spans have complained of.
  const google = backend === 'gcp' ? googleCloud(env, options.resourceAttributes, () => undefined) : undefined;
  const exporter = createMetricExporter(env, { backend, google }, complain);
  return exporter && { api, sdk, exporter, resource: metricResource(resources, request, google?.attributes) };
}

function sender(
  { api, sdk, exporter, resource }: Parts,
  { counts, since, constantLabels: constants }: OtlpMetricsRequest,
): () => Promise<void> {
  const deltas = exporter.selectAggregationTemporality?.('COUNTER') === TEMPORALITY.delta ? new MetricDeltas() : undefined;
  const scope = { name: TRACER_NAME, version: VERSION };
  const untraced = (run: () => void): void => api.context.with(sdk.suppressTracing(api.ROOT_CONTEXT), run);
  return async () => {
    if (resource.asyncAttributesPending) await resource.waitForAsyncAttributes?.();
    const found = await counts.readInTurns();
    const metrics = await inTurns(
      metricDataSteps(found, { startTime: timeOf(since()), endTime: timeOf(systemClock.wallTime()), constants }),
    );
    const sent = deltas ? deltas.since(metrics) : metrics;
    if (sent.length > 0) await exported(exporter, { resource, scopeMetrics: [{ scope, metrics: sent }] }, untraced);
    deltas?.deliver(metrics);
  };
}

function exported(exporter: MetricExporter, metrics: object, untraced: (run: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) =>
    untraced(() =>
      exporter.export(metrics, ({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error('the collector refused them')))),
    ),
  );
}

function timeOf(milliseconds: number): MetricTime {
  return [Math.floor(milliseconds / 1_000), Math.round((milliseconds % 1_000) * 1_000_000)];
}

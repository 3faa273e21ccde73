import { readList, type Environment } from '../environment.js';
import type { Resource, ResourceAttributes, ResourcesModule } from '../packages/opentelemetry.js';
import type { TracingOptions } from '../options.js';
import { mappedAttributes, resolveServiceName } from '../resource.js';

/** Who sends, for whoever asks for the same resource as traces have. */
export interface ResourceRequest {
  readonly env: Environment;
  readonly serviceName: string | undefined;
  readonly mainFile: string | undefined;
  readonly options: TracingOptions;
}

/** The resource that OpenTelemetry's `NodeSDK` gives to traces, put together in the same order; it keeps its own to itself. */
export function metricResource(
  resources: ResourcesModule,
  { env, serviceName, mainFile, options }: ResourceRequest,
  found: ResourceAttributes = {},
): Resource {
  const { defaultResource, resourceFromAttributes, detectResources } = resources;
  const { resourceAttributes, autoDetectResources = true } = options;
  const detectors = autoDetectResources ? (options.resourceDetectors ?? detectorsFrom(env, resources)) : [];
  return defaultResource()
    .merge(resourceFromAttributes({ ...found, ...resourceAttributes, ...mappedAttributes(env) }))
    .merge(detectResources({ detectors }))
    .merge(resourceFromAttributes({ 'service.name': resolveServiceName(env, serviceName, mainFile) }));
}

/** As `OTEL_NODE_RESOURCE_DETECTORS` says. */
function detectorsFrom(env: Environment, resources: ResourcesModule): readonly object[] {
  const { envDetector, hostDetector, osDetector, processDetector, serviceInstanceIdDetector } = resources;
  const known: Readonly<Record<string, object>> = {
    host: hostDetector,
    os: osDetector,
    serviceinstance: serviceInstanceIdDetector,
    process: processDetector,
    env: envDetector,
  };
  const asked = readList(env, 'OTEL_NODE_RESOURCE_DETECTORS');
  if (asked.length === 0) return [envDetector, processDetector, hostDetector];
  if (asked.includes('all')) return Object.values(known);
  return asked.includes('none') ? [] : asked.map((name) => known[name]).filter((detector) => detector !== undefined);
}

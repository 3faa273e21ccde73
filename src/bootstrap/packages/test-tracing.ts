import type { Tracer } from '../../core/span.js';
import { load, type Loaded } from './load.js';
import type { Resource, ResourceAttributes } from './opentelemetry.js';
import { requireFrom } from './require.cjs';

/** A provider of spans that is nobody's but its maker's, and what makes the resource of its spans. */
export interface TestTracing {
  readonly Provider: new (settings: object) => { getTracer(name: string, version: string): Tracer };
  defaultResource(): Resource;
  detectResources(settings: { detectors: readonly object[] }): Resource;
  readonly envDetector: object;
  resourceFromAttributes(attributes: ResourceAttributes): Resource;
}

/** What makes a span without touching the process's tracing: of the packages that @opentelemetry/sdk-node brings. */
export function loadTestTracing(): Loaded<TestTracing> {
  return load('@opentelemetry/sdk-node', (sdk) => {
    const { TracerProvider, BasicTracerProvider } = loadTraceSdk(sdk);
    const resources = requireFrom(sdk, '@opentelemetry/resources') as Omit<TestTracing, 'Provider'>;
    const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
    return { Provider: (TracerProvider ?? BasicTracerProvider)!, defaultResource, detectResources, envDetector, resourceFromAttributes };
  });
}

/** Earlier releases have another package for it. */
function loadTraceSdk(sdk: string): { TracerProvider?: TestTracing['Provider']; BasicTracerProvider?: TestTracing['Provider'] } {
  try {
    return requireFrom(sdk, '@opentelemetry/sdk-trace') as object;
  } catch {
    return requireFrom(sdk, '@opentelemetry/sdk-trace-base') as object;
  }
}

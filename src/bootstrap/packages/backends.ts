import { load, type Loaded } from './load.js';
import type { Resource } from './opentelemetry.js';
import { requireFrom, requirePackage } from './require.cjs';

// Where the propagators that OTEL_PROPAGATORS may name come from: packages that @opentelemetry/sdk-node brings, and one that it does not.
const PROPAGATORS: Readonly<Record<string, readonly [id: string, name: string]>> = {
  tracecontext: ['@opentelemetry/core', 'W3CTraceContextPropagator'],
  baggage: ['@opentelemetry/core', 'W3CBaggagePropagator'],
  b3: ['@opentelemetry/propagator-b3', 'B3Propagator'],
  b3multi: ['@opentelemetry/propagator-b3', 'B3Propagator'],
  jaeger: ['@opentelemetry/propagator-jaeger', 'JaegerPropagator'],
  xray: ['@opentelemetry/propagator-aws-xray', 'AWSXRayPropagator'],
};

/** Names of propagators that can be loaded. */
export const PROPAGATOR_NAMES: readonly string[] = Object.keys(PROPAGATORS);

/** The propagator with this name. */
export function loadPropagator(name: string): Loaded<object> {
  const [id, className] = PROPAGATORS[name]!;
  return load(name === 'xray' ? id : '@opentelemetry/sdk-node', (from) => {
    const loaded = (name === 'xray' ? requirePackage(from) : requireFrom(from, id)) as Record<string, new (options?: object) => object>;
    const { B3InjectEncoding } = loaded as unknown as { B3InjectEncoding?: { MULTI_HEADER: unknown } };
    return new loaded[className]!(name === 'b3multi' ? { injectEncoding: B3InjectEncoding?.MULTI_HEADER } : {});
  });
}

/** Several propagators as one: each adds its headers, and of those that find a parent the last one wins. */
export function loadComposite(propagators: readonly object[]): Loaded<object> {
  return load('@opentelemetry/sdk-node', (id) => {
    type Composite = new (options: { propagators: readonly object[] }) => object;
    const { CompositePropagator } = requireFrom(id, '@opentelemetry/core') as { CompositePropagator: Composite };
    return new CompositePropagator({ propagators });
  });
}

/** Ids that begin with the time, as X-Ray has them. */
export function loadXrayIds(): Loaded<object> {
  return load('@opentelemetry/id-generator-aws-xray', (id) => {
    const { AWSXRayIdGenerator } = requirePackage(id) as { AWSXRayIdGenerator: new () => object };
    return new AWSXRayIdGenerator();
  });
}

/** The sampler that asks X-Ray for its rules; it begins to when it is made. */
export type XraySampler = new (options: { resource: Resource; endpoint: string; pollingInterval: number }) => { stopPollers?(): void };

export function loadXraySampler(): Loaded<XraySampler> {
  return load(
    '@opentelemetry/sampler-aws-xray',
    (id) => (requirePackage(id) as { AWSXRayRemoteSampler: XraySampler }).AWSXRayRemoteSampler,
  );
}

/** What we use of google-auth-library. */
export type GoogleAuth = new (options: object) => {
  /** A plain object up to its version 9, `Headers` since. */
  getRequestHeaders(url: string): Promise<object>;
  getProjectId(): Promise<string>;
};

export function loadGoogleAuth(): Loaded<GoogleAuth> {
  return load('google-auth-library', (id) => (requirePackage(id) as { GoogleAuth: GoogleAuth }).GoogleAuth);
}

import type { Once } from '../../core/once.js';
import { read, readList, type Complain, type Environment } from '../environment.js';
import { loadXrayIds, loadXraySampler } from '../packages/backends.js';
import type { Resource } from '../packages/opentelemetry.js';
import type { TracingOptions } from '../options.js';
import { Borrowed, type Borrow } from './borrow.js';
import type { Backend } from './backend.js';
import { propagatorFor } from './propagators.js';
import { watchPolls } from './sampler-polls.js';

/** What stands in for parts of the SDK's own. */
export interface XrayParts {
  readonly idGenerator?: object;
  readonly sampler?: object;
  readonly textMapPropagator?: object;
  /** Ends what asks for sampling rules. */
  stop(): void;
}

/** What the parts are made with. */
export interface XrayDeps {
  readonly env: Environment;
  readonly backend: Backend | undefined;
  readonly options: TracingOptions;
  /** By its name and attributes X-Ray finds the rules for it. */
  readonly resource: Resource;
  /** Headers of the propagator that the application has registered; it keeps that. */
  readonly carried: readonly string[];
  readonly complain: Complain;
  readonly once: Once;
}

const PACKAGES = ['id-generator', 'propagator', 'sampler'].map((part) => `@opentelemetry/${part}-aws-xray`);

/**
 * The parts of AWS X-Ray that are asked for, by the backend or by variables that the SDK does not know the value `xray` of. What the
 * program gives itself comes first.
 */
export function xrayParts(deps: XrayDeps): XrayParts {
  const { env, backend, options, complain } = deps;
  const borrowed = new Borrowed();
  const { borrow } = borrowed;
  const idGenerator = backend === 'xray' && !options.idGenerator ? borrow(loadXrayIds(), IDS) : undefined;
  const textMapPropagator = mayPropagate(deps) ? propagatorFor(env, backend, borrow, complain) : undefined;
  const { sampler, stop } = usesXraySampler(env, backend, options) ? remoteSampler(deps, borrow) : NO_SAMPLER;
  borrowed.complain(titleOf(env, backend), PACKAGES, complain);
  return { ...(idGenerator && { idGenerator }), ...(textMapPropagator && { textMapPropagator }), ...(sampler && { sampler }), stop };
}

const IDS = 'trace ids do not begin with the time, and agents and collectors of before October 2023 have X-Ray refuse them';

function mayPropagate({ options, backend, carried, complain }: XrayDeps): boolean {
  if (options.textMapPropagator !== undefined) return false;
  if (carried.length === 0) return true;
  if (backend === 'xray' && !carried.includes('x-amzn-trace-id')) {
    complain(
      'backend xray: X-Amzn-Trace-Id is neither read nor passed on: the application has registered a propagator that does not know it',
    );
  }
  return false;
}

/** Whether the rules of X-Ray decide what is sampled. */
export function usesXraySampler(env: Environment, backend: Backend | undefined, options: TracingOptions): boolean {
  if (options.sampler) return false;
  const asked = read(env, 'OTEL_TRACES_SAMPLER');
  return asked === undefined ? backend === 'xray' : asked === 'xray';
}

function titleOf(env: Environment, backend: Backend | undefined): string {
  if (backend === 'xray') return 'backend xray';
  return read(env, 'OTEL_TRACES_SAMPLER') === 'xray' ? 'OTEL_TRACES_SAMPLER=xray' : 'OTEL_PROPAGATORS=xray';
}

const NO_SAMPLER: { readonly sampler?: object; stop(): void } = { stop: () => undefined };

function remoteSampler({ env, resource, once, complain }: XrayDeps, borrow: Borrow): typeof NO_SAMPLER {
  const Sampler = borrow(loadXraySampler(), 'every trace is sampled');
  if (!Sampler) return NO_SAMPLER;
  const settings = samplerSettings(env, complain);
  const stopWatching = watchPolls(settings.endpoint, once);
  const sampler = new Sampler({ resource, ...settings });
  const stop = (): void => {
    sampler.stopPollers?.();
    stopWatching();
  };
  return { sampler, stop };
}

const LEAST_SECONDS = 10;

/** `OTEL_TRACES_SAMPLER_ARG`, as other languages have it for this sampler: `endpoint=http://host:2000,polling_interval=300`. */
export function samplerSettings(env: Environment, complain: Complain): { endpoint: string; pollingInterval: number } {
  const settings = { endpoint: 'http://localhost:2000', pollingInterval: 300 };
  for (const pair of readList(env, 'OTEL_TRACES_SAMPLER_ARG')) {
    const [key, value] = [pair.split('=', 1)[0]!.trim(), pair.slice(pair.indexOf('=') + 1).trim()];
    if (key === 'endpoint' && URL.canParse(value) && new URL(value).protocol === 'http:') settings.endpoint = value.replace(/\/+$/, '');
    else if (key === 'polling_interval' && Number(value) >= LEAST_SECONDS) settings.pollingInterval = Number(value);
    else complain(`OTEL_TRACES_SAMPLER_ARG: ${pair} is not used; write ${ALLOWED[key] ?? Object.values(ALLOWED).join(' or ')}`);
  }
  return settings;
}

const ALLOWED: Readonly<Record<string, string>> = {
  endpoint: 'endpoint=http://host:2000',
  polling_interval: `polling_interval=300 (seconds, at least ${LEAST_SECONDS})`,
};

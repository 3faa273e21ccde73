import { resolveBackend, type Backend } from '../bootstrap/backends/backend.js';
import { agentHost } from '../bootstrap/backends/datadog.js';
import { usesXraySampler } from '../bootstrap/backends/xray.js';
import { givenEndpoint, read, readList, type Environment } from '../bootstrap/environment.js';
import type { Sourced } from '../bootstrap/resource.js';
import { check, judged, type Check } from './report.js';
import { complaintsOf } from './settings.js';

const BACKEND = 'TOOLSPAN_BACKEND';

/** The backend that the environment names. */
export function backendOf(env: Environment): Backend | undefined {
  return resolveBackend(env, undefined, () => undefined);
}

/** What the environment says of a backend; nothing where it names none. */
export function backendCheck(env: Environment): Check[] {
  const value = read(env, BACKEND);
  if (value === undefined) return [];
  const complaints = complaintsOf((complain) => void resolveBackend(env, undefined, complain));
  return [check('traces.backend', 'backend', judged({ value, source: BACKEND }, complaints))];
}

/** A package that only some need. */
export interface WantedPackage {
  readonly name: string;
  /** What it means that it is missing. */
  readonly why: string;
}

/** The packages of the backend, and of what else the environment asks for by the name of one. */
export function packagesWanted(env: Environment): WantedPackage[] {
  const backend = backendOf(env);
  const propagators = readList(env, 'OTEL_PROPAGATORS');
  const isPropagated = propagators.includes('xray') || (backend === 'xray' && propagators.length === 0);
  return [
    ...(backend === 'xray'
      ? [{ name: '@opentelemetry/id-generator-aws-xray', why: 'without it, trace ids do not begin with the time' }]
      : []),
    ...(isPropagated
      ? [{ name: '@opentelemetry/propagator-aws-xray', why: 'without it, X-Amzn-Trace-Id is neither read nor passed on' }]
      : []),
    ...(usesXraySampler(env, backend, {})
      ? [{ name: '@opentelemetry/sampler-aws-xray', why: "without it, X-Ray's rules are not asked, and every trace is sampled" }]
      : []),
    ...(backend === 'gcp' ? [{ name: 'google-auth-library', why: 'without it, Google Cloud refuses the traces' }] : []),
  ];
}

/** Where an endpoint comes from that the exporter would not find by itself. */
export function sourceOfEndpoint(env: Environment, value: string): Sourced {
  if (backendOf(env) === 'gcp' && value.startsWith('https://telemetry.googleapis.com')) return { value, source: BACKEND };
  if (givenEndpoint(env) || agentHost(env) === undefined) return { value, source: 'default' };
  const source = ['DD_TRACE_AGENT_URL', 'DD_AGENT_HOST'].find((name) => read(env, name) !== undefined);
  return { value, source: source ?? 'default' };
}

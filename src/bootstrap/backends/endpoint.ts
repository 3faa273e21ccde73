import { checkGrpcEndpoint, givenEndpoint, type Complain, type Environment } from '../environment.js';
import type { Backend } from './backend.js';
import { agentHost } from './datadog.js';

const GOOGLE = 'https://telemetry.googleapis.com';

/** The two ways in which OTLP travels. */
export type Transport = 'grpc' | 'http';

/** What is sent. */
export type Signal = 'traces' | 'metrics';

/**
 * Where they go: the environment's endpoint, else the backend's, else the Datadog agent's. `undefined` where the exporter finds it
 * by itself: it reads the environment too, and has a default.
 */
export function endpointFor(
  transport: Transport,
  env: Environment,
  backend: Backend | undefined,
  complain: Complain,
  signal: Signal = 'traces',
): { readonly url: string } | undefined {
  const given = givenEndpoint(env, signal);
  if (given && isFormerGoogleUrl(given.value)) return formerGoogleUrl(given, transport, backend, complain);
  if (given) return transport === 'http' || checkGrpcEndpoint(env, complain, signal) ? undefined : { url: 'http://localhost:4317' };
  if (backend === 'gcp') return google(transport, signal);
  const host = agentHost(env);
  if (host === undefined) return undefined;
  return { url: transport === 'grpc' ? `http://${host}:4317` : `http://${host}:4318/v1/${signal}` };
}

function google(transport: Transport, signal: Signal = 'traces'): { url: string } {
  return { url: transport === 'grpc' ? GOOGLE : `${GOOGLE}/v1/${signal}` };
}

/** An endpoint as a URL: without a scheme it is one with TLS. */
export function asUrl(endpoint: string): URL | undefined {
  const url = /^\w{1,8}:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

function isFormerGoogleUrl(endpoint: string): boolean {
  return asUrl(endpoint)?.hostname === 'cloudtrace.googleapis.com';
}

/** The URL that was once written for Google Cloud takes no OTLP. */
function formerGoogleUrl(
  { name, value }: { readonly name: string; readonly value: string },
  transport: Transport,
  backend: Backend | undefined,
  complain: Complain,
): { url: string } | undefined {
  const problem = `${name}=${value}: cloudtrace.googleapis.com does not take OTLP`;
  if (backend === 'gcp') {
    complain(`${problem}; ${GOOGLE} is used instead, unset the variable`);
    return google(transport);
  }
  complain(`${problem}; unset it, and set up with backend: 'gcp' (or TOOLSPAN_BACKEND=gcp), which sends to ${GOOGLE} with a token`);
  return undefined;
}

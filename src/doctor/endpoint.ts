import { endpointFor } from '../bootstrap/backends/endpoint.js';
import { isTrue, read, type Environment } from '../bootstrap/environment.js';
import { protocolOf, usesGrpc } from '../bootstrap/traces/exporters.js';
import type { Sourced } from '../bootstrap/resource.js';
import { backendOf, sourceOfEndpoint } from './backends.js';
import { complaintsOf, otlp, setting } from './settings.js';

/** Where an exporter sends to. */
export interface Endpoint extends Sourced {
  readonly exporter: string;
  readonly speaks: 'gRPC' | 'HTTP';
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** A socket in the file system: neither host nor port. */
  readonly isSocket: boolean;
  /** What is odd about it. */
  readonly complaints: readonly string[];
}

/** Where the exporter of this name sends to; `undefined` for one that sends nowhere, or is not known. */
export function endpointOf(env: Environment, exporter: string): Endpoint | undefined {
  if (exporter === 'otlp') return usesGrpc(env) ? grpcEndpoint(env) : httpEndpoint(env);
  if (exporter === 'zipkin') return zipkinEndpoint(env);
  return undefined;
}

const HTTP_DEFAULT: Sourced = { value: 'http://localhost:4318/v1/traces', source: 'default' };

function grpcEndpoint(env: Environment): Endpoint {
  let chosen: { readonly url: string } | undefined;
  const complaints = complaintsOf((complain) => (chosen = endpointFor('grpc', env, backendOf(env), complain)));
  const found = chosen ? sourceOfEndpoint(env, chosen.url) : setting(env, otlp('ENDPOINT'), 'http://localhost:4317');
  const hasScheme = /^\w{1,8}:\/\//.test(found.value);
  const url = new URL(hasScheme ? found.value : `https://${found.value}`);
  const isTls = found.value.startsWith('https://') || (!found.value.startsWith('http://') && !isInsecure(env));
  return {
    exporter: 'otlp',
    speaks: 'gRPC',
    ...found,
    host: hostOf(url),
    // gRPC is given what URL leaves of host and port, which drops a scheme's own port, and falls back on 443.
    port: Number(url.port) || 443,
    isTls,
    isSocket: url.protocol === 'unix:',
    complaints: [...complaints, ...portComplaints(found, url)],
  };
}

function portComplaints({ source }: Sourced, url: URL): string[] {
  if (url.protocol === 'unix:') return [];
  if (url.port === '' && url.protocol === 'http:') return [`${source} names no port, and gRPC then uses 443; collectors listen on 4317`];
  return url.port === '4318'
    ? [`port 4318 is the one for HTTP, and gRPC is used; write 4317, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`]
    : [];
}

function isInsecure(env: Environment): boolean {
  const [own, shared] = otlp('INSECURE') as [string, string];
  return isTrue(env, read(env, own) === undefined ? shared : own);
}

function httpEndpoint(env: Environment): Endpoint {
  let chosen: { readonly url: string } | undefined;
  const complaints = complaintsOf((complain) => (chosen = endpointFor('http', env, backendOf(env), complain)));
  if (chosen) return overHttp('otlp', sourceOfEndpoint(env, chosen.url), complaints);
  const [own, shared] = otlp('ENDPOINT') as [string, string];
  const source = [own, shared].find((name) => read(env, name) !== undefined);
  if (source === undefined) return overHttp('otlp', HTTP_DEFAULT, []);
  const given = read(env, source)!;
  if (!URL.canParse(given)) {
    return overHttp('otlp', HTTP_DEFAULT, [`${source}=${given} is not a URL; ${HTTP_DEFAULT.value} is used`]);
  }
  const value = source === own ? new URL(given).href : `${given.replace(/\/$/, '')}/v1/traces`;
  return overHttp('otlp', { value, source }, [...complaints, ...pathComplaints(source, value, protocolOf(env))]);
}

function pathComplaints(source: string, value: string, protocol: string): string[] {
  const { pathname, port } = new URL(value);
  return [
    ...(pathname === '/' ? [`${source} has no path, and is used as it is; receivers of OTLP want /v1/traces`] : []),
    ...(pathname.endsWith('/v1/traces/v1/traces') ? [`/v1/traces is appended to ${source}, which has it already; leave it out there`] : []),
    ...(port === '4317'
      ? [`port 4317 is the one for gRPC, and ${protocol} is used; write 4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc`]
      : []),
  ];
}

function zipkinEndpoint(env: Environment): Endpoint {
  const found = setting(env, ['OTEL_EXPORTER_ZIPKIN_ENDPOINT'], 'http://localhost:9411/api/v2/spans');
  if (URL.canParse(found.value)) return overHttp('zipkin', found, []);
  return overHttp('zipkin', { value: 'http://localhost:9411/api/v2/spans', source: 'default' }, [`${found.source} is not a URL`]);
}

function overHttp(exporter: string, found: Sourced, complaints: readonly string[]): Endpoint {
  const url = new URL(found.value);
  const isTls = url.protocol === 'https:';
  const port = Number(url.port) || (isTls ? 443 : 80);
  return { exporter, speaks: 'HTTP', ...found, host: hostOf(url), port, isTls, isSocket: false, complaints };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

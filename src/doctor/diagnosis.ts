import type { Endpoint } from './endpoint.js';
import type { Handshake, Spoken } from './network.js';
import type { Sending } from './send.js';
import { isLoopback } from './surroundings.js';

/** What is wrong, and what to do about it. */
export interface Diagnosis {
  readonly detail: string;
  readonly cure: string;
}

/** What is known about the way to an endpoint. */
export interface Way {
  readonly endpoint: Endpoint;
  readonly isContained: boolean;
  readonly headerNames: readonly string[];
  /** The variable by which it leads through a proxy. */
  readonly proxy: string | undefined;
}

/** Why a host has no address. */
export function lookupFailed({ code, message }: { code: unknown; message: string }, { endpoint }: Way): Diagnosis {
  const { host, source } = endpoint;
  if (code === 'ETIMEDOUT' || code === 'EAI_AGAIN') {
    return { detail: `the name server does not answer when asked for ${host}`, cure: 'look to the network and its name server' };
  }
  if (code === 'ENOTFOUND') {
    const where = source === 'default' ? 'set OTEL_EXPORTER_OTLP_ENDPOINT' : `correct the host in ${source}`;
    return { detail: `there is no host ${host}, as seen from here`, cure: `${where}; names of containers exist only in their own network` };
  }
  return { detail: `${host} cannot be looked up (${message})`, cure: 'look to the network and its name server' };
}

/** Why there is no connection. */
export function connectFailed({ code, message }: { code: unknown; message: string }, way: Way): Diagnosis {
  const { host, port, source } = way.endpoint;
  const at = `${host}:${port}`;
  if (code === 'ECONNREFUSED') return { detail: `nobody listens on ${at}`, cure: listenerCure(way) };
  if (code === 'ETIMEDOUT') {
    return { detail: `${at} does not answer at all: a firewall, or the wrong address`, cure: `try it from here: nc -vz ${host} ${port}` };
  }
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') {
    return { detail: `there is no way to ${at} from here`, cure: `look to the network, or correct ${nameOf(source)}` };
  }
  return { detail: `no connection to ${at} (${message})`, cure: `look to the network, or correct ${nameOf(source)}` };
}

function listenerCure({ endpoint, isContained }: Way): string {
  const { host, source } = endpoint;
  if (isContained && isLoopback(host)) {
    return `this is a container, where ${host} is the container itself: have ${nameOf(source)} name the collector as the network knows it, or run one in the same pod`;
  }
  const where = source === 'default' ? 'set OTEL_EXPORTER_OTLP_ENDPOINT to where one is' : `correct ${source}`;
  return `start a collector, or ${where}; OTEL_TRACES_EXPORTER=console shows traces without one`;
}

function nameOf(source: string): string {
  return source === 'default' ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : source;
}

/** Why a connection could not be secured. */
export function handshakeFailed({ code, message }: { code: unknown; message: string }, { endpoint }: Way): Diagnosis {
  const at = `${endpoint.host}:${endpoint.port}`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' || code === 'EPROTO') {
    return {
      detail: `${at} does not speak TLS, which the endpoint asks for`,
      cure: `for a plain connection write http://${endpoint.host}:${endpoint.port} in ${nameOf(endpoint.source)}`,
    };
  }
  if (code === 'ETIMEDOUT')
    return { detail: `${at} takes connections, but does not answer to TLS`, cure: 'look whether it is the right port' };
  if (code === 'ECONNRESET') {
    return { detail: `${at} hangs up when TLS begins: it expects a plain connection, or refuses ours`, cure: `http:// for a plain one` };
  }
  return { detail: `TLS with ${at} failed (${message})`, cure: 'look to the certificates of both sides' };
}

const UNTRUSTED = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
];

/** Why a certificate is refused. */
export function certificateRefused({ refused, names, validTo }: Handshake, { endpoint }: Way): Diagnosis {
  if (refused === 'CERT_HAS_EXPIRED') return { detail: `the receiver's certificate expired on ${validTo}`, cure: 'have it renewed there' };
  if (refused === 'CERT_NOT_YET_VALID')
    return { detail: "the receiver's certificate is not valid yet", cure: 'look to the clocks of both machines' };
  if (refused === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      detail: `the receiver's certificate is not for ${endpoint.host}, but for ${names}`,
      cure: 'use one of these names in the endpoint',
    };
  }
  if (UNTRUSTED.includes(refused ?? '')) {
    return {
      detail: "the receiver's certificate is signed by somebody whom this machine does not trust",
      cure: 'set OTEL_EXPORTER_OTLP_CERTIFICATE to a file with the certificate of who signed it',
    };
  }
  return { detail: `the receiver's certificate is refused (${refused ?? 'unknown'})`, cure: 'look to the certificate' };
}

/** Why a span did not arrive. */
export function sendFailed(error: NonNullable<Sending['error']>, spoken: Spoken | undefined, way: Way): Diagnosis {
  const { endpoint } = way;
  return (
    refusedUs(error, way) ??
    lostOnTheWay(error, way) ??
    misunderstood(spoken, endpoint) ??
    answered(error, endpoint) ?? { detail: `the span did not arrive (${error.message})`, cure: 'look into the log of the receiver' }
  );
}

function refusedUs({ code, message }: NonNullable<Sending['error']>, { headerNames }: Way): Diagnosis | undefined {
  if (/certificate.required|bad.certificate/i.test(message)) {
    return {
      detail: 'the receiver wants to see a certificate of ours, or does not take the one it was shown',
      cure: 'set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY',
    };
  }
  const isStranger = code === UNAUTHENTICATED || code === 401;
  if (!isStranger && code !== PERMISSION_DENIED && code !== 403) return undefined;
  const what = isStranger ? 'the receiver does not know who we are' : 'the receiver does not let us in';
  if (headerNames.length === 0) {
    return { detail: `${what}: no header is sent`, cure: 'set OTEL_EXPORTER_OTLP_HEADERS to what the backend asks for, e.g. api-key=...' };
  }
  return { detail: `${what} (${message})`, cure: `look to the value of ${headerNames.join(', ')} in OTEL_EXPORTER_OTLP_HEADERS` };
}

function lostOnTheWay({ code, message }: NonNullable<Sending['error']>, { proxy, endpoint }: Way): Diagnosis | undefined {
  if (proxy === undefined || (code !== UNAVAILABLE && !TOO_LATE.includes(code))) return undefined;
  return {
    detail: `the span did not come through the proxy that ${proxy} names (${message})`,
    cure: `look to the proxy, or add ${endpoint.host} to no_proxy to reach it directly`,
  };
}

// gRPC's status codes.
const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const UNAUTHENTICATED = 16;

function misunderstood(spoken: Spoken | undefined, { speaks, host, port, isTls, source }: Endpoint): Diagnosis | undefined {
  const at = `${host}:${port}`;
  const variable = nameOf(source);
  if (spoken === 'TLS' && !isTls)
    return { detail: `${at} expects TLS, and the endpoint asks for a plain connection`, cure: `write https:// in ${variable}` };
  if (spoken === 'HTTP/1' && speaks === 'gRPC') {
    return {
      detail: `${at} speaks HTTP/1, not gRPC${port === 4318 ? '; 4318 is the port for OTLP over HTTP' : ''}`,
      cure: `set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or name the port for gRPC, mostly 4317, in ${variable}`,
    };
  }
  if (spoken === 'HTTP/2' && speaks === 'HTTP') {
    return {
      detail: `${at} speaks gRPC, not HTTP/1${port === 4317 ? '; 4317 is the port for gRPC' : ''}`,
      cure: `set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or name the port for HTTP, mostly 4318, in ${variable}`,
    };
  }
  if (spoken === 'nothing')
    return {
      detail: `${at} takes connections, but does not answer`,
      cure: 'look whether it is the right port, and whether the receiver is well',
    };
  return undefined;
}

const NOT_THERE: readonly unknown[] = [UNIMPLEMENTED, 404, 405];
const TOO_LATE: readonly unknown[] = [DEADLINE_EXCEEDED, 'ETIMEDOUT'];
const TOO_MUCH: readonly unknown[] = [RESOURCE_EXHAUSTED, 429, 503];

function answered({ code, message }: NonNullable<Sending['error']>, { value, speaks, source }: Endpoint): Diagnosis | undefined {
  // The Zipkin exporter has no code, only words.
  if (NOT_THERE.includes(code) || /status code[^\d]*404/.test(message)) {
    const cure = speaks === 'HTTP' ? `correct the path in ${nameOf(source)}` : 'have it receive OTLP, or name another port';
    return { detail: `a server answers at ${value}, but it takes no traces there`, cure };
  }
  if (TOO_LATE.includes(code)) {
    return {
      detail: `the receiver did not answer in time (${message})`,
      cure: 'look whether it is well; OTEL_EXPORTER_OTLP_TIMEOUT gives it more time',
    };
  }
  if (TOO_MUCH.includes(code)) {
    return { detail: `the receiver is overloaded, or a quota is used up (${message})`, cure: 'sample less, or raise what it can take' };
  }
  return undefined;
}

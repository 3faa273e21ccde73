import { LONGEST_TIMEOUT_MS } from '../../core/clock.js';
import { messageOf } from '../../core/thrown.js';
import { givenEndpoint, read, type Complain, type Environment } from '../environment.js';
import { loadGoogleAuth } from '../packages/backends.js';
import { loadGrpc, type ExporterOptions } from '../packages/exporters.js';
import type { ResourceAttributes } from '../packages/opentelemetry.js';
import { readCertificates } from './certificates.js';
import { asUrl, type Transport } from './endpoint.js';
import { attributeInList } from '../resource.js';

/** What of google-auth-library we hold: one client, which keeps a token until shortly before it expires. */
type Auth = InstanceType<NonNullable<ReturnType<typeof loadGoogleAuth>['module']>>;

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
// A request for a token holds the exit of the process no longer than an export does.
const REQUEST_TIMEOUT_MS = 5_000;
// Without the project all traces are lost, so it may take its time; meanwhile they wait.
const PROJECT_TIMEOUT_MS = 30_000;

/** Google Cloud, as one set-up uses it. */
export interface GoogleCloud {
  readonly attributes: ResourceAttributes;
  /** Settings that have the exporter show a token with each export. */
  access(transport: Transport, url: string | undefined): ExporterOptions;
}

/** Tokens come from google-auth-library, and so does the project where no variable names it. */
export function googleCloud(env: Environment, given: Readonly<Record<string, string>> | undefined, complain: Complain): GoogleCloud {
  const { module: GoogleAuth, problem } = loadGoogleAuth();
  const auth = GoogleAuth && new GoogleAuth({ scopes: [SCOPE], clientOptions: { transporterOptions: { timeout: REQUEST_TIMEOUT_MS } } });
  return {
    attributes: projectAttribute(env, given, auth, complain),
    access(transport, url) {
      const endpoint = url ?? givenEndpoint(env)?.value;
      if (endpoint === undefined || !mayHaveToken(endpoint, complain)) return {};
      if (!auth) {
        complain(`backend gcp: Google Cloud will refuse the traces, as they come without a token: ${problem}`, 'package');
        return {};
      }
      const headers = (): Promise<Record<string, string>> => tokenHeaders(auth, endpoint, exportTimeout(env));
      return transport === 'http' ? { headers } : grpcAccess(headers, env);
    },
  };
}

/** The project that the spans belong to: without it Google Cloud refuses them. */
function projectAttribute(
  env: Environment,
  given: Readonly<Record<string, string>> | undefined,
  auth: Auth | undefined,
  complain: Complain,
): ResourceAttributes {
  const name = 'gcp.project_id';
  if (given?.[name] !== undefined || attributeInList(env, name) !== undefined) return {};
  const project = read(env, 'GOOGLE_CLOUD_PROJECT') ?? read(env, 'GCLOUD_PROJECT');
  if (project !== undefined) return { [name]: project };
  const unknown = (reason: string): undefined => {
    complain(`backend gcp: the project is not known (${reason}), so Google Cloud refuses the traces; set GOOGLE_CLOUD_PROJECT`);
  };
  if (auth) return { [name]: inTime(auth.getProjectId(), PROJECT_TIMEOUT_MS).catch((error: unknown) => unknown(firstLine(error))) };
  unknown('no variable names it');
  return {};
}

/** A token opens the whole project: it is shown to Google alone, and over TLS. A collector that stands between has its own. */
function mayHaveToken(endpoint: string, complain: Complain): boolean {
  const url = asUrl(endpoint);
  if (url?.protocol !== 'https:') return false;
  const { hostname } = url;
  if (/(^|\.)googleapis\.com$/.test(hostname) || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return true;
  complain(`backend gcp: no token is sent to ${hostname}, which is not Google's; for Google Cloud unset OTEL_EXPORTER_OTLP_ENDPOINT`);
  return false;
}

/** Credentials of gRPC that ask for a token before each export, in place of those that the exporter would make of the environment. */
function grpcAccess(tokenHeaders: () => Promise<Record<string, string>>, env: Environment): ExporterOptions {
  const { module: grpc } = loadGrpc();
  if (!grpc) return {}; // said by who loads the exporter
  const { Metadata, credentials } = grpc;
  const { root, key, chain } = readCertificates(env);
  const tokens = credentials.createFromMetadataGenerator((_, done) => {
    tokenHeaders().then(
      (headers) => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        done(null, metadata);
      },
      (error: unknown) => done(error as Error),
    );
  });
  return { credentials: credentials.combineChannelCredentials(credentials.createSsl(root, key, chain), tokens) };
}

/** `authorization`, and `x-goog-user-project` where the credentials name a project to bill. */
async function tokenHeaders(auth: Auth, url: string, timeoutMs: number): Promise<Record<string, string>> {
  try {
    const headers = await inTime(auth.getRequestHeaders(url), timeoutMs);
    return Object.fromEntries(Symbol.iterator in headers ? (headers as Headers) : (Object.entries(headers) as [string, string][]));
  } catch (error) {
    throw new TokenError(error);
  }
}

const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** No token could be got. `code` is that of gRPC: whether it is worth another try. */
class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: number;

  constructor(cause: unknown) {
    const isTemporary = isPassing(cause);
    super(`no token for Google Cloud${isTemporary ? ' for now' : ''} (${firstLine(cause)})`, { cause });
    this.code = isTemporary ? UNAVAILABLE : UNAUTHENTICATED;
  }
}

/** The network's fault, or a server's that may recover; and not that of credentials. */
function isPassing(error: unknown): boolean {
  const { code, status, name } = error as { code?: unknown; status?: unknown; name?: unknown };
  const http = Number(status ?? code);
  return (
    /^E(CONN|TIMEDOUT|AI_AGAIN|NETUNREACH|HOSTUNREACH|PIPE)/.test(String(code)) || name === 'TimeoutError' || http === 429 || http >= 500
  );
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1)[0]!;
}

/** A token may take as long as the export that it is for. */
function exportTimeout(env: Environment): number {
  const given = read(env, 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT') ?? read(env, 'OTEL_EXPORTER_OTLP_TIMEOUT');
  return Number(given) > 0 ? Math.min(Number(given), LONGEST_TIMEOUT_MS) : REQUEST_TIMEOUT_MS;
}

/** Rejects with a `TimeoutError` when it takes too long; the process does not wait for that. */
function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new DOMException(`no answer within ${timeoutMs / 1_000} s`, 'TimeoutError'));
    timeout.addEventListener('abort', giveUp);
    promise.then(resolve, reject).finally(() => timeout.removeEventListener('abort', giveUp));
  });
}

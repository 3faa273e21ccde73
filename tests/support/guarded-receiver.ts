import { readFileSync } from 'node:fs';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { normalizeTrace } from '@elastic/mockotlpserver';
import type { Certificate } from './certificates';
import { flat, type NormalizedTrace, type ReceivedSpan } from './otlp-receiver';

/** One export as it came over the wire. */
export interface ReceivedExport {
  readonly transport: 'grpc' | 'http';
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly spans: readonly ReceivedSpan[];
}

/** Why an export is turned away: the status of gRPC and of HTTP, and a word for it. */
export interface Refusal {
  readonly grpc: number;
  readonly http: number;
  readonly reason: string;
}

export interface GuardedReceiverOptions {
  /** Without it the receiver speaks plain HTTP/2. */
  readonly certificate?: Certificate;
  /** Who must have signed the client's certificate. */
  readonly clientAuthority?: Certificate;
  readonly host?: string;
  readonly port?: number;
  /** Turns an export away. */
  readonly refuse?: (headers: Readonly<Record<string, unknown>>) => Refusal | undefined;
}

/**
 * An OTLP receiver as vendors run it: TLS, certificates of clients, keys in headers. It takes gRPC and HTTP on one port, is written
 * against HTTP/2 itself and not with the library that the exporters use, and shows the headers as they came.
 */
export class GuardedReceiver {
  readonly exports: ReceivedExport[] = [];
  readonly #server: Http2Server | Http2SecureServer;
  readonly #sessions = new Set<{ destroy(): unknown }>();

  private constructor(private readonly options: GuardedReceiverOptions) {
    const { certificate, clientAuthority } = options;
    const client = clientAuthority && { ca: readFileSync(clientAuthority.certificate), requestCert: true, rejectUnauthorized: true };
    const answer = (request: Http2ServerRequest, response: Http2ServerResponse): void => void this.#answer(request, response);
    this.#server = certificate
      ? createSecureServer(
          { key: readFileSync(certificate.key), cert: readFileSync(certificate.certificate), allowHTTP1: true, ...client },
          answer,
        )
      : createServer(answer);
    for (const event of ['session', 'connection', 'secureConnection']) {
      this.#server.on(event, (session: { destroy(): unknown }) => this.#sessions.add(session));
    }
  }

  static async start(options: GuardedReceiverOptions = {}): Promise<GuardedReceiver> {
    const receiver = new GuardedReceiver(options);
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject);
      receiver.#server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
    });
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.options.certificate ? 'https' : 'http'}://localhost:${this.port}`;
  }

  /** Exports of a program. */
  exportsOf({ run }: { readonly run: string }): ReceivedExport[] {
    return this.exports.filter(({ spans }) => spans.some(({ resource }) => resource['test.run'] === run));
  }

  spansOf(program: { readonly run: string }): ReceivedSpan[] {
    return this.exportsOf(program).flatMap(({ spans }) => spans);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const session of this.#sessions) session.destroy();
    await closed;
  }

  async #answer(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const { headers, url: path } = request;
    const transport = headers['content-type']?.startsWith('application/grpc') ? 'grpc' : 'http';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const refusal = this.options.refuse?.(headers) ?? (path.endsWith(PATHS[transport]) ? undefined : UNKNOWN_PATH);
    if (!refusal) this.exports.push({ transport, path, headers, spans: spansIn(Buffer.concat(chunks), transport, headers) });
    if (transport === 'grpc') answerGrpc(response, refusal);
    else answerHttp(response, refusal);
  }
}

const PATHS = { grpc: '/opentelemetry.proto.collector.trace.v1.TraceService/Export', http: '/v1/traces' };
const UNKNOWN_PATH: Refusal = { grpc: 12, http: 404, reason: 'no such path' };
const EMPTY_MESSAGE = Buffer.alloc(5);

function answerHttp(response: Http2ServerResponse, refusal: Refusal | undefined): void {
  response.writeHead(refusal?.http ?? 200).end(refusal?.reason ?? '');
}

/** A refusal has its status among the headers, an answer after its message. */
function answerGrpc(response: Http2ServerResponse, refusal: Refusal | undefined): void {
  if (refusal) {
    const status = { 'grpc-status': String(refusal.grpc), 'grpc-message': encodeURIComponent(refusal.reason) };
    response.stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true });
    return;
  }
  response.setHeader('content-type', 'application/grpc');
  response.addTrailers({ 'grpc-status': '0' });
  response.end(EMPTY_MESSAGE);
}

/** gRPC puts a byte that says whether it is compressed and four with the length before the message. */
function spansIn(body: Buffer, transport: ReceivedExport['transport'], headers: Http2ServerRequest['headers']): ReceivedSpan[] {
  const isCompressed = transport === 'grpc' ? body[0] === 1 : headers['content-encoding'] === 'gzip';
  const message = transport === 'grpc' ? body.subarray(5) : body;
  return flat(normalizeTrace(decode(isCompressed ? gunzipSync(message) : message)) as NormalizedTrace);
}

let decoder: ((message: Buffer) => unknown) | undefined;

/** The message's fields, by OTLP's own description of them. */
function decode(message: Buffer): unknown {
  return (decoder ??= loadDecoder())(message);
}

function loadDecoder(): (message: Buffer) => unknown {
  const main = require.resolve('@elastic/mockotlpserver');
  const root = join(dirname(main), '..');
  const { loadSync } = createRequire(main)('@grpc/proto-loader') as {
    loadSync(file: string, options: object): Record<string, { Export: { requestDeserialize(message: Buffer): unknown } }>;
  };
  const file = join(root, 'opentelemetry', 'proto', 'collector', 'trace', 'v1', 'trace_service.proto');
  const service = loadSync(file, { includeDirs: [root] })['opentelemetry.proto.collector.trace.v1.TraceService']!;
  return (bytes) => service.Export.requestDeserialize(bytes);
}

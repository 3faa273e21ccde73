import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A server that speaks gRPC and answers every call with the same status. */
export interface GrpcServer {
  readonly port: number;
  /** Paths and headers of the calls so far. */
  readonly calls: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** What it answers with, and how it is secured. */
export interface GrpcServerSettings {
  readonly status?: number;
  /** The message, in protobuf. Default: an empty one. */
  readonly body?: Buffer;
  readonly message?: string | ((headers: IncomingHttpHeaders) => string);
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    readonly ca?: string;
    readonly requestCert?: boolean;
    readonly rejectUnauthorized?: boolean;
  };
}

export async function startGrpcServer({
  status = 0,
  body = Buffer.alloc(0),
  message = '',
  tls,
}: GrpcServerSettings = {}): Promise<GrpcServer> {
  const calls: IncomingHttpHeaders[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server: Http2Server = tls ? createSecureServer({ ...tls }) : createServer();
  server.on('session', (session) => void sessions.add(session));
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    calls.push(headers);
    const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]);
    answer(stream, status === 0 ? framed : undefined, status, typeof message === 'string' ? message : message(headers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    close: () => {
      for (const session of sessions) session.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A message of the protocol (uncompressed), then the status. */
function answer(stream: ServerHttp2Stream, framed: Buffer | undefined, status: number, message: string): void {
  stream.on('error', () => undefined).resume();
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) }));
  stream.end(framed);
}

// What we use of a package that comes without types.
declare module '@elastic/mockotlpserver' {
  export interface MockRequest {
    readonly transport: 'grpc' | 'http';
    readonly path: string;
    /** Of HTTP requests. */
    readonly headers?: Readonly<Record<string, string>>;
    /** Of gRPC requests. */
    readonly metadata?: { getMap(): Record<string, string> };
  }

  export class MockOtlpServer {
    readonly grpcUrl: URL | null;
    readonly httpUrl: URL | null;
    constructor(options: {
      logLevel?: string;
      services?: readonly ('grpc' | 'http')[];
      grpcHostname?: string;
      grpcPort?: number;
      httpHostname?: string;
      httpPort?: number;
      onTrace?: (trace: unknown) => void;
      onMetrics?: (metrics: unknown) => void;
      onRequest?: (request: MockRequest) => void;
    });
    start(): Promise<void>;
    close(): Promise<void>;
  }

  export function normalizeTrace(trace: unknown): unknown;
}

import { MockOtlpServer, normalizeTrace, type MockRequest } from '@elastic/mockotlpserver';

type Attributes = Readonly<Record<string, unknown>>;

/** A span as it came over the wire, with the resource and the scope it came under. */
export interface ReceivedSpan {
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  /** Integers are strings here. */
  readonly attributes: Attributes;
  readonly status: { readonly code?: string; readonly message?: string };
  readonly scope: { readonly name: string; readonly version?: string };
  readonly resource: Attributes;
}

/** A request of OTLP, flattened by the mock server. */
export interface NormalizedTrace {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly scope: ReceivedSpan['scope']; readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

/**
 * A real OTLP receiver on loopback. Receivers of one process hear each other's traffic (the mock server publishes it on channels
 * of the process), so spans are told apart by the `test.run` of the program that sent them.
 */
export class OtlpReceiver {
  readonly requests: MockRequest[] = [];
  readonly #spans: ReceivedSpan[] = [];
  readonly #server: MockOtlpServer;

  private constructor(services: readonly ('grpc' | 'http')[], grpcPort: number) {
    this.#server = new MockOtlpServer({
      logLevel: 'warn',
      services,
      grpcHostname: '127.0.0.1',
      grpcPort,
      httpHostname: '127.0.0.1',
      httpPort: 0,
      onRequest: (request) => this.requests.push(request),
      onTrace: (trace) => this.#spans.push(...flat(normalizeTrace(trace) as NormalizedTrace)),
    });
  }

  static async start({
    services = ['grpc'],
    grpcPort = 0,
  }: { services?: readonly ('grpc' | 'http')[]; grpcPort?: number } = {}): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(services, grpcPort);
    await receiver.#server.start();
    return receiver;
  }

  get grpcUrl(): string {
    return this.#server.grpcUrl!.origin;
  }

  get httpUrl(): string {
    return this.#server.httpUrl!.origin;
  }

  /** What a program sent so far. */
  spansOf({ run }: { readonly run: string }): ReceivedSpan[] {
    return this.#spans.filter(({ resource }) => resource['test.run'] === run);
  }

  /** Paths of the requests that carried this header, by value. */
  requestsWith(header: string, value: string): string[] {
    const headersOf = ({ headers, metadata }: MockRequest): Record<string, unknown> => ({ ...headers, ...metadata?.getMap() });
    return this.requests.filter((request) => headersOf(request)[header] === value).map(({ path }) => path);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

/** The spans of a request, each with its resource and its scope. */
export function flat({ resourceSpans }: NormalizedTrace): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ ...span, scope, resource: resource.attributes }))),
  );
}

import { MockOtlpServer } from '@elastic/mockotlpserver';

interface Value {
  readonly stringValue?: string;
}

interface Attribute {
  readonly key: string;
  readonly value: Value;
}

/** 64-bit integers come as objects of the protobuf library, which turn into numbers. */
interface Long {
  toNumber?(): number;
}

interface Point {
  readonly attributes: readonly Attribute[];
  readonly startTimeUnixNano: unknown;
  readonly timeUnixNano: unknown;
  readonly asInt?: Long | number | string;
  readonly asDouble?: number;
  readonly count?: Long | number;
  readonly sum?: number;
  readonly bucketCounts?: readonly (Long | number)[];
  readonly explicitBounds?: readonly number[];
}

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly Point[]; readonly isMonotonic: boolean; readonly aggregationTemporality: unknown };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[]; readonly aggregationTemporality: unknown };
}

interface Request {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly { readonly scope: { readonly name: string }; readonly metrics: readonly Metric[] }[];
  }[];
}

/** Metrics as one request brought them. */
export interface ReceivedMetrics {
  readonly resource: Readonly<Record<string, string | undefined>>;
  readonly scope: string;
  readonly metrics: readonly Metric[];
}

/** A real OTLP receiver of metrics on loopback. Those of one process hear each other: told apart by the `test.run` of the sender. */
export class OtlpMetricsReceiver {
  readonly #received: ReceivedMetrics[] = [];
  readonly #server: MockOtlpServer;

  private constructor() {
    this.#server = new MockOtlpServer({
      logLevel: 'warn',
      services: ['grpc', 'http'],
      grpcHostname: '127.0.0.1',
      grpcPort: 0,
      httpHostname: '127.0.0.1',
      httpPort: 0,
      onMetrics: (metrics) => this.#received.push(...received(metrics as Request)),
    });
  }

  static async start(): Promise<OtlpMetricsReceiver> {
    const receiver = new OtlpMetricsReceiver();
    await receiver.#server.start();
    return receiver;
  }

  get grpcUrl(): string {
    return this.#server.grpcUrl!.origin;
  }

  get httpUrl(): string {
    return this.#server.httpUrl!.origin;
  }

  /** What a program has sent so far, request by request. */
  of({ run }: { readonly run: string }): ReceivedMetrics[] {
    return this.#received.filter(({ resource }) => resource['test.run'] === run);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

function received({ resourceMetrics }: Request): ReceivedMetrics[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.map(({ scope, metrics }) => ({ resource: plain(resource.attributes), scope: scope.name, metrics })),
  );
}

function plain(attributes: readonly Attribute[]): Record<string, string | undefined> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}

/** Metrics as the series that Prometheus has of them: name and labels, sorted, to value. */
export function seriesOf({ metrics }: Pick<ReceivedMetrics, 'metrics'>): Map<string, number> {
  return new Map(
    metrics.flatMap(({ name, sum, gauge, histogram }) => [
      ...[...(sum?.dataPoints ?? []), ...(gauge?.dataPoints ?? [])].map((point) => numberSeries(name, point)),
      ...(histogram?.dataPoints ?? []).flatMap((point) => histogramSeries(name, point)),
    ]),
  );
}

function numberSeries(name: string, { attributes, asInt, asDouble }: Point): [string, number] {
  return [key(name, plain(attributes)), asInt === undefined ? asDouble! : whole(asInt)];
}

function histogramSeries(name: string, { attributes, count, sum, bucketCounts, explicitBounds }: Point): [string, number][] {
  const labels = plain(attributes);
  let cumulative = 0;
  const buckets = bucketCounts!.map((bucket, index): [string, number] => {
    cumulative += whole(bucket);
    return [key(`${name}_bucket`, { ...labels, le: String(explicitBounds![index] ?? '+Inf') }), cumulative];
  });
  return [...buckets, [key(`${name}_sum`, labels), sum!], [key(`${name}_count`, labels), whole(count!)]];
}

/** The same of a text in Prometheus' format. */
export function seriesIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, labels, value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line)!;
      return [
        key(name!, Object.fromEntries([...labels!.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, has]) => [label!, has!]))),
        Number(value),
      ];
    }),
  );
}

function key(name: string, labels: Readonly<Record<string, string | undefined>>): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)))}`;
}

function whole(value: Long | number | string): number {
  return typeof value === 'object' ? value.toNumber!() : Number(value);
}

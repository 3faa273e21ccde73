import { ChildProgram, stopPrograms, type ProgramOptions } from '../support/child-program';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start({ services: ['grpc', 'http'] });
});

afterAll(stopPrograms);
afterAll(() => receiver.close());

/** The spans of a program that calls one tool with all policies twice. */
async function received({ env, ...options }: ProgramOptions = {}): Promise<ReceivedSpan[]> {
  const program = await ChildProgram.run('all-policies', { ...options, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, ...env } });
  expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
  return receiver.spansOf(program);
}

async function receivedResource(env: Record<string, string>, options: Record<string, unknown> = {}): Promise<ReceivedSpan['resource']> {
  return (await received({ env, given: { options } }))[0]!.resource;
}

function byStart(one: ReceivedSpan, other: ReceivedSpan): number {
  return Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano));
}

/** Names, indented by depth, in the order in which the spans started; of equal starts, in the order in which they arrived. */
function outline(spans: readonly ReceivedSpan[]): string[] {
  const known = new Map(spans.map((span) => [span.spanId, span]));
  const below = (parent: string | undefined, indent: string): string[] =>
    spans
      .filter(({ parentSpanId }) => (parentSpanId && known.has(parentSpanId) ? parentSpanId : undefined) === parent)
      .sort(byStart)
      .flatMap((span) => [`${indent}${span.name}`, ...below(span.spanId, `${indent}  `)]);
  return below(undefined, '');
}

const BOTH_CALLS = [
  'tool.execute',
  '  tool.cache.lookup',
  '  tool.rate_limit.check',
  '  tool.circuit_breaker.check',
  '  tool.retry.attempt',
  '    tool.execute',
  '  tool.circuit_breaker.check',
  '  tool.retry.attempt',
  '    tool.execute',
  '  tool.cache.set',
  'tool.execute',
  '  tool.cache.lookup',
];

describe('Traces over OTLP/gRPC', () => {
  let spans: ReceivedSpan[];

  beforeAll(async () => {
    spans = await received({ env: { OTEL_EXPORTER_OTLP_HEADERS: 'x-team=span%20people,x-test=over-grpc' } });
  });

  it('arrive complete, as one tree for each call, in the order in which things happened', () => {
    expect(outline(spans)).toEqual(BOTH_CALLS);
  });

  it('carry the scope toolspan with the version of the package, and kind INTERNAL', () => {
    const { version } = jest.requireActual<{ version: string }>('../../package.json');
    for (const { scope, kind } of spans) {
      expect(scope).toMatchObject({ name: 'toolspan', version });
      expect(kind).toBe('SPAN_KIND_INTERNAL');
    }
  });

  it('tell the call that was retried from the attempt that failed', () => {
    const [call, failed] = spans.filter(({ name }) => name === 'tool.execute').sort(byStart);
    expect(call!.attributes).toMatchObject({
      'tool.name': 'search',
      'tool.namespace': 'web',
      'tool.cached': false,
      'tool.success': true,
      'gen_ai.operation.name': 'execute_tool',
    });
    expect(failed!.attributes).toMatchObject({ 'tool.success': false, 'tool.error': 'the first time it fails', 'error.type': 'TypeError' });
    expect(failed!.status).toMatchObject({ code: 'STATUS_CODE_ERROR', message: 'the first time it fails' });
    expect(failed!.attributes).not.toHaveProperty(['gen_ai.operation.name']);
  });

  it('carry the headers that OTEL_EXPORTER_OTLP_HEADERS gives', () => {
    expect(receiver.requestsWith('x-test', 'over-grpc').length).toBeGreaterThan(0);
    expect(receiver.requestsWith('x-team', 'span people').length).toBeGreaterThan(0);
  });

  it('come alone: no metrics and no logs are sent that nobody asked for', () => {
    expect(new Set(receiver.requests.map(({ path }) => path))).toEqual(
      new Set(['/opentelemetry.proto.collector.trace.v1.TraceService/Export']),
    );
  });
});

describe('Traces over OTLP/HTTP', () => {
  it.concurrent.each(['http/protobuf', 'http/json'])('arrive over %s as well, headers included', async (protocol) => {
    const spans = await received({
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpUrl,
        OTEL_EXPORTER_OTLP_HEADERS: `x-test=over-${protocol}`,
      },
    });
    expect(outline(spans)).toEqual(BOTH_CALLS);
    expect(spans[0]!.scope.name).toBe('toolspan');
    expect(receiver.requestsWith('x-test', `over-${protocol}`)).toEqual(['/v1/traces']);
  });
});

describe('The name of the service', () => {
  const everything = {
    OTEL_SERVICE_NAME: 'from-otel-service-name',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=from%20resource-attributes',
    DD_SERVICE: 'from-datadog',
  };
  const option = { serviceName: 'from-option' };

  it.concurrent.each([
    ['OTEL_SERVICE_NAME', 'from-otel-service-name', everything, option],
    ['service.name in OTEL_RESOURCE_ATTRIBUTES', 'from resource-attributes', { ...everything, OTEL_SERVICE_NAME: '' }, option],
    ['the option serviceName', 'from-option', { DD_SERVICE: 'from-datadog' }, option],
    ['DD_SERVICE', 'from-datadog', { DD_SERVICE: 'from-datadog' }, {}],
    ["the name in the program's package.json", 'toolspan', {}, {}],
  ])('is taken from %s, if nothing goes before it', async (_, name, env, options) => {
    expect(await receivedResource(env, options)).toMatchObject({ 'service.name': name });
  });
});

describe('The resource', () => {
  it.concurrent('bears what the mapped variables say', async () => {
    const resource = await receivedResource({
      OTEL_SERVICE_VERSION: '1.2.3',
      OTEL_DEPLOYMENT_ENVIRONMENT: 'staging',
      OTEL_K8S_NAMESPACE: 'agents',
      OTEL_K8S_POD_NAME: 'agent-0',
      OTEL_RESOURCE_ATTRIBUTES: 'team=spans',
    });
    expect(resource).toMatchObject({
      'service.version': '1.2.3',
      'deployment.environment.name': 'staging',
      'deployment.environment': 'staging',
      'k8s.namespace.name': 'agents',
      'k8s.pod.name': 'agent-0',
      team: 'spans',
      'telemetry.sdk.language': 'nodejs',
    });
  });

  it.concurrent("bears what Datadog's variables say, and what the program gives", async () => {
    const resource = await receivedResource(
      { DD_ENV: 'production', DD_VERSION: '4.5.6' },
      { tracing: { resourceAttributes: { 'service.instance.id': 'instance-1', 'service.version': 'the program knows less' } } },
    );
    expect(resource).toMatchObject({
      'service.version': '4.5.6',
      'deployment.environment.name': 'production',
      'deployment.environment': 'production',
      'service.instance.id': 'instance-1',
    });
  });
});

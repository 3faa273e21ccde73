// Compiled, not run, twice (legacy and standard decorators): what must compile does, and what must not does not. Against the built
// package, without skipLibCheck.
import { context as otelContext, trace, type Span as OtelSpan, type Tracer as OtelTracer } from '@opentelemetry/api';
import { AlwaysOnSampler, BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { Registry } from 'prom-client';
import {
  CircuitOpenError,
  configureTools,
  currentCall,
  describeTool,
  getMetrics,
  getTracer,
  listTools,
  RateLimitError,
  Retry,
  setupObservability,
  tool,
  ToolError,
  traceToolExecution,
  type CurrentCall,
  type Duration,
  type FunctionToolOptions,
  type JsonValue,
  type PlainToolOptions,
  type PolicyName,
  type ToolClassMetadata,
  type ToolDescription,
  type ToolMetadata,
  type ToolParts,
} from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';

class Api {
  @Retry(3) async all(): Promise<string> {
    return '';
  }
}

// Types of functions are kept, overloads, generics and `this` included.
const search: (query: string) => Promise<string[]> = tool({ name: 'search', cached: '5m' }, async (query: string) => [query]);
const double: (n: number) => number = tool({ name: 'double' }, (n: number) => n * 2);
function overloaded(value: string): Promise<string>;
function overloaded(value: number): Promise<number>;
async function overloaded(value: string | number): Promise<string | number> {
  return value;
}
const kept: typeof overloaded = tool({ retry: 3 }, overloaded);
const ofNumber: Promise<number> = tool({ cached: '1m' }, overloaded)(1);
const generic: Promise<{ a: 1 }> = tool({ name: 'generic', retry: 1 }, async <T>(value: T) => value)({ a: 1 } as const);
const receiving: (this: Api, n: number) => Promise<Api> = tool({ name: 'receiving', retry: 1 }, async function (this: Api, _n: number) {
  return this;
});
const stream: (n: number) => AsyncGenerator<string, void, unknown> = tool(
  { name: 'stream', retry: 1, circuitBreaker: {}, rateLimited: { limit: 1, per: '1s' } },
  async function* (n: number) {
    yield String(n);
  },
);
const range: (n: number) => Generator<number> = tool({ name: 'range' }, function* (n: number) {
  yield n;
});
const options: FunctionToolOptions = { name: 'given', cached: '5m' };
const given: () => Promise<number> = tool(options, async () => 1);
const plainOptions: PlainToolOptions = { name: 'plain', streamIdleTimeout: '1m' };
const plain: () => number = tool(plainOptions, () => 1);
// @ts-expect-error -- a policy on a synchronous function
tool({ name: 'sync', retry: 3 }, () => 1);
// @ts-expect-error -- nobody knows whether there is one
tool(options, () => 1);
// @ts-expect-error -- a policy on a generator, which cannot wait
tool({ name: 'range', retry: 3 }, function* () {
  yield 1;
});
// @ts-expect-error -- a stream cannot be cached
tool({ name: 'stream', cached: '5m' }, async function* () {
  yield 1;
});
tool({ name: 'limited', timeout: '5s', hedge: 'p95', bulkhead: 5, fallback: 0, use: ['upstream'] }, async () => 1);
// @ts-expect-error -- there is no such key
tool({ name: 'wrong', timeouts: '5s' }, async () => 1);
// @ts-expect-error -- no function
tool({ name: 'none' }, 5);

// The current call, and what a tool is.
const call: CurrentCall | undefined = currentCall();
const facts: readonly [string, string, number, AbortSignal | undefined] | undefined = call && [
  call.tool,
  call.namespace,
  call.attempt,
  call.signal,
];
call?.setAttribute('rows', 5);
call?.setAttribute('names', ['a', 'b']);
// @ts-expect-error -- no attribute
call?.setAttribute('object', {});
// @ts-expect-error -- it may be undefined
call.setAttribute('rows', 5);

const card = Reflect.getMetadata('toolspan:card', search) as ToolMetadata;
const form: 'method' | 'property' | 'class' | 'function' = card.form;
const member: { readonly key: PropertyKey; readonly isStatic: boolean; readonly isPrivate: boolean } | undefined = card.member;
const parts: ToolParts = card.parts;
const name: string | undefined = parts.tool?.name ?? card.defaultName;
const retries: number | undefined = parts.retry?.maxRetries;
const defaults: ToolParts = (Reflect.getMetadata('toolspan:class', Api) as ToolClassMetadata).parts;
// @ts-expect-error -- it is written by decorators alone
card.form = 'method';

const descriptions: ToolDescription[] = [describeTool(Api, 'all'), describeTool(new Api()), describeTool(search), ...listTools()];
const policy: PolicyName | undefined = descriptions[0]?.policies[0]?.name;
const option: JsonValue | undefined = descriptions[0]?.policies[0]?.options['maxRetries'];

const durations: Duration[] = [5, '250ms', '1.5s', '5m', '1h', '1d'];
configureTools({ rateLimit: { limit: 5, per: '1s' } });
configureTools({ rateLimit: false });

// Options of the real packages fit; so do ours where theirs are wanted.
void setupObservability({
  registry: new Registry(),
  tracing: { sampler: new AlwaysOnSampler(), spanProcessors: [new BatchSpanProcessor({ exporter: new InMemorySpanExporter() })] },
  logger: console,
}).then((status) => {
  const port: number | undefined = status.metricsPort;
  return [port, status.warnings.length, status.shutdown(1_000), status.forceFlush()];
});
const tracer: OtelTracer = getTracer();
const mine: ReturnType<typeof getTracer> = trace.getTracer('mine');
getTracer().startActiveSpan('own', { attributes: { a: 1, b: ['x'] } }, (span) => {
  const real: OtelSpan = span;
  trace.setSpan(otelContext.active(), real);
  span.end();
});
const sum: number = traceToolExecution('sum', { namespace: 'math', attributes: { version: '2.0' } }, (span) => {
  span.setAttribute('n', 2).addEvent('counted');
  return 1 + 1;
});
const later: Promise<string> = traceToolExecution('later', async () => 'done');
const text: Promise<{ contentType: string; body: string }> | undefined = getMetrics()?.text('text/plain');
const policies: readonly { name: string }[] = describeTool(Api, 'all').policies;

function about(error: unknown): string | number | undefined {
  if (error instanceof RateLimitError) return error.retryAfterMs ?? error.reason;
  if (error instanceof CircuitOpenError) return error.code;
  if (error instanceof ToolError) return `${error.namespace}.${error.tool}`;
  return undefined;
}

const clock = createTestClock({ autoAdvance: true });
const seen = createTestObservability({ clock });
const value: number | undefined = seen.metric('tool_executions_total', { tool: 'x', status: 'success' });
void clock.advance('5m');

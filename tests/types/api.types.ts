// Compiled, not run: what must compile does, and what must not does not. Against the built package, without skipLibCheck.
import { context as otelContext, trace, type Span as OtelSpan, type Tracer as OtelTracer } from '@opentelemetry/api';
import { AlwaysOnSampler, BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { Registry } from 'prom-client';
import {
  Cached,
  CircuitBreaker,
  CircuitOpenError,
  configureTools,
  describeTool,
  getMetrics,
  getTracer,
  RateLimited,
  RateLimitError,
  Retry,
  setupObservability,
  Tool,
  tool,
  ToolError,
  traceToolExecution,
  type Duration,
} from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';

@Tool({ namespace: 'math' })
@Retry()
class Methods {
  @Tool() plain(): void {}
  @Tool('named') async add(a: number, b: number): Promise<number> {
    return a + b;
  }
  @Cached('5m') @Retry(3) @CircuitBreaker() @RateLimited({ limit: 1, per: '1s' }) async all(): Promise<string> {
    return '';
  }
  @Retry() static async fixed(): Promise<void> {}
  @Tool() async generic<T extends object>(value: T): Promise<T> {
    return value;
  }

  // @ts-expect-error -- a policy on a method that returns no promise
  @Retry() sync(): number {
    return 1;
  }
  // @ts-expect-error -- the same
  @Cached('5m') syncCached(): void {}

  // @ts-expect-error -- not a duration
  @Cached('5 minutes') async wrongDuration(): Promise<void> {}
  // @ts-expect-error -- per is missing
  @RateLimited({ limit: 1 }) async wrongRate(): Promise<void> {}
  // @ts-expect-error -- comes with a later version
  @CircuitBreaker({ failureRate: 0.5 }) async wrongBreaker(): Promise<void> {}
  // @ts-expect-error -- a property is no method
  @Tool() field = 1;
}

abstract class Abstract {
  @Tool() async inherited(): Promise<void> {}
}

// Types of functions are kept, overloads and `this` included.
const search: (query: string) => Promise<string[]> = tool({ name: 'search', cached: '5m' }, async (query: string) => [query]);
const double: (n: number) => number = tool({ name: 'double' }, (n: number) => n * 2);
function overloaded(value: string): Promise<string>;
function overloaded(value: number): Promise<number>;
async function overloaded(value: string | number): Promise<string | number> {
  return value;
}
const kept: typeof overloaded = tool({ retry: 3 }, overloaded);
// @ts-expect-error -- a policy on a synchronous function
tool({ name: 'sync', retry: 3 }, () => 1);
// @ts-expect-error -- comes with a later version
tool({ name: 'later', timeout: '5s' }, async () => 1);

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
const policies: readonly { name: string }[] = describeTool(Methods, 'all').policies;

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

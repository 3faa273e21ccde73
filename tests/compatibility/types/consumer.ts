// Compiled, not run: what a consumer may write, with either kind of decorators, and with none of the optional packages.
import {
  Cached,
  CircuitBreaker,
  CircuitOpenError,
  configureTools,
  currentCall,
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
  type ObservabilityStatus,
  type ToolOptions,
} from 'toolspan';
import 'toolspan/register';
import { createTestClock, createTestObservability } from 'toolspan/testing';

@Tool({ namespace: 'math' })
@Retry()
export class Methods {
  @Tool() plain(): void {}
  @Tool('named') async add(a: number, b: number): Promise<number> {
    return a + b;
  }
  @Tool({ name: 'all' })
  @Cached('5m')
  @Retry(3)
  @CircuitBreaker()
  @RateLimited({ limit: 1, per: '1s' })
  async all(query: string): Promise<string[]> {
    return [query];
  }
  @Retry() static async fixed(): Promise<void> {}
  @Tool() async generic<T extends object>(value: T): Promise<T> {
    return value;
  }
  @Cached({ key: (...args) => args.length }) async keyed(text: string, limit?: number): Promise<string> {
    return text.slice(0, limit);
  }

  @Tool() @Retry() async *stream(): AsyncGenerator<number> {
    yield 1;
  }
  @Tool() @Retry() async *asking(): AsyncGenerator<number, void, string> {
    const answer: string = yield 1;
    yield answer.length;
  }

  // @ts-expect-error -- a stream can be read only once
  @Cached() async *cachedStream(): AsyncGenerator<number> {
    yield 1;
  }
  // @ts-expect-error -- a policy on a method that returns no promise
  @Retry() sync(): number {
    return 1;
  }
  // @ts-expect-error -- not a duration
  @Cached('5 minutes') async wrongDuration(): Promise<void> {}
  // @ts-expect-error -- per is missing
  @RateLimited({ limit: 1 }) async wrongRate(): Promise<void> {}
  // @ts-expect-error -- a property is no method
  @Tool() field = 1;
}

@Tool({ name: 'calculator', description: 'multiplies' })
@Cached()
export class Calculator {
  async execute({ a, b }: { a: number; b: number }): Promise<number> {
    return a * b;
  }
}

export abstract class Abstract {
  @Tool() async inherited(): Promise<void> {}
}

// Types of methods and functions are kept.
export const added: Promise<number> = new Methods().add(1, 2);
export const search: (query: string) => Promise<string[]> = tool({ name: 'search', cached: '5m' }, async (query: string) => [query]);
export const double: (n: number) => number = tool({ name: 'double' }, (n: number) => n * 2);
// @ts-expect-error -- a policy on a synchronous function
tool({ name: 'sync', retry: 3 }, () => 1);
// Callbacks know the function beside them, also one that TypeScript comes to later.
export const keyed: (query: string) => Promise<{ ok: boolean }> = tool(
  {
    name: 'keyed',
    cached: { key: (query) => query.length, cacheIf: (result) => result.ok, ttl: () => '1m', errorTtl: () => '5s' },
    retry: { retryResult: (result) => !result.ok },
    fallback: (_error, query) => ({ ok: query === '' }),
  },
  async (query: string) => ({ ok: query !== '' }),
);
export const later: (n: number) => AsyncGenerator<number> = tool(
  { name: 'later', rateLimited: { limit: 1, per: '1s', key: (n) => String(n) } },
  async function* (n: number) {
    yield n;
  },
);
// @ts-expect-error -- a string has no id
tool({ name: 'wrong', cached: { key: (query: { id: string }) => query.id } }, async (query: string) => query);
// @ts-expect-error -- the function gives numbers
tool({ name: 'wrong', fallback: 'text' }, async () => 1);

export const durations: Duration[] = [5, '250ms', '1.5s', '5m', '1h', '1d'];
export const options: ToolOptions = { name: 'x', attributes: { team: 'search', weight: 1 } };
configureTools({ rateLimit: { limit: 5, per: '1s' } });

export const status: Promise<ObservabilityStatus> = setupObservability({ serviceName: 'consumer', metricsPort: 0 });
export const sum: number = traceToolExecution('sum', { namespace: 'math' }, (span) => {
  span.setAttribute('n', 2).addEvent('counted');
  getTracer().startSpan('own').end();
  return 1 + 1;
});
export const text: Promise<{ contentType: string; body: string }> | undefined = getMetrics()?.text('text/plain');
export const signal: AbortSignal | undefined = currentCall()?.signal;
export const policies: readonly { name: string }[] = describeTool(Methods, 'all').policies;

export function about(error: unknown): string | number | undefined {
  if (error instanceof RateLimitError) return error.retryAfterMs ?? error.reason;
  if (error instanceof CircuitOpenError) return error.code;
  if (error instanceof ToolError) return `${error.namespace}.${error.tool}`;
  return undefined;
}

const clock = createTestClock({ autoAdvance: true });
export const value: number | undefined = createTestObservability({ clock }).metric('tool_executions_total', { tool: 'x' });
export const advanced: Promise<void> = clock.advance('5m');

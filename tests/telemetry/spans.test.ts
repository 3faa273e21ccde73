import { context, trace, type Span } from '@opentelemetry/api';
import { AlwaysOffSampler, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import {
  Cached,
  getTracer,
  isTracingEnabled,
  resetTools,
  Retry,
  setupObservability,
  shutdownObservability,
  Tool,
  tool,
  traceToolExecution,
} from 'toolspan';
import { outcome } from '../support/observed.js';

class Net {
  runs = 0;
  @Tool({ name: 'fetch', namespace: 'web', description: 'fetches', attributes: { 'app.team': 'core' } })
  @Retry({ maxRetries: 1, baseDelay: 0 })
  @Cached('90s')
  async fetch(): Promise<string> {
    return trace.getTracer('user').startActiveSpan('user.work', async (span) => {
      span.end();
      this.runs += 1;
      if (this.runs === 1) throw Object.assign(new TypeError('boom'), { code: 'E_BOOM' });
      return 'page';
    });
  }
}

describe('with the real SDK', () => {
  const exporter = new InMemorySpanExporter();

  beforeAll(() =>
    setupObservability({
      enableMetrics: false,
      handleSignals: false,
      tracing: { spanProcessors: [new SimpleSpanProcessor({ exporter })] },
    }),
  );
  afterAll(() => shutdownObservability());
  beforeEach(() => {
    resetTools();
    exporter.reset();
  });

  async function finished(): Promise<ReadableSpan[]> {
    // the SDK looks up host attributes in the background before it exports
    while (exporter.getFinishedSpans().length === 0) await new Promise(setImmediate);
    return exporter.getFinishedSpans();
  }

  test('attributes, status, exception and kind are those of the contract', async () => {
    await new Net().fetch();
    const spans = await finished();
    const byName = (name: string) => spans.filter((span) => span.name === name);
    const call = spans.find(({ parentSpanContext }) => parentSpanContext === undefined)!;
    expect(call.name).toBe('tool.execute');
    expect(call.kind).toBe(0);
    expect(call.instrumentationScope.name).toBe('toolspan');
    expect(call.attributes).toEqual({
      'tool.name': 'fetch',
      'tool.namespace': 'web',
      'tool.duration_ms': expect.any(Number),
      'tool.cached': false,
      'tool.success': true,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'fetch',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.description': 'fetches',
      'app.team': 'core',
    });
    expect(call.status.code).toBe(0);
    const [failed, succeeded] = byName('tool.retry.attempt');
    expect(failed?.attributes).toEqual({ 'tool.name': 'fetch', 'retry.attempt': 0, 'retry.max_attempts': 1, 'retry.success': false });
    expect(failed?.status).toEqual({ code: 2, message: 'boom' });
    expect(failed?.events).toEqual([]);
    expect(succeeded?.attributes['retry.success']).toBe(true);
    const [attempt] = byName('tool.execute');
    expect(attempt?.attributes).toEqual({
      'tool.name': 'fetch',
      'tool.namespace': 'web',
      'tool.duration_ms': expect.any(Number),
      'tool.cached': false,
      'tool.success': false,
      'tool.error': 'boom',
      'error.type': 'TypeError',
    });
    expect(
      attempt?.events.map(({ name, attributes }) => [name, attributes?.['exception.type'], attributes?.['exception.message']]),
    ).toEqual([['exception', 'TypeError', 'boom']]);
    expect(byName('tool.cache.lookup')[0]?.attributes).toEqual({ 'tool.name': 'fetch', 'cache.operation': 'lookup', 'cache.hit': false });
    expect(byName('tool.cache.set')[0]?.attributes).toEqual({ 'tool.name': 'fetch', 'cache.operation': 'set', 'cache.ttl': 90 });
    expect(byName('user.work').map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      byName('tool.execute')
        .slice(0, 2)
        .map((span) => span.spanContext().spanId),
    );
  });

  test('parents enclose their children, and siblings keep their order', async () => {
    await new Net().fetch();
    const spans = await finished();
    const time = ([seconds, nanos]: readonly [number, number]) => seconds * 1e9 + nanos;
    const ours = spans.filter(({ instrumentationScope }) => instrumentationScope.name === 'toolspan');
    for (const child of ours) {
      const parent = ours.find((span) => span.spanContext().spanId === child.parentSpanContext?.spanId);
      if (!parent) continue;
      expect(time(parent.startTime)).toBeLessThanOrEqual(time(child.startTime));
      expect(time(parent.endTime)).toBeGreaterThanOrEqual(time(child.endTime));
    }
    const root = ours.find(({ parentSpanContext }) => !parentSpanContext)!;
    const children = ours.filter(({ parentSpanContext }) => parentSpanContext?.spanId === root.spanContext().spanId);
    const sorted = [...children].sort((one, other) => time(one.startTime) - time(other.startTime)).map(({ name }) => name);
    expect(sorted).toEqual(['tool.cache.lookup', 'tool.retry.attempt', 'tool.retry.attempt', 'tool.cache.set']);
    expect(new Set(children.map(({ startTime }) => time(startTime))).size).toBe(children.length);
  });

  test('a call is the child of what is active where it is called, and code after it is not its child', async () => {
    const ping = tool({ name: 'ping' }, async () => 'pong');
    await trace.getTracer('user').startActiveSpan('request', async (span) => {
      await ping();
      expect(trace.getActiveSpan()).toBe(span);
      span.end();
    });
    const [call, request] = await finished();
    expect(call?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  });

  test('by hand: the same span; a synchronous body stays synchronous', async () => {
    const value = traceToolExecution('hand', { namespace: 'made', attributes: { version: '2.0' } }, (span) => {
      span.setAttribute('own', 1);
      expect(trace.getActiveSpan()).toBe(span);
      return 5;
    });
    expect(value).toBe(5);
    expect(() =>
      traceToolExecution('hand', () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    await expect(traceToolExecution('hand', async () => Promise.reject(new Error('later')))).rejects.toThrow('later');
    const [first, second, third] = await finished();
    expect(first?.attributes).toMatchObject({
      'tool.name': 'hand',
      'tool.namespace': 'made',
      version: '2.0',
      own: 1,
      'tool.success': true,
    });
    expect([second?.status.message, third?.status.message]).toEqual(['no', 'later']);
  });

  test('getTracer gives the tracer of our scope', async () => {
    getTracer().startSpan('mine').end();
    expect((await finished())[0]?.instrumentationScope.name).toBe('toolspan');
    expect(isTracingEnabled()).toBe(true);
  });
});

test('under a span that is not recording there are no child spans, yet its context reaches the user’s code', async () => {
  const started: string[] = [];
  const watching = {
    onStart: (span: ReadableSpan) => void started.push(span.name),
    onEnd: () => undefined,
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const status = await setupObservability({
    enableMetrics: false,
    handleSignals: false,
    tracing: { sampler: new AlwaysOffSampler(), spanProcessors: [watching] },
  });
  const seen: (Span | undefined)[] = [];
  const call = tool(
    { name: 'unsampled', retry: 1, cached: '1m', circuitBreaker: {} },
    async () => void seen.push(trace.getSpan(context.active())),
  );
  await call();
  expect(started).toEqual([]);
  expect(seen[0]?.isRecording()).toBe(false);
  expect(seen[0]?.spanContext()).toMatchObject({ traceFlags: 0, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
  await status.shutdown();
});

describe.each([
  [
    'a sampler',
    {
      sampler: {
        shouldSample: () => {
          throw new Error('broke');
        },
      },
      spanProcessors: [processor({})],
    },
  ],
  [
    'the start of a span',
    {
      spanProcessors: [
        processor({
          onStart: () => {
            throw new Error('broke');
          },
        }),
      ],
    },
  ],
  [
    'the end of a span',
    {
      spanProcessors: [
        processor({
          onEnd: () => {
            throw new Error('broke');
          },
        }),
      ],
    },
  ],
])('%s that throws', (_what, tracing) => {
  test('never breaks a call, is counted, and said once', async () => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message) };
    const status = await setupObservability({ metricsPort: 0, handleSignals: false, logger, tracing });
    const safe = tool({ name: 'safe', retry: 1, cached: '1m' }, async () => 'fine');
    const failing = tool({ name: 'failing' }, async () => Promise.reject(new Error('mine')));
    expect(await safe()).toBe('fine');
    expect(await outcome(failing())).toEqual(new Error('mine'));
    const text = await (await fetch(`http://127.0.0.1:${status.metricsPort}/metrics`)).text();
    expect(text).toMatch(/tool_telemetry_errors_total\{kind="span"\} [1-9]/);
    expect(text).toContain('tool_executions_total{tool="safe",namespace="default",status="success"} 1');
    expect(warnings.filter((warning) => warning.includes('telemetry failed (span)'))).toHaveLength(1);
    await status.shutdown();
    resetTools();
  });
});

function processor(parts: { onStart?: () => void; onEnd?: () => void }): object {
  return { onStart: () => undefined, onEnd: () => undefined, forceFlush: async () => undefined, shutdown: async () => undefined, ...parts };
}

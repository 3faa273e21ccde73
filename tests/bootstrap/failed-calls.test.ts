import {
  RateLimited,
  resetTools,
  setupObservability,
  shutdownObservability,
  Tool,
  type FailedCall,
  type ObservabilityOptions,
} from 'toolspan';
import { outcome } from '../support/observed.js';

const warn = jest.fn<void, [string]>();
const options: ObservabilityOptions = { enableTracing: false, enableMetricsServer: false, handleSignals: false, logger: { warn } };

beforeEach(() => warn.mockClear());
afterEach(async () => {
  await shutdownObservability();
  resetTools();
});

class Mail {
  @Tool({ name: 'mail', namespace: 'out' }) async send(to: string): Promise<string> {
    if (to !== 'alice') throw Object.assign(new TypeError(`no such user: ${to}, password=hunter2`), { code: 'ENOUSER' });
    return 'sent';
  }
  @Tool('limited') @RateLimited({ limit: 1, per: '1h' }) async limited(): Promise<void> {}
  @Tool('sync') sync(): never {
    throw 'a text';
  }
}

const mail = new Mail();

async function someCalls(): Promise<void> {
  await mail.send('alice');
  await outcome(mail.send('bob@example.com'));
  await mail.limited();
  await outcome(mail.limited());
  expect(() => mail.sync()).toThrow();
}

const EXPECTED = [
  {
    tool: 'mail',
    namespace: 'out',
    error_type: 'TypeError',
    error: 'no such user: [REDACTED], password=[REDACTED]',
    code: 'ENOUSER',
    duration_ms: expect.any(Number) as number,
  },
  {
    tool: 'limited',
    namespace: 'default',
    error_type: 'RateLimitError',
    error: expect.stringContaining('limit') as string,
    code: 'RATE_LIMITED',
    duration_ms: expect.any(Number) as number,
    retry_after_ms: expect.any(Number) as number,
  },
  { tool: 'sync', namespace: 'default', error_type: '_OTHER', error: 'a text', duration_ms: expect.any(Number) as number },
];

test('unless asked for, nothing is said', async () => {
  await setupObservability(options);
  await someCalls();
  expect(warn).not.toHaveBeenCalled();
});

test('asked for, it is one line for each call that failed, without secrets', async () => {
  await setupObservability({ ...options, logFailedCalls: true });
  await someCalls();
  const lines = warn.mock.calls.map(([line]) => line);
  expect(lines.map((line) => JSON.parse(line) as FailedCall)).toEqual(
    EXPECTED.map((failure) => ({ message: 'tool call failed', ...failure })),
  );
});

test('or data for a function, also where nothing is counted nor traced', async () => {
  const failures: FailedCall[] = [];
  await setupObservability({ ...options, enableMetrics: false, logFailedCalls: (failure) => failures.push(failure) });
  await someCalls();
  expect(failures).toEqual(EXPECTED);
});

test('with the trace and the span of the call, where it has one', async () => {
  const failures: FailedCall[] = [];
  const spans: { spanContext(): { traceId: string; spanId: string } }[] = [];
  const settled = async (): Promise<void> => undefined;
  await setupObservability({
    ...options,
    enableTracing: true,
    logFailedCalls: (failure) => failures.push(failure),
    tracing: {
      spanProcessors: [{ onStart: () => undefined, onEnd: (span: never) => void spans.push(span), forceFlush: settled, shutdown: settled }],
    },
  });
  await outcome(mail.send('bob'));
  const { traceId, spanId } = spans[0]!.spanContext();
  expect(failures).toEqual([expect.objectContaining({ trace_id: traceId, span_id: spanId })]);
});

test('a function that throws is no business of the call', async () => {
  await setupObservability({
    ...options,
    logFailedCalls() {
      throw new Error('log is full');
    },
  });
  expect(await outcome(mail.send('bob'))).toBeInstanceOf(TypeError);
  expect(warn.mock.calls).toEqual([[expect.stringContaining('telemetry failed (span), tools run on: log is full')]]);
});

test('nor is a promise of it that is broken', async () => {
  await setupObservability({ ...options, logFailedCalls: (async () => Promise.reject(new Error('log service is down'))) as () => void });
  expect(await outcome(mail.send('bob'))).toBeInstanceOf(TypeError);
  await new Promise((resolve) => setImmediate(resolve));
  expect(warn.mock.calls).toEqual([[expect.stringContaining('log service is down')]]);
});

test('what was decided stays, and a differing request is a warning', async () => {
  await setupObservability({ ...options, logFailedCalls: true });
  expect((await setupObservability({ ...options, logFailedCalls: true })).warnings).toEqual([]);
  expect((await setupObservability({ ...options, logFailedCalls: () => undefined })).warnings).toEqual([
    'logFailedCalls is not used: an earlier set-up has decided about it',
  ]);
});

test('anything else is refused', async () => {
  await expect(setupObservability({ ...options, logFailedCalls: 'yes' as never })).rejects.toThrow(
    'setupObservability: logFailedCalls must be true or false, or a function, got "yes"',
  );
});

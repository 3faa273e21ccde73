import { Retry, setupObservability, shutdownObservability, Tool, traceToolExecution, type CaptureOptions } from 'toolspan';

interface Seen {
  readonly name: string;
  readonly attributes: Record<string, unknown>;
  readonly status: { readonly message?: string };
  readonly events: readonly { readonly attributes: Record<string, unknown> }[];
}

const before = { ...process.env };
let spans: Seen[] = [];
const logger = { warn: jest.fn() };

async function record(capture?: CaptureOptions): Promise<string[]> {
  spans = [];
  const settled = async (): Promise<void> => undefined;
  const processor = {
    onStart: () => undefined,
    onEnd: (span: unknown) => void spans.push(span as Seen),
    forceFlush: settled,
    shutdown: settled,
  };
  const { warnings } = await setupObservability({
    serviceName: 'capturing',
    enableMetrics: false,
    handleSignals: false,
    logger,
    tracing: { spanProcessors: [processor] },
    ...(capture && { capture }),
  });
  return warnings;
}

afterEach(async () => {
  await shutdownObservability();
  process.env = { ...before };
});

class Mail {
  @Tool() async send(message: { to: string; password: string; text: string }): Promise<{ id: number; token: string }> {
    message.text = 'changed';
    return { id: 7, token: 'abc' };
  }

  @Tool() @Retry({ maxRetries: 1, baseDelay: 0 }) async fail(): Promise<never> {
    throw new Error('no mail for bob@example.com, password=hunter2');
  }

  @Tool() async *pages(): AsyncGenerator<string> {
    yield 'page';
  }

  @Tool() now(): string {
    return 'now';
  }
}

const mail = new Mail();
const send = (): Promise<unknown> => mail.send({ to: 'bob@example.com', password: 'hunter2', text: 'hi' });

test('arguments and results are not recorded unless asked for', async () => {
  await record();
  await send();
  expect(JSON.stringify(spans[0]!.attributes)).not.toMatch(/hi|call/);
});

test('asked for, they are: as they were given, without secrets', async () => {
  await record({ arguments: true, result: true });
  await send();
  expect(spans[0]!.attributes).toMatchObject({
    'gen_ai.tool.call.arguments': '{"to":"[REDACTED]","password":"[REDACTED]","text":"hi"}',
    'gen_ai.tool.call.result': '{"id":7,"token":"[REDACTED]"}',
  });
});

test('also of a tool that answers at once, and by hand; not of a stream, nor of an attempt', async () => {
  await record({ arguments: true, result: true });
  mail.now();
  traceToolExecution('hand', () => 5);
  for await (const _ of mail.pages()) break;
  await mail.fail().catch(() => undefined);
  const results = spans.map(({ name, attributes }) => [name, attributes['gen_ai.tool.call.result']]);
  expect(results.slice(0, 3)).toEqual([
    ['tool.execute', 'now'],
    ['tool.execute', '5'],
    ['tool.execute', undefined],
  ]);
  expect(spans.filter(({ attributes }) => 'gen_ai.tool.call.arguments' in attributes)).toEqual([]);
});

test('messages and stacks of errors pass the same redactor, wherever they are written', async () => {
  await record();
  await mail.fail().catch(() => undefined);
  const failed = spans.filter(({ status }) => status.message !== undefined);
  expect(failed.map(({ name }) => name).sort()).toEqual([
    'tool.execute',
    'tool.execute',
    'tool.execute',
    'tool.retry.attempt',
    'tool.retry.attempt',
  ]);
  expect(failed[0]!.status.message).toBe('no mail for [REDACTED], password=[REDACTED]');
  expect(failed[0]!.events[0]!.attributes['exception.stacktrace']).toMatch(
    /^Error: no mail for \[REDACTED\], password=\[REDACTED\]\n {4}at /,
  );
  const written = JSON.stringify(
    failed.map(({ attributes, status, events }) => [attributes, status, events.map((event) => event.attributes)]),
  );
  expect(written).not.toMatch(/hunter2|bob/);
});

test('the error that the caller gets is not touched', async () => {
  await record();
  await expect(mail.fail()).rejects.toThrow('no mail for bob@example.com, password=hunter2');
});

test('a redactor of the application is asked in place of ours', async () => {
  await record({ arguments: true, redact: (content, { kind }) => (kind === 'arguments' ? undefined : content) });
  await send();
  await mail.fail().catch(() => undefined);
  expect(spans[0]!.attributes).not.toHaveProperty(['gen_ai.tool.call.arguments']);
  expect(JSON.stringify(spans.map(({ status }) => status))).toContain('hunter2');
});

test.each([
  ['TOOLSPAN_CAPTURE', 'off'],
  ['TOOLSPAN_CAPTURE', 'disabled'],
  ['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'false'],
  ['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'EVENT_ONLY'],
])('%s=%s forbids it', async (name, value) => {
  process.env[name] = value;
  await record({ arguments: true, result: true });
  await send();
  expect(JSON.stringify(spans[0]!.attributes)).not.toContain('call');
});

test('what was decided stays, and a differing request is a warning', async () => {
  await record({ arguments: true });
  expect(await record({ arguments: true })).not.toContainEqual(expect.stringContaining('capture'));
  expect(await record({ result: true })).toContain('capture is not used: an earlier set-up has decided about it');
});

test.each<[object, string]>([
  [{ results: true }, 'setupObservability capture: there is no option results (got true); there are: arguments, result, maxLength, redact'],
  [{ maxLength: 0 }, 'setupObservability capture: maxLength must be a whole number of at least 1, got 0'],
])('%j is refused', async (capture, message) => {
  await expect(setupObservability({ capture: capture })).rejects.toThrow(message);
});

test.each([
  ['TOOLSPAN_CAPTURE', 'on'],
  ['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'SPAN_ONLY'],
])('%s=%s does not, and asks for nothing by itself', async (name, value) => {
  process.env[name] = value;
  await record({ arguments: true });
  await send();
  expect(JSON.stringify(spans[0]!.attributes)).toContain('gen_ai.tool.call.arguments');
  expect(JSON.stringify(spans[0]!.attributes)).not.toContain('gen_ai.tool.call.result');
});

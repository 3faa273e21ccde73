import { createServer, type AddressInfo } from 'node:net';
import { ChildProgram, stopPrograms } from '../support/child-program';
import { OtlpReceiver } from '../support/otlp-receiver';

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});

afterAll(stopPrograms);
afterAll(() => receiver.close());

function run(name: string, given: Record<string, unknown> = {}, env: Record<string, string> = {}): ReturnType<typeof ChildProgram.run> {
  return ChildProgram.run(name, { given, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, ...env } });
}

describe('Set-up that is called more than once', () => {
  it.concurrent.each(['twice', 'concurrently', 'with register first', 'with register afterwards'])(
    '(%s) starts one server with one set of series, without a word',
    async (way) => {
      const program = await run('set-up-again', { way });
      const { statuses, listening, text } = await program.reported<{
        statuses: { metricsPort: number }[];
        listening: number;
        text: string;
      }>('outcome');
      expect(listening).toBe(1);
      expect(new Set(statuses.map(({ metricsPort }) => metricsPort)).size).toBe(1);
      expect(text.match(/^# TYPE tool_executions_total counter$/gm)).toHaveLength(1);
      expect(text).toContain('tool_executions_total{tool="greet",namespace="default",status="success"} 1\n');
      expect(receiver.spansOf(program)).toHaveLength(1);
      expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
    },
  );
});

describe('A port that is taken', () => {
  it.concurrent('is a warning: the tools are counted, and the application lives on and ends well', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const program = await run('set-up', { options: { metricsPort: port } });
    taken.close();

    expect(await program.reported('status')).toMatchObject({
      tracingEnabled: true,
      metricsEnabled: true,
      metricsServerStarted: false,
      warnings: [expect.stringMatching(new RegExp(`did not start on 127\\.0\\.0\\.1:${port} .*EADDRINUSE`))],
    });
    expect(await program.reported('status')).not.toHaveProperty('metricsPort');
    expect(await program.reported('state')).toMatchObject({
      text: expect.stringContaining('tool_executions_total{tool="greet",namespace="polite",status="success"} 1\n') as string,
    });
    expect(program.ending).toMatchObject({ code: 0, signal: null, stdout: '' });
  });
});

describe('A set-up after one whose port was taken', () => {
  it.concurrent('starts the server that the earlier one could not', async () => {
    const program = await run('set-up-again', { way: 'after a port that was taken' });
    const { statuses, text } = await program.reported<{ statuses: object[]; text: string }>('outcome');
    expect(statuses).toMatchObject([
      { metricsServerStarted: true, warnings: [] },
      { metricsEnabled: true, metricsServerStarted: false, warnings: [expect.stringContaining('EADDRINUSE')] },
    ]);
    expect(text).toContain('tool_executions_total{tool="greet",namespace="default",status="success"} 1\n');
  });
});

describe("An application's own TracerProvider", () => {
  it.concurrent('is used, and survives our shutdown', async () => {
    const program = await run('own-provider');
    expect(await program.reported('before')).toMatchObject({
      status: { tracingEnabled: true, warnings: [] },
      names: ['the application: greeting', 'toolspan: tool.execute'],
    });
    expect(await program.reported('after')).toEqual({
      names: ['the application: greeting', 'another: child', 'the application: still here'],
      isChild: true,
      isRoot: true,
      isStillRegistered: true,
    });
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(receiver.spansOf(program)).toEqual([]);
  });

  it.concurrent('is flushed when the process ends by a signal', async () => {
    const program = ChildProgram.start('own-batches', {
      given: { stays: true },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl },
    });
    await program.reported('done');
    program.signal('SIGTERM');
    expect(await program.ended).toMatchObject({ signal: 'SIGTERM' });
    expect(receiver.spansOf(program)).toHaveLength(1);
  });

  it.concurrent('is flushed when the process comes to a natural end', async () => {
    const program = await run('own-batches');
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(receiver.spansOf(program)).toHaveLength(1);
  });
});

describe('After shutdown', () => {
  let program: Awaited<ReturnType<typeof run>>;

  beforeAll(async () => {
    program = await run('after-shutdown');
  });

  it('tools run on untraced, and server and listeners are gone', async () => {
    expect(await program.reported('shut down')).toEqual({
      result: 'untraced',
      tracing: false,
      metrics: false,
      text: false,
      listenersAreGone: true,
      scrape: 'refused',
    });
  });

  it('the globals are released: an application can set its own', async () => {
    expect(await program.reported('globals')).toEqual({ provider: true, contextManager: true, propagator: true });
  });

  it('set-up works again, and counters have not fallen', async () => {
    const { status, text } = await program.reported<{ status: unknown; text: string }>('second');
    expect(status).toMatchObject({ tracingEnabled: true, metricsEnabled: true, metricsServerStarted: true, warnings: [] });
    expect(text).toContain('tool_executions_total{tool="greet",namespace="default",status="success"} 2\n');
    expect(receiver.spansOf(program)).toHaveLength(2);
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

describe('A call that is sampled out', () => {
  it.concurrent.each(['always_off', 'parentbased_always_off'])(
    'makes no span under %s, yet what it calls learns of the trace',
    async (sampler) => {
      const program = await run('propagates', {}, { OTEL_TRACES_SAMPLER: sampler });
      expect(await program.reported('inside')).toEqual({
        traceparent: expect.stringMatching(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/) as string,
        isRecording: false,
      });
      expect(await program.reported('outside')).toEqual({});
      expect(receiver.spansOf(program)).toEqual([]);
      expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
    },
  );

  it.concurrent('speaks the language that OTEL_PROPAGATORS asks for', async () => {
    const program = await run('propagates', {}, { OTEL_TRACES_SAMPLER: 'always_off', OTEL_PROPAGATORS: 'b3' });
    expect(await program.reported('inside')).toEqual({
      b3: expect.stringMatching(/^[0-9a-f]{32}-[0-9a-f]{16}-0$/) as string,
      isRecording: false,
    });
  });

  it.concurrent('is no different in that from one that is sampled', async () => {
    const program = await run('propagates');
    const { traceparent } = await program.reported<{ traceparent: string }>('inside');
    const attempt = receiver.spansOf(program).find(({ name, parentSpanId }) => name === 'tool.execute' && parentSpanId)!;
    expect(traceparent).toBe(`00-${attempt.traceId}-${attempt.spanId}-01`);
  });
});

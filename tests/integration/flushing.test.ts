import { ChildProgram, stopPrograms } from '../support/child-program';
import { eventually } from '../support/eventually';
import { OtlpReceiver } from '../support/otlp-receiver';
import { freePort } from '../support/tcp-servers';

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});

afterAll(stopPrograms);
afterAll(() => receiver.close());

describe('A queue that is full', () => {
  it('drops spans and counts each of them: delivered and dropped are what was made', async () => {
    const program = ChildProgram.start('drop-spans', {
      given: { spans: 100 },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, OTEL_BSP_MAX_QUEUE_SIZE: '10' },
    });
    const dropped = await program.reported<number>('dropped');
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(dropped).toBeGreaterThan(0);
    expect(receiver.spansOf(program).length).toBeGreaterThanOrEqual(10);
    expect(receiver.spansOf(program).length + dropped).toBe(100);
    expect(stderr.match(/spans are dropped/g)).toHaveLength(1);
  });

  it('holds 2,048 spans by default', async () => {
    const program = await ChildProgram.run('drop-spans', {
      given: { spans: 2_048 },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl },
    });
    expect(await program.reported('dropped')).toBe(0);
    expect(receiver.spansOf(program)).toHaveLength(2_048);
  });
});

describe('A collector that starts late', () => {
  async function startWithoutCollector(env: Record<string, string>, spans: number): Promise<{ program: ChildProgram; port: number }> {
    const port = await freePort();
    const program = ChildProgram.start('make-spans', {
      given: { spans, stays: true },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: '100', ...env },
    });
    await eventually('the first export has failed', () => program.stderr.includes('Failed to export traces'));
    return { program, port };
  }

  it('gets what was recorded before, without a word from the program', async () => {
    const { program, port } = await startWithoutCollector({}, 7);
    const late = await OtlpReceiver.start({ grpcPort: port });
    await eventually('the spans arrive', () => late.spansOf(program).length >= 7);
    program.signal('SIGTERM');
    await program.ended;
    await late.close();
    expect(late.spansOf(program)).toHaveLength(7);
    expect(program.stderr).not.toContain('dropped');
  });

  it('gets what fitted the queue, where more was made', async () => {
    const { program, port } = await startWithoutCollector({ OTEL_BSP_MAX_QUEUE_SIZE: '10' }, 30);
    const late = await OtlpReceiver.start({ grpcPort: port });
    await eventually('the spans arrive', () => late.spansOf(program).length >= 10);
    program.signal('SIGTERM');
    await program.ended;
    await late.close();
    expect(late.spansOf(program)).toHaveLength(10);
    expect(program.stderr).toContain('spans are dropped because the queue is full');
  });
});

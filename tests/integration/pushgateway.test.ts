import { ChildProgram, stopPrograms } from '../support/child-program';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { Prometheus } from '../support/prometheus';
import { Pushgateway } from '../support/pushgateway';
import { freePort, startSilentServer, type SilentServer } from '../support/tcp-servers';
import { ToldProgram, valueIn } from '../support/told-program';

// What an exit may take: 5 s by contract, and a second for a busy machine.
const EXIT_LIMIT_MS = 6_000;
const CALLS = 'tool_executions_total';
const ADDED = { tool: 'add', status: 'success' };
const ENV = { OTEL_TRACES_EXPORTER: 'none' };

afterEach(stopPrograms);

describeWith(['prometheus-pushgateway'], 'A short job', () => {
  let gateway: Pushgateway;

  beforeAll(async () => {
    gateway = await Pushgateway.start();
  });

  afterAll(() => gateway.stop());

  const to = (jobName: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    options: { pushgateway: { url: gateway.url, jobName, ...more } },
  });

  it('pushes its metrics when it comes to a natural end, and starts no server', async () => {
    const program = await ChildProgram.run('counts', { given: to('nightly', { groupings: { instance: 'one' } }), env: ENV });
    expect(program.ending).toMatchObject({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(await program.reported('status')).toMatchObject({ metricsEnabled: true, metricsServerStarted: false });
    expect(await gateway.value(CALLS, { job: 'nightly', instance: 'one', ...ADDED })).toBe(10);
    expect(await gateway.value('tool_circuit_breaker_state', { job: 'nightly', tool: 'down' })).toBe(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('pushes them when %s ends it', async (signal) => {
    const app = ToldProgram.start('counts', { given: { ...to(`by-${signal}`), asks: true }, env: ENV });
    await app.program.reported('text');
    app.program.signal(signal);
    expect(await app.program.ended).toMatchObject({ signal, stderr: '' });
    expect(await gateway.value(CALLS, { job: `by-${signal}`, ...ADDED })).toBe(10);
  });

  it('pushes them every so often while it runs, if asked', async () => {
    const app = ToldProgram.start('counts', { given: { ...to('long', { interval: '200ms' }), asks: true }, env: ENV });
    await app.program.reported('text');
    await eventually('they are pushed', async () => (await gateway.value(CALLS, { job: 'long', ...ADDED })) === 10);
    await app.tell('work', 5);
    await eventually('they are pushed again', async () => (await gateway.value(CALLS, { job: 'long', ...ADDED })) === 15);
  });

  it('pushes them when it says so, to where it says', async () => {
    const app = ToldProgram.start('counts', { given: { asks: true }, env: ENV });
    await app.program.reported('text');
    expect(await app.tell('push', { url: gateway.url, jobName: 'by-hand' })).toBe(true);
    expect(await gateway.value(CALLS, { job: 'by-hand', ...ADDED })).toBe(10);
    expect(await app.tell('push')).toBe(false);
    expect(app.program.stderr).toContain('pushMetrics has nowhere to push to');
    expect(await app.tell('push', { url: 'localhost:9091' })).toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining('url must be a URL that begins with http:// or https://, got "localhost:9091"') as string,
    });
  });

  it('takes the gateway from the environment, and the name of the service for the job', async () => {
    const program = await ChildProgram.run('counts', {
      given: { registers: true },
      env: { ...ENV, TOOLSPAN_PUSHGATEWAY_URL: gateway.url, OTEL_SERVICE_NAME: 'from-environment' },
    });
    expect(program.ending).toMatchObject({ code: 0, stderr: '' });
    expect(await gateway.value(CALLS, { job: 'from-environment', ...ADDED })).toBe(10);
  });

  it('replaces what its last run has pushed', async () => {
    await ChildProgram.run('counts', { given: { ...to('again'), calls: 20 }, env: ENV });
    await ChildProgram.run('counts', { given: { ...to('again'), calls: 5 }, env: ENV });
    expect(await gateway.value(CALLS, { job: 'again', ...ADDED })).toBe(5);
  });

  describeWith(['prometheus'], 'seen by Prometheus', () => {
    it('bears the name of the job, not of the gateway', async () => {
      await ChildProgram.run('counts', { given: to('scraped'), env: ENV });
      const prometheus = await Prometheus.start({ jobs: { pushgateway: { gateway: gateway.port } }, honorsLabels: true });
      try {
        await eventually('it is scraped', async () => (await prometheus.value(`sum(${CALLS}{job="scraped", tool="add"})`)) === 10);
      } finally {
        await prometheus.stop();
      }
    });
  });
});

describe('A Pushgateway', () => {
  let silent: SilentServer;

  beforeAll(async () => {
    silent = await startSilentServer();
  });

  afterAll(() => silent.close());

  async function end(url: string): Promise<{ program: ChildProgram; tookMs: number }> {
    const program = ChildProgram.start('counts', { given: { options: { pushgateway: { url, jobName: 'lost' } } }, env: ENV });
    const doneAt = await program.reportedAt('text');
    return { program, tookMs: (await program.ended).endedAt - doneAt };
  }

  it('that is down is one warning', async () => {
    const { program } = await end(`http://127.0.0.1:${await freePort()}`);
    expect(program.ending).toMatchObject({ code: 0, signal: null });
    expect(program.stderr).toMatch(/^\[toolspan\] the metrics could not be pushed to the Pushgateway: [^\n]*ECONNREFUSED[^\n]*\n$/);
  });

  it('that is down is counted, each time', async () => {
    const app = ToldProgram.start('counts', { given: { asks: true }, env: ENV });
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await app.tell('push', { url })).toBe(false);
    expect(await app.tell('push', { url })).toBe(false);
    expect(valueIn(await app.tell('work', 0), 'tool_telemetry_errors_total{kind="export"}')).toBe(2);
    expect(app.program.stderr.match(/could not be pushed/g)).toHaveLength(1);
  });

  it('that never answers holds the exit up no longer than 5 s', async () => {
    const { program, tookMs } = await end(silent.url);
    expect(program.ending).toMatchObject({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(EXIT_LIMIT_MS);
    expect(program.stderr).toMatch(/^\[toolspan\] the metrics could not be pushed to the Pushgateway: [^\n]*\n$/);
  });

  it('whose address in the environment is none is a warning, and not used', async () => {
    const program = await ChildProgram.run('counts', { env: { ...ENV, TOOLSPAN_PUSHGATEWAY_URL: 'gateway:9091' } });
    expect(program.ending).toMatchObject({ code: 0 });
    expect(program.stderr).toMatch(/^\[toolspan\] TOOLSPAN_PUSHGATEWAY_URL=gateway:9091 is not used: [^\n]*\n$/);
    expect(await program.reported('status')).toMatchObject({ metricsServerStarted: true });
  });
});

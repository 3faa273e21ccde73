import { stopPrograms } from '../support/child-program';
import { eventually } from '../support/eventually';
import { ToldProgram } from '../support/told-program';

const ADDED = 'tool_executions_total{tool="add",namespace="math",status="success"}';
const STATE = 'tool_circuit_breaker_state{tool="down"}';

afterEach(stopPrograms);

async function startThreads(threads: number, given: Record<string, unknown> = {}): Promise<{ app: ToldProgram; ids: number[] }> {
  const app = ToldProgram.start('threads', { given });
  await app.program.reported('port');
  const ids: number[] = [];
  for (let thread = 0; thread < threads; thread++) ids.push(await app.tell<number>('start'));
  return { app, ids };
}

describe('The main thread', () => {
  it('serves the sum of what all threads have counted', async () => {
    const { app, ids } = await startThreads(2);
    await app.tell('add', 3);
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('tell', ids[1], 'add', 20);
    expect(await app.value(ADDED)).toBe(33);
    expect(await app.value('tool_execution_duration_seconds_count{tool="add",namespace="math"}')).toBe(33);
    expect(await app.leave()).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it.each(['exit', 'leave'])('keeps what a thread had counted that ends by %s, to the last call', async (how) => {
    const { app, ids } = await startThreads(2);
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('tell', ids[1], 'add', 20);
    await app.tell('end', ids[0], how);
    await eventually('its last word is heard', async () => (await app.value(ADDED)) === 30);
    const replacement = await app.tell<number>('start');
    await app.tell('tell', replacement, 'add', 100);
    expect(await app.value(ADDED)).toBe(130);
  });

  it('keeps what was known of a thread that is terminated, and shows no circuit of it', async () => {
    const { app, ids } = await startThreads(2);
    await app.tell('tell', ids[0], 'fail', 2);
    await app.tell('tell', ids[1], 'add', 1);
    expect(await app.value(STATE)).toBe(1);
    await app.tell('end', ids[0], 'terminate');
    expect(await app.value(STATE)).toBe(0);
    expect(await app.value('tool_circuit_breaker_failures_total{tool="down"}')).toBe(2);
    expect(await app.value(ADDED)).toBe(1);
  });

  it('shows the worst circuit of all threads', async () => {
    const { app, ids } = await startThreads(2);
    await app.tell('tell', ids[0], 'fail', 2);
    await app.tell('tell', ids[0], 'probe');
    expect(await app.value(STATE)).toBe(2);
    await app.tell('tell', ids[1], 'fail', 2);
    expect(await app.value(STATE)).toBe(1);
  });

  it('finds threads that were there before it set up, and threads of threads', async () => {
    const { app, ids } = await startThreads(1, { startsFirst: true });
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('setUp');
    await eventually('the thread is known', async () => (await app.value(ADDED)) === 10);
    await app.tell('start', { nested: { adds: 5 } });
    await eventually('the thread of a thread is known', async () => (await app.value(ADDED)) === 15);
  });

  it('leaves out a thread that has a server of its own', async () => {
    const { app } = await startThreads(0);
    const apart = await app.tell<number>('start', { options: { metricsPort: 0 } });
    await app.tell('tell', apart, 'add', 10);
    await app.tell('add', 1);
    expect(await app.value(ADDED)).toBe(1);
  });

  it('uses what it knew of a thread that does not answer, and says so', async () => {
    const { app, ids } = await startThreads(1);
    await app.tell('tell', ids[0], 'add', 10);
    expect(await app.value(ADDED)).toBe(10);
    await app.tell('tell', ids[0], 'block', 2_500);
    expect(await app.value(ADDED)).toBe(10);
    expect(await app.value('tool_telemetry_errors_total{kind="scrape"}')).toBe(1);
    expect(app.program.stderr).toContain('worker thread 1 did not say within 1000 ms');
  });
});

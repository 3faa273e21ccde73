import { stopPrograms } from '../support/child-program';
import { eventually } from '../support/eventually';
import { ToldProgram, valueIn } from '../support/told-program';

const ADDED = 'tool_executions_total{tool="add",namespace="math",status="success"}';
const STATE = 'tool_circuit_breaker_state{tool="down"}';
const HANGING = 'tool_calls_in_flight{tool="wait",namespace="default"}';

afterEach(stopPrograms);

async function startCluster(workers: number, given: Record<string, unknown> = {}): Promise<{ app: ToldProgram; ids: number[] }> {
  const app = ToldProgram.start('cluster', { given });
  await app.program.reported('port');
  const ids: number[] = [];
  for (let worker = 0; worker < workers; worker++) ids.push(await app.tell<number>('fork'));
  return { app, ids };
}

async function scrape(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

describe('The primary of a cluster', () => {
  it('serves the sum of what all workers and itself have counted, in every metric', async () => {
    const { app, ids } = await startCluster(3);
    await app.tell('add', 3);
    for (const [index, id] of ids.entries()) await app.tell('tell', id, 'add', 10 * (index + 1));

    const text = await scrape(await app.program.reported<number>('port'));
    expect(valueIn(text, ADDED)).toBe(63);
    expect(valueIn(text, 'tool_execution_duration_seconds_count{tool="add",namespace="math"}')).toBe(63);
    expect(valueIn(text, 'tool_execution_duration_seconds_bucket{tool="add",namespace="math",le="+Inf"}')).toBe(63);
    expect(valueIn(text, 'tool_cache_operations_total{tool="add",operation="set",result="set"}')).toBe(63);
    expect(valueIn(text, 'tool_circuit_breaker_failures_total{tool="down"}')).toBe(0);
    expect(await app.leave()).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it.each(['exit', 'disconnect', 'SIGTERM'])('keeps what a worker had counted that ends by %s, to the last call', async (how) => {
    const { app, ids } = await startCluster(2);
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('tell', ids[1], 'add', 20);
    expect(await app.value(ADDED)).toBe(30);
    await app.tell('tell', ids[0], 'add', 5);
    await app.tell('end', ids[0], how);
    expect(await app.value(ADDED)).toBe(35);

    const replacement = await app.tell<number>('fork');
    await app.tell('tell', replacement, 'add', 100);
    expect(await app.value(ADDED)).toBe(135);
    expect(await app.leave()).toMatchObject({ code: 0, stderr: '' });
  });

  it('keeps what was known of a worker that is killed, and of many, long after', async () => {
    const { app, ids } = await startCluster(1);
    await app.tell('tell', ids[0], 'add', 10);
    expect(await app.value(ADDED)).toBe(10);
    await app.tell('end', ids[0], 'SIGKILL');
    expect(await app.value(ADDED)).toBe(10);
    for (let generation = 1; generation <= 3; generation++) {
      const id = await app.tell<number>('fork');
      await app.tell('tell', id, 'add', 1);
      expect(await app.value(ADDED)).toBe(10 + generation);
      await app.tell('end', id, 'SIGKILL');
    }
    // By then those who ended are added into one.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await app.value(ADDED)).toBe(13);
    expect(await app.value(ADDED)).toBe(13);
  });

  it('shows the worse of two circuits, and none of a worker that ended', async () => {
    const { app, ids } = await startCluster(2);
    const [first, second] = ids;
    expect(await app.value(STATE)).toBe(0);
    await app.tell('tell', first, 'fail', 2);
    await app.tell('tell', first, 'probe'); // one success of the two that close it
    expect(await app.value(STATE)).toBe(2);
    await app.tell('tell', second, 'fail', 2);
    expect(await app.value(STATE)).toBe(1);
    await app.tell('end', second, 'SIGKILL');
    expect(await app.value(STATE)).toBe(2);
    await app.tell('tell', first, 'probe');
    expect(await app.value(STATE)).toBe(0);
    expect(await app.value('tool_circuit_breaker_failures_total{tool="down"}')).toBe(4);
  });

  it('adds up the calls under way, without those of a worker that ended', async () => {
    const { app, ids } = await startCluster(2);
    await app.tell('tell', ids[0], 'hang');
    await app.tell('tell', ids[1], 'hang');
    expect(await app.value(HANGING)).toBe(2);
    await app.tell('end', ids[0], 'exit');
    expect(await app.value(HANGING)).toBe(1);
  });

  it('uses what it knew of a worker that does not answer, says so once, and waits for it only once', async () => {
    const { app, ids } = await startCluster(2);
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('tell', ids[1], 'add', 20);
    expect(await app.value(ADDED)).toBe(30);
    await app.tell('tell', ids[0], 'block', 4_000);
    await app.tell('tell', ids[1], 'add', 5);
    const began = performance.now();
    expect(await app.value(ADDED)).toBe(35);
    expect(performance.now() - began).toBeGreaterThan(900);
    const text = await app.tell<string>('text');
    expect(valueIn(text, ADDED)).toBe(35);
    expect(valueIn(text, 'tool_telemetry_errors_total{kind="scrape"}')).toBe(1);
    expect(app.program.stderr).toMatch(/^\[toolspan\] cluster worker 1 did not say within 1000 ms what was counted there[^\n]*\n$/);

    await app.tell('tell', ids[0], 'add', 1);
    await eventually('it answers again', async () => (await app.value(ADDED)) === 36);
  });

  it('leaves out a worker that has a server of its own, and one that does not use the library', async () => {
    const { app } = await startCluster(0);
    const apart = await app.tell<number>('fork', { metricsPort: 0 });
    const stranger = await app.tell<number>('fork', {}, { toolspan: false });
    const plain = await app.tell<number>('fork');
    for (const id of [apart, stranger]) await app.tell('tell', id, 'add', 100);
    await app.tell('tell', plain, 'add', 1);
    const began = performance.now();
    expect(await app.value(ADDED)).toBe(1);
    expect(performance.now() - began).toBeLessThan(900);
  });

  it('leaves out counts by other buckets, and names both', async () => {
    const { app, ids } = await startCluster(1, { options: { buckets: [1, 2] } });
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('add', 1);
    expect(await app.value(ADDED)).toBe(1);
    expect(app.program.stderr).toContain(
      'the counts of cluster worker 1 are left out: it counts in buckets [0.005,0.01,0.025,0.05,0.075,0.1,0.25,0.5,0.75,1,2.5,5,7.5,10], this process in [1,2]',
    );
  });

  it('finds workers that were there before it set up, and again after a shutdown, without counting anything twice', async () => {
    const { app, ids } = await startCluster(1, { forksFirst: true });
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('setUp');
    await eventually('the worker is known', async () => (await app.value(ADDED)) === 10);
    await app.tell('shutdown');
    await app.tell('tell', ids[0], 'add', 1);
    await app.tell('setUp');
    await eventually('the worker is known again', async () => (await app.value(ADDED)) === 11);
  });

  it('has the threads of its workers in the sum', async () => {
    const { app } = await startCluster(0);
    const id = await app.tell<number>('fork', {}, { thread: 7 });
    await app.tell('tell', id, 'add', 2);
    expect(await app.value(ADDED)).toBe(9);
  });

  it('gives the sum to a registry of the application, and as JSON', async () => {
    const { app, ids } = await startCluster(2, { joins: true });
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('tell', ids[1], 'add', 20);
    expect(valueIn(await app.tell('joined'), ADDED)).toBe(30);
    const metrics = await app.tell<{ name: string; values: { value: number; labels: object }[] }[]>('json');
    const executions = metrics.find(({ name }) => name === 'tool_executions_total')!.values;
    expect(executions).toContainEqual({ labels: { tool: 'add', namespace: 'math', status: 'success' }, value: 30 });
  });

  it('is heard by nobody else: the messages of the application are its own', async () => {
    const { app, ids } = await startCluster(2);
    await app.tell('tell', ids[0], 'add', 1);
    await app.value(ADDED);
    await app.value(ADDED);
    expect(await app.tell('heard')).toEqual(['ready', 'ready', 'done']);
  });

  it('answers scrapes at the same time each with a whole sum', async () => {
    const { app, ids } = await startCluster(2);
    await app.tell('tell', ids[0], 'add', 10);
    await app.tell('tell', ids[1], 'add', 20);
    const port = await app.program.reported<number>('port');
    const texts = await Promise.all(Array.from({ length: 20 }, () => scrape(port)));
    expect(texts.map((text) => valueIn(text, ADDED))).toEqual(Array.from({ length: 20 }, () => 30));
  });
});

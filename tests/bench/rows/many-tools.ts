import { fork, type ChildProcess } from 'node:child_process';
import { getMetrics, initTracer, setupObservability, Tool } from 'toolspan';
import { registerApplicationTracing } from '../application-tracing.js';
import { keepCompany, MOST_COMPANY } from '../company.js';
import { CALLS_PER_BATCH, COMPANY_CALLS, orderOf, playRounds, type Measured, type TimeBatch } from '../contest.js';
import { expectCounted, expectEqual } from '../expectations.js';

const TOOLS = { ours: 10_000, rival: 10 } as const;
const CALLED = 10;
const WARMUP_BATCHES = 500;

/**
 * What a call costs where ten thousand tools are decorated, against a process with ten of them; both call ten, traced and counted. How many
 * are decorated belongs to a process, so it takes two, which have their turns.
 */
export async function manyTools(): Promise<Measured> {
  const children = { ours: fork(__filename, [String(TOOLS.ours)]), rival: fork(__filename, [String(TOOLS.rival)]) };
  const timeBatch: TimeBatch = (side) => ask(children[side], 'batch');
  for (let batch = 0; batch < WARMUP_BATCHES; batch++) for (const side of orderOf(batch)) await timeBatch(side);

  const rounds = await playRounds(timeBatch);
  const calls = { ours: await ask(children.ours, 'verify'), rival: await ask(children.rival, 'verify') };
  for (const child of Object.values(children)) child.disconnect();
  return { rounds, calls };
}

function ask(child: ChildProcess, what: 'batch' | 'verify'): Promise<number> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('a process with tools ended early; why stands above'));
    child.once('exit', gone);
    child.once('message', (figure: number) => {
      child.off('exit', gone);
      resolve(figure);
    });
    child.send(what);
  });
}

/** The other end: nanoseconds per call for a batch; the number of calls, once all of them were found. */
async function serve(tools: number): Promise<void> {
  const { exporter, flush } = registerApplicationTracing();
  initTracer();
  // Instruments are on when it returns.
  void setupObservability({ enableTracing: false, enableMetricsServer: false, maxTools: TOOLS.ours + MOST_COMPANY });
  const adders = Array.from({ length: tools }, (_, index) => adder(index));
  const called = Array.from({ length: CALLED }, (_, index) => (index * tools) / CALLED);
  await keepCompany(COMPANY_CALLS);
  let batches = 0;

  const answers = {
    async batch() {
      const startedAt = process.hrtime.bigint();
      for (let call = 0; call < CALLS_PER_BATCH; call++) await adders[called[call % CALLED]!]!.add(call, 1);
      const time = Number(process.hrtime.bigint() - startedAt);
      batches += 1;
      await flush();
      return time / CALLS_PER_BATCH;
    },
    async verify() {
      const { body } = await getMetrics()!.text();
      const calls = (batches * CALLS_PER_BATCH) / CALLED;
      for (const index of called) {
        expectCounted(body, `add ${index}`, calls);
        expectEqual('spans', exporter.count('toolspan', `add ${index}`, 'tool.execute'), calls);
      }
      return batches * CALLS_PER_BATCH;
    },
  };
  process.on('message', (what: keyof typeof answers) => void answers[what]().then((figure) => process.send!(figure)));
}

function adder(index: number): { add(a: number, b: number): Promise<number> } {
  class Numbered {
    @Tool({ name: `add ${index}`, namespace: 'bench' })
    async add(a: number, b: number): Promise<number> {
      return a + b;
    }
  }
  return new Numbered();
}

if (require.main === module) void serve(Number(process.argv[2]));

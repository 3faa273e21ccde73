import { currentCall, getMetrics, initMetrics, resetTools, shutdownObservability, Tool, tool } from 'toolspan';
import { outcome } from '../support/observed.js';

// Tools without policies where only metrics are on: they are counted without a call being made.

beforeEach(() => void initMetrics());
afterEach(async () => {
  await shutdownObservability();
  resetTools();
});

/** Successes, errors and calls in flight, as a scrape has them. */
async function counts(name: string): Promise<readonly [success: number, error: number, inFlight: number, durations: number]> {
  const { body } = await getMetrics()!.text();
  const sample = (series: string): number => Number(new RegExp(`^${series} (\\d+)$`, 'm').exec(body)![1]);
  const whose = `tool="${name}",namespace="default"`;
  return [
    sample(`tool_executions_total\\{${whose},status="success"\\}`),
    sample(`tool_executions_total\\{${whose},status="error"\\}`),
    sample(`tool_calls_in_flight\\{${whose}\\}`),
    sample(`tool_execution_duration_seconds_count\\{${whose}\\}`),
  ];
}

/** Nobody is expected to ask for the current call any more. */
async function letLearningEnd(): Promise<void> {
  const other = tool({ name: 'other' }, async () => 1);
  for (let call = 0; call < 1_100; call++) await other();
}

test('a method that answers later is in flight until then, and keeps its answer and its receiver', async () => {
  class Counter {
    start = 40;
    @Tool('later') async later(n: number, until: Promise<void>): Promise<number> {
      await until;
      return this.start + n;
    }
  }
  await letLearningEnd();
  const counter = new Counter();
  await counter.later(1, Promise.resolve());
  await letLearningEnd();
  let end!: () => void;
  const answer = counter.later(2, new Promise((resolve) => (end = resolve)));
  expect(await counts('later')).toEqual([1, 0, 1, 1]);
  end();
  expect(await answer).toBe(42);
  expect(await counts('later')).toEqual([2, 0, 0, 2]);
});

test('an error is counted once and stays the same, thrown or rejected', async () => {
  const error = new Error('down');
  const rejects = tool({ name: 'rejects' }, async () => Promise.reject(error));
  const throws = tool({ name: 'throws' }, (): number => {
    throw error;
  });
  await outcome(rejects());
  expect(throws).toThrow(error);
  await letLearningEnd();
  expect(await outcome(rejects())).toBe(error);
  expect(throws).toThrow(error);
  expect(await counts('rejects')).toEqual([0, 2, 0, 2]);
  expect(await counts('throws')).toEqual([0, 2, 0, 2]);
});

test('a synchronous method stays so', async () => {
  const half = tool({ name: 'half' }, (n: number) => n / 2);
  half(1);
  await letLearningEnd();
  expect(half(8)).toBe(4);
  expect(await counts('half')).toEqual([2, 0, 0, 2]);
});

test.each(['at once', 'later'])('a stream that is given %s is in flight until its end', async (when) => {
  async function* chunks(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  const name = `stream ${when}`;
  const give = tool({ name }, (): AsyncIterable<number> | Promise<AsyncIterable<number>> => {
    const stream = { [Symbol.asyncIterator]: () => chunks() };
    return when === 'later' ? Promise.resolve(stream) : stream;
  });
  for await (const chunk of await give()) expect(chunk).toBeGreaterThan(0);
  await letLearningEnd();
  const stream = await give();
  expect(await counts(name)).toEqual([1, 0, 1, 1]);
  const read: number[] = [];
  for await (const chunk of stream) read.push(chunk);
  expect(read).toEqual([1, 2]);
  expect(await counts(name)).toEqual([2, 0, 0, 2]);
});

test('what hangs on the promise comes along', async () => {
  const cancel = (): string => 'cancelled';
  const work = tool({ name: 'cancellable' }, () => Object.assign(Promise.resolve(1), { cancel }));
  await work();
  await letLearningEnd();
  const answer = work();
  expect(answer.cancel()).toBe('cancelled');
  expect(await answer).toBe(1);
});

test('who asks for the current call while it runs is told', async () => {
  let told: unknown;
  const signal = new AbortController().signal;
  const ask = tool({ name: 'asks' }, async (_signal: AbortSignal) => {
    const call = currentCall();
    told = [call?.tool, call?.namespace, call?.attempt, call?.signal];
  });
  await letLearningEnd();
  await ask(signal);
  expect(told).toEqual(['asks', 'default', 0, signal]);
  expect(currentCall()).toBeUndefined();
});

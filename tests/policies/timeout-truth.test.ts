import { tool, type FunctionToolOptions, type ToolTimeoutError } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { pause } from '../streams/streaming.js';
import { outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

// A wait that may take longer than the call is warned of.
warningsOf();

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

let made = 0;
const down = new Error('down');

/** A tool whose call may take a second in all; each of its runs takes as long as its argument says, and fails. */
function limited(others: Partial<FunctionToolOptions>) {
  const options = { name: 'act', namespace: `time ${(made += 1)}`, timeout: { total: '1s' }, ...others };
  return tool(options as FunctionToolOptions & { cached?: undefined }, async (...takes: number[]) => {
    await pause(clock, takes.shift() ?? 0);
    throw down;
  });
}

/** What the last of these calls ended with, after one second. */
async function late(...calls: Promise<unknown>[]): Promise<{ said: string; error: ToolTimeoutError; data: unknown }> {
  const all = Promise.all(calls.map(outcome));
  await clock.advance('1h');
  const error = (await all).pop() as ToolTimeoutError;
  const began = 'Tool "act" gave no answer within 1 s, the longest that a call may take with all its attempts and waits';
  expect(error.message.slice(0, began.length)).toBe(began);
  return { said: error.message.slice(began.length), error, data: JSON.parse(JSON.stringify(error)) };
}

const TWICE = 'Trying again now can help, but it may then be done twice.';
const WAITS = 'Trying again now hardly helps: it would wait again.';

describe('the time limit of a call says what the call was doing', () => {
  it('when it was running', async () => {
    const { said, error, data } = await late(limited({})(5_000));
    expect(said).toBe(`. It may still take effect. ${TWICE}`);
    expect(data).toEqual({
      name: 'ToolTimeoutError',
      code: 'TIMEOUT',
      tool: 'act',
      namespace: `time ${made}`,
      message: error.message,
      timeoutMs: 1_000,
      scope: 'call',
      during: 'running',
      mayTakeEffect: true,
      attempts: 0,
      cause: null,
      retryNowHelps: true,
      retryable: true,
    });
    expect(error).toMatchObject({ attempts: 0, during: 'running', mayTakeEffect: true });
    expect('cause' in error).toBe(false);
  });

  it('when it was running again', async () => {
    const { said, error, data } = await late(limited({ retry: { maxRetries: 9, baseDelay: 0 } })(400));
    expect(said).toBe(`: it failed 2 times and was running again. It may still take effect. ${TWICE}`);
    expect(error.cause).toBe(down);
    expect(data).toMatchObject({ attempts: 2, cause: { name: 'Error', message: 'down' }, during: 'running', mayTakeEffect: true });
  });

  it('when it was waiting to be tried again', async () => {
    const { said, error, data } = await late(limited({ retry: { maxRetries: 3, baseDelay: '10s', jitter: false } })(0));
    expect(said).toBe(': it failed once and was waiting to be tried again. Trying again now can help.');
    expect(error.cause).toBe(down);
    expect(data).toMatchObject({ attempts: 1, during: 'backoff', mayTakeEffect: false, retryNowHelps: true });
  });

  it('when it was waiting to be tried again, after a result that was none', async () => {
    const options = { name: 'act', timeout: { total: '1s' }, retry: { baseDelay: '10s', jitter: false, retryResult: () => true } } as const;
    const { said, data } = await late(tool(options, async () => 1)());
    expect(said).toBe(': it ran once without success and was waiting to be tried again. Trying again now can help.');
    expect(data).toMatchObject({ attempts: 1, cause: null });
  });

  it('when it was waiting for the rate limit', async () => {
    const act = limited({ rateLimited: { limit: 1, per: '1m', maxWait: '2m' } });
    const { said, data } = await late(act(0), act(0));
    expect(said).toBe(`: it was waiting for a rate limit to let it pass, and was not run. ${WAITS}`);
    expect(data).toMatchObject({ attempts: 0, cause: null, during: 'rate_limit', mayTakeEffect: false, retryNowHelps: false });
  });

  it('when it was waiting for a quota between two attempts', async () => {
    const rateLimited = { limit: 1, per: '1m', scope: 'attempt', maxWait: '2m' } as const;
    const { said, data } = await late(limited({ rateLimited, retry: { maxRetries: 3, baseDelay: 0 } })(10));
    expect(said).toBe(`: it failed once and was waiting for a rate limit to let it pass. ${WAITS}`);
    expect(data).toMatchObject({ attempts: 1, cause: { message: 'down' }, during: 'rate_limit', mayTakeEffect: false });
  });

  it('when it was waiting for a place in the bulkhead', async () => {
    const act = limited({ bulkhead: { maxConcurrent: 1, maxQueue: 2 } });
    const first = act(5_000);
    const { said, data } = await late(first, act(5_000));
    expect(said).toBe(`: it was waiting for a place in a bulkhead, and was not run. ${WAITS}`);
    expect(data).toMatchObject({ attempts: 0, during: 'bulkhead', mayTakeEffect: false, retryNowHelps: false });
  });

  it('when it was running after a wait', async () => {
    const act = limited({ bulkhead: { maxConcurrent: 1, maxQueue: 2 } });
    const first = act(500);
    const { said } = await late(first, act(5_000));
    expect(said).toBe(`. It may still take effect. ${TWICE}`);
  });

  it('when it was waiting for another call with the same arguments', async () => {
    const options = { name: 'act', timeout: { total: '1s' }, cached: '5m' } as const;
    const act = tool(options, async (_id: number) => pause(clock, 5_000));
    const { said, data } = await late(act(1), act(1));
    expect(said).toMatch(/^: it was waiting for the answer of another call with the same arguments\. That one may still take effect\. /);
    expect(data).toMatchObject({ during: 'other_call', mayTakeEffect: true, retryNowHelps: true });
  });

  it('and that an attempt that was given up before may take effect all the same', async () => {
    const { said, data } = await late(
      limited({ timeout: { attempt: '300ms', total: '1s' }, retry: { maxRetries: 3, baseDelay: '10s', jitter: false } })(5_000),
    );
    expect(said).toBe(
      `: it failed once and was waiting to be tried again. An attempt that was given up may take effect all the same. ${TWICE}`,
    );
    expect(data).toMatchObject({ during: 'backoff', mayTakeEffect: true, cause: { name: 'ToolTimeoutError' } });
  });

  it('while of two that run side by side one waits and one runs', async () => {
    const hedged = { hedge: { after: '100ms' }, bulkhead: { maxConcurrent: 1, maxQueue: 2 } } as const;
    const { said, data } = await late(limited(hedged)(5_000));
    expect(said).toBe(`. It may still take effect. ${TWICE}`);
    expect(data).toMatchObject({ during: 'running' });
  });
});

test('the time limit of an attempt tells how many ran before, and blames none of them', async () => {
  const timed: ToolTimeoutError[] = [];
  const retryIf = (error: unknown): boolean => timed.push(error as ToolTimeoutError) > 0;
  const ended = outcome(limited({ timeout: '500ms', retry: { maxRetries: 1, baseDelay: 0, retryIf } })(5_000));
  await clock.advance('1m');
  timed.push((await ended) as ToolTimeoutError);
  expect(timed.map(({ attempts, scope }) => [attempts, scope])).toEqual([
    [0, 'attempt'],
    [1, 'attempt'],
  ]);
  expect(timed[1]!.toJSON()).toMatchObject({ attempts: 1, cause: null, during: 'running', mayTakeEffect: true });
  expect(timed[1]!.message).toBe(
    `Tool "act" gave no answer within 500 ms, the longest that an attempt may take. It may still take effect. ${TWICE}`,
  );
});

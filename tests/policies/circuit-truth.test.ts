import { circuit } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { settled } from '../streams/streaming.js';
import { outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';
import { acting, down, lasting, refused } from './refused-tool.js';

warningsOf();
let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

describe('a circuit that tools share', () => {
  it('says that it is shared, in place of blaming a tool that never ran', async () => {
    const circuitBreaker = { name: 'gh', failureThreshold: 1, resetTimeout: '1m' } as const;
    const [one, neverRan] = [acting({ circuitBreaker }), acting({ circuitBreaker })];
    await outcome(one(down));
    const { message, data } = await refused(neverRan(1));
    expect(message).toBe(
      'Tool "act" was not run: the circuit breaker "gh", which it shares with all tools that name it, is open because the last attempt through it failed. Try again in 60 s; before that it is refused again.',
    );
    expect(data).toMatchObject({ sharedAs: 'gh', state: 'OPEN', reason: 'failures', failureCount: 1, window: null, cause: null });
  });

  it('says so whatever opened it, and while it is tried out', async () => {
    const named = (name: string, more: object) => acting({ circuitBreaker: { name, resetTimeout: '1m', ...more } });
    const words = async (act: ReturnType<typeof acting>): Promise<string> => (await refused(act(1))).message.split(' name it, ')[1]!;
    const many = named('many', { failureThreshold: 3 });
    for (let n = 0; n < 3; n++) await outcome(many(down));
    expect(await words(many)).toMatch(/^is open because the last 3 attempts through it failed\. Try again in 60 s;/);
    const rated = named('rated', { failureRate: 0.5, minimumCalls: 4 });
    for (const turn of [1, down, 1, down]) await outcome(rated(turn));
    expect(await words(rated)).toMatch(/^is open because 2 of the last 4 attempts through it failed\. /);
    const slow = named('slow', { slowCall: 1, minimumCalls: 1, failureThreshold: 9 });
    circuit('many').close();
    circuit('many').open();
    expect(await words(many)).toBe('was opened by hand. Trying again now does not help; try again later.');
    expect(await slow(1)).toBe(1);
  });

  it('says what the state is as data, for a circuit of its own as well', async () => {
    const { call, ends } = lasting({ circuitBreaker: { slowCall: '1s', window: 2, resetTimeout: '1m' } });
    const runs = [call(), call()];
    await clock.advance('1s');
    for (const end of ends) end();
    await Promise.all(runs);
    expect(await refused(call())).toMatchObject({
      data: { state: 'OPEN', reason: 'slow_calls', sharedAs: null, window: { total: 2, failed: 0, slow: 2 }, retryable: true },
    });
    await clock.advance('1m');
    void call();
    await settled();
    expect(await refused(call())).toMatchObject({
      message:
        'Tool "last" was not run: it did not work well before, and a trial call is finding out whether it does again. Trying again now does not help; try again later.',
      data: { state: 'HALF_OPEN', reason: 'probing', retryAfterMs: null, retryNowHelps: false, retryable: true },
    });
  });

  it('says that a trial call was too slow', async () => {
    const { call, ends } = lasting({ circuitBreaker: { name: 'lame', slowCall: '1s', window: 1, resetTimeout: '1m' } });
    for (let n = 0; n < 2; n++) {
      const run = call();
      await clock.advance('1s');
      ends.pop()!();
      await run;
      if (n === 0) await clock.advance('1m');
    }
    expect(await refused(call())).toMatchObject({
      message: expect.stringContaining(
        '"lame", which it shares with all tools that name it, is open because a trial call through it was too slow.',
      ),
      data: { reason: 'probe', failureCount: 0 },
    });
  });

  it('says so while a trial call is under way', async () => {
    const { call } = lasting({ circuitBreaker: { name: 'tried', failureThreshold: 1, resetTimeout: '1m' } });
    const failing = acting({ circuitBreaker: { name: 'tried', failureThreshold: 1, resetTimeout: '1m' } });
    await outcome(failing(down));
    await clock.advance('1m');
    void call();
    await settled();
    expect((await refused(call())).message).toContain(
      'the circuit breaker "tried", which it shares with all tools that name it, is half-open, and a trial call is finding out whether it may close. Trying',
    );
  });
});

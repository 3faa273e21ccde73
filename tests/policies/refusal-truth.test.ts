import { configureTools } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
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
afterEach(() => {
  configureTools({ rateLimit: false });
  seen.dispose();
});

const costly = (price: number | Error): number => (typeof price === 'number' ? price : 1);

describe('a rate limit under which calls may wait', () => {
  it('says from when on a call is let in to wait, and that is so to the millisecond', async () => {
    const act = acting({ rateLimited: { limit: 1, per: '3s', maxWait: '2s' } });
    await act(1);
    const { message, data } = await refused(act(2));
    expect(message).toBe(
      'Tool "act" was not run: its rate limit is used up. Try again in 3 s, when it may pass at once, or in 1 s, when it may be let in to wait; before that it is refused again.',
    );
    expect(data).toMatchObject({ retryAfterMs: 3_000, mayWaitAfterMs: 1_000, retryNowHelps: false, retryable: true });
    await clock.advance(999);
    expect(await refused(act(3))).toMatchObject({ data: { retryAfterMs: 2_001, mayWaitAfterMs: 1 } });
    await clock.advance(1);
    const waiting = act(4);
    await clock.advance('2s');
    expect([await waiting, clock.now()]).toEqual([4, 3_000]);
  });

  it('says the same of the limit that all tools share', async () => {
    configureTools({ rateLimit: { limit: 1, per: '3s' } });
    const act = acting({ rateLimited: { limit: 9, per: '1s', maxWait: '1s' } });
    await act(1);
    const { message, data } = await refused(act(2));
    expect(message).toContain(
      'the rate limit that all tools share is used up. Try again in 3 s, when it may pass at once, or in 2 s, when',
    );
    expect(data).toMatchObject({ reason: 'global_limit', mayWaitAfterMs: 2_000, sharedAs: null });
  });

  it('blames the one that is used up now, where the two have room, but never at the same moment', async () => {
    configureTools({ rateLimit: { limit: 1, per: '4s' } });
    const slow = acting({ rateLimited: { limit: 1, per: '5s', maxWait: '9s' } });
    const act = acting({ rateLimited: { limit: 1, per: '7s', maxWait: '3s' } });
    await slow(1);
    void outcome(slow(2)); // promised for 5 s, by both
    await clock.advance('4s');
    expect(await refused(act(3))).toMatchObject({ data: { reason: 'global_limit', retryAfterMs: 5_000, mayWaitAfterMs: 2_000 } });
  });

  it('says that a new call may wait, where only the time of this one was up', async () => {
    const rateLimited = { limit: 1, per: '1s', scope: 'attempt' } as const;
    const act = acting({ rateLimited, retry: { maxRetries: 5, baseDelay: 400, jitter: false, maxElapsed: '900ms' } });
    const ended = refused(act(down));
    await clock.advance('1s');
    const { message, data } = await ended;
    expect(message).toBe(
      'Tool "act" failed once in this call and was not run again: its rate limit is used up. Try again in 600 ms, when it may pass at once, or now: a new call may wait until then.',
    );
    expect(data).toMatchObject({ retryAfterMs: 600, mayWaitAfterMs: 0, retryNowHelps: true, cause: { name: 'Error', message: 'down' } });
  });
});

describe('a call that costs more than is left', () => {
  it('says so, and that cheaper ones may pass', async () => {
    const act = acting({ rateLimited: { limit: 10, per: '10s', cost: costly } });
    await act(5);
    const { message, data } = await refused(act(6));
    expect(message).toBe(
      'Tool "act" was not run: it costs 6, more than the 5 that are left now of its rate limit. Try again in 1 s; before that a call that costs as much is refused again.',
    );
    expect(data).toMatchObject({ reason: 'tool_limit', cost: 6, remaining: 5, retryAfterMs: 1_000, retryable: true, retryNowHelps: false });
    expect(await act(4)).toBe(4);
    expect(await refused(act(1.5))).toMatchObject({
      message: expect.stringContaining('it costs 1.5, more than the 1 that is left now of'),
    });
    await act(1);
    expect(await refused(act(2))).toMatchObject({
      message:
        'Tool "act" was not run: its rate limit is used up. Try again in 2 s; before that a call that costs as much is refused again.',
      data: { cost: 2, remaining: 0 },
    });
    expect(await refused(act(0.5))).toMatchObject({
      message: expect.stringContaining('it costs 0.5, more than is left now of its rate limit. Try'),
    });
  });

  it('says that trying again never helps, where that is so', async () => {
    const act = acting({ rateLimited: { limit: 10, per: '10s', burst: 5, cost: costly, maxWait: '1s' } });
    const { message, data } = await refused(act(6));
    expect(message).toBe(
      'Tool "act" was not run: it costs 6, more than its rate limit ever lets pass at once. Trying again never helps; ask for less.',
    );
    expect(data).toMatchObject({ cost: 6, remaining: 5, retryAfterMs: null, mayWaitAfterMs: null, retryable: false, retryNowHelps: false });
  });

  it('says whose limit it is: of a name, of a key, of both', async () => {
    const rate = { limit: 1, per: '1s' } as const;
    const one = acting({ rateLimited: { ...rate, name: 'api' } });
    const [keyed, both] = [{}, { name: 'api by key' }].map((named) => acting({ rateLimited: { ...rate, ...named, key: () => 'ann' } }));
    for (const act of [one, keyed!, both!]) await act(1);
    const all = await Promise.all([one, keyed!, both!].map(async (act) => refused(act(2))));
    expect(all.map(({ message }) => message.slice('Tool "act" was not run: '.length).split('. ')[0])).toEqual([
      'the rate limit "api", which it shares with all tools that name it, is used up',
      'its rate limit for this key is used up',
      'the rate limit "api by key" for this key, which it shares with all tools that name it, is used up',
    ]);
    expect(all.map(({ data }) => data)).toMatchObject([
      { sharedAs: 'api', keyed: false },
      { sharedAs: null, keyed: true },
      { sharedAs: 'api by key', keyed: true },
    ]);
  });
});

describe('a bulkhead', () => {
  it('names its queue where that is full as well', async () => {
    const { call } = lasting({ bulkhead: { maxConcurrent: 2, maxQueue: 3 } });
    for (let n = 0; n < 5; n++) void call();
    const { message, data } = await refused(call());
    expect(message).toBe(
      'Tool "last" was not run: all 2 calls that may run at a time are running, and all 3 places in the queue are taken. Trying again at once hardly helps; try again when one of these calls has ended.',
    );
    expect(data).toMatchObject({ maxConcurrent: 2, maxQueue: 3, waitedMs: 0, sharedAs: null, retryNowHelps: false, retryable: true });
  });

  it('speaks of one as of one', async () => {
    const { call } = lasting({ bulkhead: { maxConcurrent: 1, maxQueue: 1 } });
    for (let n = 0; n < 2; n++) void call();
    expect((await refused(call())).message).toBe(
      'Tool "last" was not run: the one call that may run at a time is running, and the one place in the queue is taken. Trying again at once hardly helps; try again when that call has ended.',
    );
  });

  it('says after a wait that there was no place for it, though one had ended', async () => {
    const { call, ends } = lasting({ bulkhead: { maxConcurrent: 1, maxQueue: 5, maxWait: '3s' } });
    for (let n = 0; n < 2; n++) void call();
    await clock.advance('1s');
    const late = refused(call());
    ends[0]!(); // the place goes to the second
    await clock.advance('3s');
    const { message, data } = await late;
    expect(message).toBe(
      'Tool "last" was not run: it did not get a place within 3 s: the one call that may run at a time is running. Trying again at once means to wait anew, at the end of the queue; try again when that call has ended.',
    );
    expect(data).toMatchObject({ waitedMs: 3_000, retryNowHelps: false });
  });

  it('says as what it is shared', async () => {
    const shared = { bulkhead: { maxConcurrent: 2, name: 'gpu' } };
    const [one, other] = [lasting(shared), lasting(shared)];
    for (let n = 0; n < 2; n++) void one.call();
    const { message, data } = await refused(other.call());
    expect(message).toContain(
      'was not run: all 2 calls that may run at a time through the bulkhead "gpu", which it shares with all tools that name it, are running. ',
    );
    expect(data).toMatchObject({ sharedAs: 'gpu' });
  });

  it('counts the places that there are, where tools that share them do not agree', async () => {
    const one = lasting({ bulkhead: { maxConcurrent: 1, name: 'uneven' } });
    const other = lasting({ bulkhead: { maxConcurrent: 7, name: 'uneven' } });
    void one.call();
    expect(await refused(other.call())).toMatchObject({
      message: expect.stringContaining('the one call that may run at a time through the bulkhead "uneven"'),
      data: { maxConcurrent: 1 },
    });
  });
});

test('attempts whose results were no results yet are not said to have failed', async () => {
  const act = acting({
    retry: { maxRetries: 3, baseDelay: 0, retryResult: () => true },
    rateLimited: { limit: 2, per: '1m', scope: 'attempt' },
  });
  const ended = refused(act(1));
  await clock.advance('1s');
  const { message, data } = await ended;
  expect(message).toMatch(/^Tool "act" ran 2 times without success in this call and was not run again: its rate limit is used up\. /);
  expect(data).toMatchObject({ attempts: 2, cause: null });
});

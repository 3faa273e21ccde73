import { getEventListeners } from 'node:events';
import { Bulkhead, BulkheadFullError, ConfigurationError, Tool, tool, type BulkheadOptions, type FunctionToolOptions } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { callsIn, settled } from '../streams/streaming.js';
import { outcome } from '../support/observed.js';

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

let made = 0;

/** A tool whose runs last until the test ends them. */
function crowded(bulkhead: number | BulkheadOptions, others: Partial<FunctionToolOptions> = {}) {
  const runs: { readonly name: unknown; readonly end: (value?: unknown) => void; readonly fail: (error: unknown) => void }[] = [];
  const options = { name: 'crowded', namespace: `bulkhead ${(made += 1)}`, bulkhead, ...others } as FunctionToolOptions & {
    cached?: undefined;
  };
  const call = tool(options, async (name: unknown, _signal?: AbortSignal) => {
    return new Promise((resolve, reject) => void runs.push({ name, end: resolve, fail: reject }));
  });
  return { call, runs, names: () => runs.map(({ name }) => name) };
}

const checks = (allowed: boolean): number | undefined => seen.metric('tool_bulkhead_checks_total', { tool: 'crowded', allowed });

describe('a bulkhead', () => {
  it('refuses at once what is over maxConcurrent where there is no queue, and says what a caller should know', async () => {
    const { call, runs, names } = crowded(2);
    const inside = [call('a'), call('b')];
    const error = await outcome(call('c'));
    expect(error).toBeInstanceOf(BulkheadFullError);
    const message =
      'Tool "crowded" was not run: all 2 calls that may run at a time are running. Trying again at once hardly helps; try again when one of these calls has ended.';
    expect(error).toMatchObject({ code: 'BULKHEAD_FULL', message, retryAfterMs: undefined, attempts: 0 });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'BulkheadFullError',
      code: 'BULKHEAD_FULL',
      tool: 'crowded',
      namespace: `bulkhead ${made}`,
      message,
      why: 'all 2 calls that may run at a time are running',
      attempts: 0,
      retryAfterMs: null,
      retryNowHelps: false,
      retryable: true,
      cause: null,
      sharedAs: null,
      maxConcurrent: 2,
      maxQueue: 0,
      waitedMs: 0,
    });
    runs[0]!.end('done');
    expect(await inside[0]).toBe('done');
    void call('d');
    expect(names()).toEqual(['a', 'b', 'd']);
    expect([checks(true), checks(false)]).toEqual([3, 1]);
  });

  it('has maxQueue wait, in arrival order, and refuses the others at once', async () => {
    const { call, runs, names } = crowded({ maxConcurrent: 1, maxQueue: 2 });
    const calls = ['a', 'b', 'c', 'd'].map((name) => outcome(call(name)));
    expect(await calls[3]).toMatchObject({
      code: 'BULKHEAD_FULL',
      message: expect.stringContaining('the one call that may run') as string,
    });
    expect(seen.metric('tool_bulkhead_queue', { tool: 'crowded' })).toBe(2);
    await clock.advance('1h');
    expect(names()).toEqual(['a']);
    runs[0]!.end();
    await settled();
    expect(names()).toEqual(['a', 'b']);
    expect(seen.metric('tool_bulkhead_queue', { tool: 'crowded' })).toBe(1);
    runs[1]!.end();
    await settled();
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(seen.metric('tool_bulkhead_queue', { tool: 'crowded' })).toBe(0);
  });

  it('has nobody wait longer than maxWait', async () => {
    const { call, runs, names } = crowded({ maxConcurrent: 1, maxQueue: 5, maxWait: '2s' });
    void call('a');
    const late = outcome(call('b'));
    await clock.advance('1s');
    void call('c');
    await clock.advance('1s');
    expect(await late).toMatchObject({
      code: 'BULKHEAD_FULL',
      message: expect.stringContaining(
        'it did not get a place within 2 s: the one call that may run at a time is running. Trying',
      ) as string,
    });
    runs[0]!.end();
    await settled();
    expect(names()).toEqual(['a', 'c']);
    const waited = callsIn(seen).map(({ attributes }) => attributes['bulkhead.waited_ms']);
    expect(waited).toEqual([0, 2_000]);
    expect(seen.spans.flatMap(({ events }) => events.map(({ name }) => name))).toContain('tool.bulkhead.refused');
  });

  it('tells on the span of the call how long it waited for all its attempts together', async () => {
    const { call, runs } = crowded({ maxConcurrent: 1, maxQueue: 5 }, { retry: { maxRetries: 1, baseDelay: 0 } });
    void call('a');
    const waiting = outcome(call('b'));
    await clock.advance(300);
    runs[0]!.end();
    await settled();
    void outcome(call('c'));
    runs[1]!.fail(new Error('down'));
    await settled();
    await clock.advance(50);
    runs[2]!.end();
    await settled();
    runs[3]!.end('twice');
    expect(await waiting).toBe('twice');
    const [b] = callsIn(seen).slice(1);
    expect(b!.attributes).toMatchObject({ 'tool.success': true, 'bulkhead.waited_ms': 350 });
  });

  it('lets who is aborted leave the queue at once, with the reason', async () => {
    const { call, runs, names } = crowded({ maxConcurrent: 1, maxQueue: 2, maxWait: '1m' });
    const gone = new Error('user left');
    const abort = new AbortController();
    void call('a');
    const leaver = outcome(call('b', abort.signal));
    void call('c');
    await clock.advance(40);
    abort.abort(gone);
    expect(await leaver).toBe(gone);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    expect(callsIn(seen)[0]!.attributes).toMatchObject({ 'bulkhead.waited_ms': 40 });
    runs[0]!.end();
    await settled();
    expect(names()).toEqual(['a', 'c']);
    expect([checks(true), checks(false)]).toEqual([2, 1]);
  });
});

describe('a place is free again', () => {
  it('when its run throws, a run that throws at once included', async () => {
    const failing = tool({ name: 'failing', bulkhead: 1 }, (how: 'now' | 'later'): Promise<unknown> => {
      if (how === 'now') throw new Error('now');
      return Promise.reject(new Error('later'));
    });
    expect(await outcome(failing('now'))).toMatchObject({ message: 'now' });
    expect(await outcome(failing('later'))).toMatchObject({ message: 'later' });
    expect(await outcome(failing('now'))).toMatchObject({ message: 'now' });
  });

  it('when the attempt ran out of time, though the run goes on', async () => {
    const { call, names } = crowded(1, { timeout: '1s' });
    const late = outcome(call('a'));
    expect(await outcome(call('b'))).toBeInstanceOf(BulkheadFullError);
    await clock.advance('1s');
    expect(await late).toMatchObject({ code: 'TIMEOUT' });
    void outcome(call('c'));
    expect(names()).toEqual(['a', 'c']);
  });

  it('between two attempts, during the back-off', async () => {
    const { call, runs, names } = crowded(1, { retry: { maxRetries: 1, baseDelay: 100, jitter: false } });
    const first = outcome(call('a'));
    runs[0]!.fail(new Error('down'));
    await settled();
    void call('b');
    await clock.advance(100);
    expect(await first).toMatchObject({
      code: 'BULKHEAD_FULL',
      attempts: 1,
      cause: { message: 'down' },
      message: expect.stringContaining('failed once in this call and was not run again: the one call') as string,
    });
    expect(names()).toEqual(['a', 'b']);
  });
});

describe('bulkheads that share a name', () => {
  it('are one, in one queue', async () => {
    const bulkhead = { maxConcurrent: 1, maxQueue: 5, name: 'gpu' };
    const [one, other] = [crowded(bulkhead), crowded(bulkhead)];
    void one.call('a');
    void other.call('b');
    void one.call('c');
    expect([one.names(), other.names()]).toEqual([['a'], []]);
    one.runs[0]!.end();
    await settled();
    expect([one.names(), other.names()]).toEqual([['a'], ['b']]);
    other.runs[0]!.end();
    await settled();
    expect([one.names(), other.names()]).toEqual([['a', 'c'], ['b']]);
  });
});

describe('without a name', () => {
  class Service {
    ends: (() => void)[] = [];

    @Tool('serve')
    @Bulkhead(1)
    async serve() {
      return new Promise<void>((resolve) => this.ends.push(resolve));
    }
  }
  class Other extends Service {}

  it('each class of receivers has one, which its instances share', async () => {
    const [one, same, other] = [new Service(), new Service(), new Other()];
    void one.serve();
    expect(await outcome(same.serve())).toBeInstanceOf(BulkheadFullError);
    void other.serve();
    expect(other.ends).toHaveLength(1);
  });

  it('maxWait without a queue is refused at the first call', async () => {
    const { call } = crowded({ maxConcurrent: 1, maxWait: '1s' });
    const error = await outcome(call('a'));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ message: expect.stringContaining('maxWait must be given together with a maxQueue') as string });
  });
});

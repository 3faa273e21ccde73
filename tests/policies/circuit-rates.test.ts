import type { CircuitHandle } from 'toolspan';
import { observed } from '../support/observed.js';
import { busy, down, fails, guardedBy, works, type Turn } from './guarded-tool.js';

const it = observed();
const guarded = guardedBy(it);

describe('a failure rate', () => {
  test('opens the circuit at the attempt that brings so many failures into the window, not before', async () => {
    const { call, handle, metric } = guarded({ failureRate: 0.5, window: 4, minimumCalls: 4 });
    const states = [];
    for (const turn of [works, works, fails, works, fails, works, fails, fails]) {
      await call(turn);
      states.push(handle.state);
    }
    expect(states).toEqual(['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED', 'OPEN', 'OPEN', 'OPEN', 'OPEN']);
    expect(metric('tool_circuit_breaker_failures_total')).toBe(2);
  });

  test('of a window of time forgets what is older', async () => {
    const { call, all, handle } = guarded({ failureRate: 0.5, window: '10s', minimumCalls: 2 });
    await call(fails);
    await it.clock.advance('10s');
    await all(works, works, fails);
    expect(handle.state).toBe('CLOSED');
    await call(fails);
    expect(handle.state).toBe('OPEN');
  });

  test('takes the place of consecutive failures, and needs 10 attempts of the last 100 by default', async () => {
    const { call, all, handle } = guarded({ failureRate: 1 });
    await all(...Array<Turn>(9).fill(fails));
    expect(handle).toMatchObject({ state: 'CLOSED', failureCount: 9 });
    await call(fails);
    expect(handle.state).toBe('OPEN');
  });

  test('goes together with consecutive failures where both are asked for', async () => {
    const { all, handle } = guarded({ failureRate: 1, failureThreshold: 2 });
    await all(works, fails, fails);
    expect(handle.state).toBe('OPEN');
  });

  test('asks for no more attempts than the window has room for', async () => {
    const { all, handle } = guarded({ failureRate: 1, window: 3 });
    await all(fails, fails, fails);
    expect(handle.state).toBe('OPEN');
  });

  test('also opens at a success, for as long as at a failure', async () => {
    await it.clock.advance('1h');
    const { call, all, handle, runs } = guarded({ failureRate: 0.5, minimumCalls: 3, resetTimeout: '30s' });
    await all(fails, fails, works);
    expect(handle.state).toBe('OPEN');
    await it.clock.advance(29_999);
    expect(await call(works)).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 1 });
    await it.clock.advance(1);
    expect(await call(works)).toBe('up');
    expect(runs()).toBe(4);
  });

  test('begins anew once the circuit was closed', async () => {
    const { call, all, handle } = guarded({ failureRate: 0.5, minimumCalls: 2, resetTimeout: '1s', successThreshold: 1 });
    await all(fails, fails);
    await it.clock.advance('1s');
    await all(works, fails);
    expect(handle.state).toBe('CLOSED');
    await call(fails);
    expect(handle.state).toBe('OPEN');
  });
});

describe('slow calls', () => {
  const slow: Turn = { gives: 'up', takes: 2_000 };
  const quick: Turn = { gives: 'up', takes: 1_999 };

  test('open the circuit where all are slow, by default, whatever time it is', async () => {
    await it.clock.advance('1h');
    const { all, handle } = guarded({ slowCall: '2s', window: 3 });
    await all(quick, quick, quick, slow, slow);
    expect(handle.state).toBe('CLOSED');
    await all(slow);
    expect(handle.state).toBe('OPEN');
  });

  test('open it at the share that is given, failures that took long included', async () => {
    const { all, handle, metric } = guarded({ slowCall: '2s', slowCallRate: 0.5, window: 4 });
    await all(quick, quick, slow, { ...fails, takes: 5_000 });
    expect(handle.state).toBe('OPEN');
    expect(metric('tool_circuit_breaker_failures_total')).toBe(1);
  });

  test('that probe the circuit open it again, though they gave a result', async () => {
    const { all, call, handle } = guarded({ slowCall: '2s', failureThreshold: 2, resetTimeout: '10s', successThreshold: 1 }, 'search');
    await all(fails, fails);
    await it.clock.advance('10s');
    expect(await call(slow)).toBe('up');
    expect(handle.state).toBe('OPEN');
    expect(((await call(works)) as Error).message).toBe(
      'Tool "search" was not run: it was too slow when it was tried again, so its circuit is open. Try again in 10 s; before that it is refused again.',
    );
    await it.clock.advance('10s');
    expect(await call(quick)).toBe('up');
    expect(handle.state).toBe('CLOSED');
  });

  test('leave consecutive failures as they are: five still open it', async () => {
    const { all, handle } = guarded({ slowCall: '2s' });
    await all(fails, fails, fails, fails);
    expect(handle.state).toBe('CLOSED');
    await all(fails);
    expect(handle.state).toBe('OPEN');
  });
});

/** As users write it, who do not expect to be asked about nothing at all. */
type Answer = { ok: boolean; status: number; error: unknown; items?: unknown[] };

describe('countIf', () => {
  test('counts results as failures, and gives them to the caller all the same', async () => {
    const countIf = (answer: unknown): boolean => (answer as { status?: number }).status === 503;
    const { call, handle, metric } = guarded({ failureThreshold: 2, countIf });
    const unwell = { status: 503 };
    expect(await call({ gives: unwell })).toBe(unwell);
    expect(await call({ gives: { status: 200 } })).toEqual({ status: 200 });
    expect(handle.failureCount).toBe(0);
    expect(await call({ gives: unwell })).toBe(unwell);
    expect(await call({ gives: unwell })).toBe(unwell);
    expect(handle.state).toBe('OPEN');
    expect(metric('tool_circuit_breaker_failures_total')).toBe(3);
    expect(metric('tool_executions_total', { status: 'success' })).toBe(4);
  });

  test('that would count a good result is asked about errors only', async () => {
    const notFound = new Error('not found');
    const countIf = jest.fn((error: unknown) => error !== notFound);
    const { all, handle } = guarded({ failureThreshold: 2, countIf });
    const value = { ok: false };
    await all({ gives: value }, { gives: undefined }, { throws: notFound }, fails);
    expect(handle).toMatchObject({ state: 'CLOSED', failureCount: 1 });
    await all(fails);
    expect(handle.state).toBe('OPEN');
    const asked = countIf.mock.calls.map(([answer]) => answer);
    expect(asked).toEqual(expect.arrayContaining([notFound, down]));
    expect(asked.includes(value) || asked.includes(undefined)).toBe(false);
  });

  test.each<[string, (answer: Answer) => boolean, unknown, boolean]>([
    ['written for errors, of results that lack a status', (e) => !e.status || e.status >= 500, { items: [1] }, false],
    ['written for errors, of a text', (e) => e.status === undefined, 'text', false],
    ['written for errors, of nothing', (e) => e.status >= 500, undefined, false],
    ['about `ok`', (r) => !r.ok, { ok: false }, true],
    ['about `ok`, of a result without it', (r) => !r.ok, { items: [1] }, false],
    ['about a status', (r) => r.status >= 500, { status: 503, ok: false }, true],
    ['about a member of its own', (r) => r.error !== undefined, { error: 'quota' }, true],
    ['about an empty list', (r) => r.items?.length === 0, { items: [] }, true],
    ['about nothing found', (r) => r === null, null, true],
    ['about everything that is no error', (r) => !(r instanceof Error), { items: [1] }, false],
  ])('%s', async (_what, countIf, result, isCounted) => {
    const { call, handle } = guarded({ failureThreshold: 1, countIf: countIf });
    expect(await call({ gives: result })).toBe(result);
    expect(handle.state).toBe(isCounted ? 'OPEN' : 'CLOSED');
    handle.reset();
    await call({ throws: Object.assign(new Error('down'), { status: 500, ok: false, error: 1 }) });
  });

  test('leaves results to countResultIf where that is given', async () => {
    const asked: unknown[] = [];
    const countIf = (error: unknown): boolean => (asked.push(error), true);
    const { call, handle } = guarded({ failureThreshold: 2, countIf, countResultIf: (result) => result !== 'good' });
    await call({ gives: 'good' });
    expect([handle.failureCount, asked]).toEqual([0, []]);
    await call({ gives: 'bad' });
    await call(fails);
    expect([handle.state, asked]).toEqual(['OPEN', [down]]);
  });

  test('that throws at a result counts nothing, and that is said once and counted each time', async () => {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const countIf = (answer: unknown): boolean => (answer as { data?: { code: number } }).data!.code > 499;
    const countResultIf = countIf;
    const { call, handle, metric } = guarded({ failureThreshold: 1, countResultIf }, 'asking');
    expect([await call({ gives: 'a' }), await call({ gives: 'b' })]).toEqual(['a', 'b']);
    expect(handle.state).toBe('CLOSED');
    expect(stderr.mock.calls.map(([line]) => line)).toEqual([
      expect.stringMatching(/^\[toolspan\] tool "asking": circuitBreaker.countResultIf failed \(.*\); its calls go on without it\n$/),
    ]);
    expect(metric('tool_callback_errors_total', { option: 'circuitBreaker.countResultIf' })).toBe(2);
    stderr.mockRestore();
  });
});

describe('no failure by default', () => {
  test.each<[string, Turn]>([
    ['HTTP 429', { throws: busy }],
    ['an AbortError without a signal', { throws: new DOMException('stopped', 'AbortError') }],
  ])('is %s, neither of a count nor of a rate', async (_what, turn) => {
    for (const options of [{ failureThreshold: 1 }, { failureRate: 0.1, minimumCalls: 1 }]) {
      const { all, handle, metric } = guarded(options);
      await all(turn, turn, turn);
      expect(handle).toMatchObject({ state: 'CLOSED', failureCount: 0 });
      expect(metric('tool_circuit_breaker_failures_total')).toBe(0);
    }
  });

  test('is what comes after the caller gave up', async () => {
    const { call, handle } = guarded({ failureThreshold: 1 });
    expect(await call(fails, AbortSignal.abort())).toBe(down);
    expect(handle).toMatchObject<Partial<CircuitHandle>>({ state: 'CLOSED', failureCount: 0 });
    expect(await call(works)).toBe('up');
  });

  test('is a busy answer to a probe: the next call may probe, at once', async () => {
    const { call, all, handle } = guarded({ failureThreshold: 1, resetTimeout: '1s', successThreshold: 1 });
    await all(fails);
    await it.clock.advance('1s');
    expect(await call({ throws: busy })).toBe(busy);
    expect(handle.state).toBe('HALF_OPEN');
    expect(await call(works)).toBe('up');
    expect(handle.state).toBe('CLOSED');
  });
});

import { CircuitOpenError, ConfigurationError, RateLimitError, ToolTimeoutError } from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { newsTool as news } from './news-tool.js';

const at = observed();

const passed = (ms: number): Promise<void> => at.clock.advance(ms);
const rootSpans = () => at.seen.spans.filter(({ parentSpanId }) => parentSpanId === undefined);
const lastCall = () => rootSpans().findLast(({ name }) => name === 'tool.execute')!;
const stale = (reason: string) => at.seen.metric('tool_cache_stale_total', { tool: 'news', reason });

describe('staleIfError', () => {
  const cached = { ttl: 100, staleIfError: 50 };

  it.each([
    [100, 'run 1'],
    [149, 'run 1'],
    [150, new Error('down')],
  ])('after %d ms of 100 + 50, an error comes to %p', async (ms, expected) => {
    const { read, state } = news(cached);
    await read();
    await passed(ms);
    state.error = new Error('down');
    expect(await outcome(read())).toEqual(expected);
    expect(state.runs).toBe(2);
  });

  it('does not serve what grew too old while the tool was failing', async () => {
    const { read, state, hold } = news(cached);
    await read();
    await passed(120);
    state.error = new Error('down');
    const go = hold();
    const [first, second] = [outcome(read()), outcome(read())];
    await passed(30);
    go();
    expect(await Promise.all([first, second])).toEqual([state.error, state.error]);
  });

  it('prefers a new result where there is one', async () => {
    const { read } = news(cached);
    await read();
    await passed(120);
    expect([await read(), await read()]).toEqual(['run 2', 'run 2']);
  });

  it('tells of it on the call, which has succeeded', async () => {
    const { read, state } = news(cached);
    await read();
    await passed(120);
    state.error = new Error('down');
    await read();
    const { attributes, events, status } = lastCall();
    expect(attributes).toMatchObject({ 'tool.cached': true, 'tool.stale': true, 'tool.success': true });
    expect(status.code).toBe('UNSET');
    expect(events.map(({ name }) => name)).toEqual(['tool.cache.stale', 'exception']);
    expect(events[0]!.attributes).toEqual({ 'cache.stale_reason': 'error', 'cache.stale_ms': 20 });
    expect([stale('revalidate'), stale('error')]).toEqual([0, 1]);
    expect(at.seen.metric('tool_cache_operations_total', { tool: 'news', operation: 'lookup', result: 'hit' })).toBe(0);
    expect(at.seen.metric('tool_executions_total', { tool: 'news', status: 'success' })).toBe(2);
  });

  it('serves all who waited for the run that failed', async () => {
    const { read, state } = news(cached);
    await read();
    await passed(120);
    state.error = new Error('down');
    expect(await Promise.all([read(), read(), read()])).toEqual(['run 1', 'run 1', 'run 1']);
    expect([state.runs, stale('error')]).toEqual([2, 3]);
  });

  it('outlives errors that would be kept themselves', async () => {
    const { read, state } = news({ ...cached, errorTtl: () => 1_000 });
    await read();
    await passed(120);
    state.error = new Error('down');
    expect(await Promise.all([read(), read()])).toEqual(['run 1', 'run 1']);
    expect(await outcome(read())).toBe('run 1');
    await passed(30);
    expect(await outcome(read())).toBe(state.error);
    const { runs } = state;
    expect(await outcome(read())).toBe(state.error);
    expect(state.runs).toBe(runs);
  });

  it('goes on where staleWhileRevalidate ends', async () => {
    const { read, state } = news({ ttl: 100, staleWhileRevalidate: 20, staleIfError: 50 });
    await read();
    state.error = new Error('down');
    await passed(119);
    expect(await read()).toBe('run 1');
    await passed(1);
    expect(await read()).toBe('run 1');
    expect([stale('revalidate'), stale('error')]).toEqual([1, 1]);
    await passed(30);
    expect(await outcome(read())).toBe(state.error);
  });
});

describe('what staleIfError stands in for', () => {
  const cached = { ttl: 100, staleIfError: '1h' } as const;

  it('an open circuit', async () => {
    const { read, state } = news(cached, { circuitBreaker: { failureThreshold: 1, resetTimeout: '1m' } });
    await read('kept');
    state.error = new Error('down');
    await outcome(read('other'));
    await passed(100);
    expect([await read('kept'), state.runs]).toEqual(['run 1', 2]);
    expect(lastCall().events[1]!.attributes).toMatchObject({ 'exception.type': 'CircuitOpenError' });
    expect(await outcome(read('not kept'))).toBeInstanceOf(CircuitOpenError);
  });

  it('a refusal of the rate limit', async () => {
    const { read, state } = news(cached, { rateLimited: { limit: 1, per: '1m' } });
    await read('kept');
    await passed(100);
    expect([await read('kept'), state.runs]).toEqual(['run 1', 1]);
    expect(await outcome(read('not kept'))).toBeInstanceOf(RateLimitError);
  });

  it('an attempt that took too long', async () => {
    const { read, state } = news(cached, { timeout: '1s' });
    await read('kept');
    await passed(100);
    state.gate = new Promise(() => undefined);
    const [kept, other] = [read('kept'), outcome(read('not kept'))];
    await passed(1_000);
    expect(await kept).toBe('run 1');
    expect(await other).toBeInstanceOf(ToolTimeoutError);
  });

  it('attempts that failed one and all', async () => {
    const { read, state } = news(cached, { retry: { maxRetries: 2, baseDelay: 0 } });
    await read('kept');
    await passed(100);
    state.error = new Error('down');
    expect([await read('kept'), state.runs]).toEqual(['run 1', 4]);
  });

  it('not for a call that its caller gave up, yet for those who waited for its run', async () => {
    const { read, state, hold } = news(cached);
    await read('kept');
    await passed(100);
    const go = hold();
    state.error = new Error('down');
    const controller = new AbortController();
    const [given, waiting] = [outcome(read('kept', controller.signal)), read('kept')];
    const reason = new Error('never mind');
    controller.abort(reason);
    go();
    expect([await given, await waiting]).toEqual([reason, 'run 1']);
    expect([state.runs, stale('error')]).toEqual([3, 1]);
  });

  it('not for an abort that the tool itself tells of, where there is no signal', async () => {
    const { read, state } = news(cached);
    await read();
    await passed(100);
    state.error = new DOMException('never mind', 'AbortError');
    expect(await outcome(read())).toBe(state.error);
  });

  it('not for a call whose time is up: nobody waits for it any more', async () => {
    const { read, state } = news(cached, { timeout: { total: '1s' } });
    await read();
    await passed(100);
    state.gate = new Promise(() => undefined);
    const late = outcome(read());
    await passed(1_000);
    expect(await late).toMatchObject({ name: 'ToolTimeoutError', scope: 'call' });
    expect(stale('error')).toBe(0);
  });

  it('not for a mistake in the configuration', async () => {
    const { read, state } = news(cached);
    await read();
    await passed(100);
    state.error = new ConfigurationError('written wrongly');
    expect(await outcome(read())).toBe(state.error);
  });
});

import { tool } from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { newsTool as news } from './news-tool.js';

const at = observed();

const passed = (ms: number): Promise<void> => at.clock.advance(ms);
const rootSpans = () => at.seen.spans.filter(({ parentSpanId }) => parentSpanId === undefined);
const lastCall = () => rootSpans().findLast(({ name }) => name === 'tool.execute')!;
const stale = (reason: string) => at.seen.metric('tool_cache_stale_total', { tool: 'news', reason });
const executions = () => at.seen.metric('tool_executions_total', { tool: 'news' });

describe('staleWhileRevalidate', () => {
  const cached = { ttl: 100, staleWhileRevalidate: 50 };

  it('serves a result beyond its ttl at once, and the one fetched meanwhile to those who come later', async () => {
    const { read, state } = news(cached);
    await read();
    await passed(100);
    expect([await read(), state.runs]).toEqual(['run 1', 2]);
    await passed(0);
    expect([await read(), state.runs]).toEqual(['run 2', 2]);
  });

  it.each([
    [99, 'run 1', 1, 'fresh'],
    [100, 'run 1', 2, 'stale from the ttl on'],
    [149, 'run 1', 2, 'stale to the last moment'],
    [150, 'run 2', 2, 'gone when both are over'],
  ])('after %d ms of 100 + 50 serves %s, having begun %d runs: %s', async (ms, served, runs, _what) => {
    const { read, state } = news(cached);
    await read();
    await passed(ms);
    expect([await read(), state.runs]).toEqual([served, runs]);
  });

  it('begins one run for each key, however many come meanwhile', async () => {
    const { read, state, hold } = news(cached);
    await Promise.all([read('a'), read('b')]);
    await passed(100);
    const go = hold();
    expect(await Promise.all([read('a'), read('a'), read('b'), read('a')])).toEqual(['run 1', 'run 1', 'run 2', 'run 1']);
    expect(state.runs).toBe(4);
    go();
    await passed(0);
    expect(await Promise.all([read('a'), read('b')])).toEqual(['run 3', 'run 4']);
  });

  it('is fetched with signals that never abort: the caller that caused it has its answer, and may give up all it wants', async () => {
    const ran: { args: unknown[]; waits: () => boolean }[] = [];
    const fetching = tool({ name: 'fetching', cached: { ...cached, key: () => 'one' } }, async (...args: unknown[]) => {
      const signals = args.map((arg) => (arg instanceof AbortSignal ? arg : (arg as { signal: AbortSignal }).signal));
      ran.push({ args, waits: () => signals.every((signal) => !signal.aborted) });
      return ran.length;
    });
    const abort = new AbortController();
    const args = [abort.signal, { signal: abort.signal, depth: 2 }] as const;
    await fetching(...args);
    await passed(100);
    expect(await fetching(...args)).toBe(1);
    abort.abort();
    await passed(0);
    expect(ran.map(({ waits }) => waits())).toEqual([false, true]);
    expect(ran[0]!.args).toEqual(args);
    expect(ran[1]!.args[1]).toMatchObject({ depth: 2 });
  });

  it('has a run under way be waited for by those who come when nothing may be served any more', async () => {
    const { read, state, hold } = news(cached);
    await read();
    await passed(100);
    const go = hold();
    await read();
    await passed(50);
    const waiting = read();
    go();
    expect([await waiting, state.runs]).toEqual(['run 2', 2]);
  });

  it('keeps the old result where the run fails, and tries again with the next call', async () => {
    const { read, state } = news(cached);
    await read();
    await passed(100);
    state.error = new Error('down');
    expect([await read(), state.runs]).toEqual(['run 1', 2]);
    await passed(20);
    expect([await read(), state.runs]).toEqual(['run 1', 3]);
    await passed(0);
    delete state.error;
    expect([await read(), state.runs]).toEqual(['run 1', 4]);
    await passed(0);
    expect([await read(), state.runs]).toEqual(['run 4', 4]);
  });

  it('gives the run as much time as a call has, and tries again with the next call', async () => {
    const { read, state, hold } = news(cached, { timeout: { total: 20 } });
    await read();
    await passed(100);
    const go = hold();
    await read();
    await passed(19);
    expect([await read(), state.runs]).toEqual(['run 1', 2]);
    await passed(1);
    expect([await read(), state.runs]).toEqual(['run 1', 3]);
    go();
    await passed(0);
    expect([await read(), state.runs]).toEqual(['run 3', 3]);
    const [first, second] = at.seen.spans.filter(({ name }) => name === 'tool.cache.revalidate');
    expect(first!.attributes).toMatchObject({ 'error.type': 'ToolTimeoutError', 'tool.duration_ms': 20, 'tool.timeout_ms': 20 });
    expect(second!.attributes).toMatchObject({ 'tool.success': true });
  });

  it('keeps it also from an error that would be kept itself', async () => {
    const { read, state } = news({ ...cached, errorTtl: () => 1_000 });
    await read();
    await passed(100);
    state.error = new Error('down');
    await read();
    await passed(1);
    expect(await outcome(read())).toBe('run 1');
  });
});

describe('what is seen of a run in the background', () => {
  const cached = { ttl: 100, staleWhileRevalidate: 50 };

  it('is a trace of its own, linked to the call that caused it, with the steps of the run in it', async () => {
    const { read } = news(cached, { retry: { maxRetries: 1 }, rateLimited: { limit: 5, per: '1s' } });
    await read();
    await passed(100);
    await read();
    await passed(0);
    const call = lastCall();
    const [background, ...more] = rootSpans().filter(({ name }) => name === 'tool.cache.revalidate');
    expect(more).toEqual([]);
    expect(background!.links).toEqual([{ traceId: call.traceId, spanId: call.spanId }]);
    expect(background!.traceId).not.toBe(call.traceId);
    expect(background!.attributes).toMatchObject({ 'tool.name': 'news', 'tool.namespace': 'default', 'tool.success': true });
    const inside = at.seen.spans.filter(({ parentSpanId }) => parentSpanId === background!.spanId).map(({ name }) => name);
    expect(inside).toEqual(['tool.rate_limit.check', 'tool.retry.attempt', 'tool.cache.set']);
  });

  it('is no call: it is not counted as one, and its failure is nobody’s', async () => {
    const { read, state } = news(cached);
    await read();
    await passed(100);
    state.error = new Error('down');
    await read();
    await passed(0);
    expect([state.runs, executions()]).toEqual([2, 2]);
    expect(at.seen.metric('tool_executions_total', { tool: 'news', status: 'error' })).toBe(0);
    expect(at.seen.metric('tool_execution_duration_seconds_count', { tool: 'news' })).toBe(2);
    const background = rootSpans().find(({ name }) => name === 'tool.cache.revalidate')!;
    expect(background.status).toEqual({ code: 'ERROR', message: 'down' });
    expect(background.attributes).toMatchObject({ 'tool.success': false, 'tool.error': 'down', 'error.type': 'Error' });
  });

  it('stands beside a call that says that it was served from the cache, and stale', async () => {
    const { read } = news(cached);
    await read();
    await passed(130);
    await read();
    const { attributes, events } = lastCall();
    expect(attributes).toMatchObject({ 'tool.cached': true, 'tool.stale': true, 'tool.success': true });
    expect(events).toEqual([{ name: 'tool.cache.stale', attributes: { 'cache.stale_reason': 'revalidate', 'cache.stale_ms': 30 } }]);
    expect([stale('revalidate'), stale('error')]).toEqual([1, 0]);
    expect(at.seen.metric('tool_cache_operations_total', { tool: 'news', operation: 'lookup', result: 'hit' })).toBe(1);
  });

  it('does not make a fresh result stale', async () => {
    const { read } = news(cached);
    await read();
    await read();
    expect(lastCall().attributes).toMatchObject({ 'tool.cached': true, 'tool.success': true });
    expect(Object.keys(lastCall().attributes)).not.toContain('tool.stale');
    expect([stale('revalidate'), stale('error')]).toEqual([0, 0]);
  });
});

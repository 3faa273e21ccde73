import { getEventListeners } from 'node:events';
import { currentCall, tool } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { callsIn, collect, endingOf, pause, settled } from '../streams/streaming.js';
import { outcome } from '../support/observed.js';

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

let made = 0;

const limits = [
  ['of an attempt', { attempt: '1s' }],
  ['of a call', { total: '1s' }],
  ['of both', { attempt: '1s', total: '1s' }],
] as const;

describe.each(limits)('the limit %s, of a stream', (what, timeout) => {
  /** Gives its chunks after these times, and writes down that it was closed. */
  function streaming() {
    const closed: string[] = [];
    const stream = tool({ name: 'streaming', namespace: `${what} ${(made += 1)}`, timeout }, async function* (...after: number[]) {
      try {
        for (const ms of after) {
          await pause(clock, ms);
          yield ms;
        }
      } finally {
        closed.push(`${after.join(' ')} at ${clock.now()}`);
      }
    });
    return { stream, closed };
  }

  it('is about its first chunk, and begins when that is asked for', async () => {
    const { stream, closed } = streaming();
    const reading = stream(999, 60_000, 5_000);
    await clock.advance('1h');
    const all = collect(reading);
    await clock.advance('1h');
    expect(await all).toEqual([999, 60_000, 5_000]);
    expect(closed).toHaveLength(1);
    expect(endingOf(seen, 'streaming')).toEqual({ outcome: 'completed', chunks: 3, success: true });
  });

  it('ends who waits for it, and closes the generator when that comes round', async () => {
    const { stream, closed } = streaming();
    const first = outcome(stream(1_500, 10).next());
    await clock.advance('1s');
    expect(await first).toMatchObject({ code: 'TIMEOUT', timeoutMs: 1_000 });
    expect(closed).toEqual([]);
    await clock.advance('1h');
    expect(closed).toEqual(['1500 10 at 1500']);
    expect(seen.metric('tool_timeouts_total', { tool: 'streaming' })).toBe(1);
    expect(callsIn(seen)[0]!.attributes).toMatchObject({ 'tool.success': false, 'tool.timeout_ms': 1_000 });
  });
});

describe('a stream under a time limit', () => {
  it('is tried again where its first chunk came too late', async () => {
    let runs = 0;
    const stream = tool({ name: 'retried', timeout: '1s', retry: { maxRetries: 1, baseDelay: 0 } }, async function* () {
      runs += 1;
      if (runs === 1) await pause(clock, 5_000);
      yield runs;
    });
    const all = collect(stream());
    await clock.advance('1h');
    expect(await all).toEqual([2]);
    expect(seen.metric('tool_retry_attempts_total', { tool: 'retried' })).toBe(2);
  });

  it('hears from its caller to its end, and not after', async () => {
    let signal: AbortSignal | undefined;
    const stream = tool({ name: 'hearing', timeout: { attempt: '1s', total: '5s' } }, async function* (_: AbortSignal) {
      signal = currentCall()!.signal;
      yield 1;
      yield 2;
    });
    const aborts = [new AbortController(), new AbortController()] as const;
    const heard = stream(aborts[0].signal);
    await heard.next();
    await clock.advance('1h');
    aborts[0].abort(new Error('user left'));
    expect(signal).toMatchObject({ aborted: true, reason: { message: 'user left' } });
    await heard.return();
    await collect(stream(aborts[1].signal));
    await settled();
    expect(getEventListeners(aborts[1].signal, 'abort')).toHaveLength(0);
    aborts[1].abort();
    expect(signal!.aborted).toBe(false);
  });
});

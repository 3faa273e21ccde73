import * as fc from 'fast-check';
import { getEventListeners } from 'node:events';
import { currentCall, tool } from 'toolspan';
import { createTestClock, createTestObservability, type TestClock, type TestObservability } from 'toolspan/testing';
import { LatencyQuantile } from '../../src/policies/hedge/latency.js';
import { collect, endingOf, pause, settled } from '../streams/streaming.js';

let clock: TestClock;
let seen: TestObservability;

beforeEach(() => {
  clock = createTestClock();
  seen = createTestObservability({ clock, random: () => 0.5 });
});
afterEach(() => seen.dispose());

describe('a hedge after a quantile', () => {
  /** Calls of a tool that take so long, one after another; returns when its runs began, from each call on. */
  async function ranAfter(call: (ms: number) => Promise<unknown>, runs: number[], ms: number): Promise<number[]> {
    runs.length = 0;
    const from = clock.now();
    const answer = call(ms);
    await clock.advance('10s');
    await answer;
    return runs.map((at) => at - from);
  }

  it('is not begun before there are 20 durations, then after that share of the recent ones', async () => {
    const runs: number[] = [];
    const call = tool({ name: 'quantile', hedge: { after: 'p90' } }, async (ms: number) => {
      runs.push(clock.now());
      await pause(clock, ms);
    });
    for (let turn = 1; turn <= 19; turn++) await ranAfter(call, runs, turn * 10);
    expect(await ranAfter(call, runs, 5_000)).toEqual([0]);
    // 10 … 190 and 5,000: nine tenths of 20 take 180 at most.
    expect(await ranAfter(call, runs, 5_000)).toEqual([0, 180]);
    expect(await ranAfter(call, runs, 180)).toEqual([0]);
  });

  it.each(['p0', 'p100', '95', 'p-1', 'q95'])('that is none is refused where it is written: %s', (after) => {
    const make = (): unknown => tool({ name: 'wrong', hedge: { after: after as 'p95' } }, async () => 1);
    expect(make).toThrow(/tool "wrong" hedge: after must be .+'p95'.+got/);
  });
});

describe('a quantile of durations', () => {
  const quantile = fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.999, 1);
  const durations = fc.array(fc.double({ min: 0, max: 10_000, noNaN: true }), { maxLength: 400 });

  it('is that of the latest 128 at every 16th from the 20th on, and nothing before', () => {
    const property = fc.property(quantile, durations, (share, all) => {
      const latency = new LatencyQuantile(share);
      let expected: number | undefined;
      for (const [index, duration] of all.entries()) {
        latency.record(duration);
        const recorded = index + 1;
        if (recorded >= 20 && (recorded - 20) % 16 === 0) {
          const sorted = all.slice(Math.max(0, recorded - 128), recorded).sort((a, b) => a - b);
          // The smallest that at least this share does not exceed.
          expected = sorted.find((limit) => sorted.filter((one) => one <= limit).length >= share * sorted.length - 1e-9);
        }
        expect(latency.value).toBe(expected);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});

describe('hedged streams', () => {
  /** Gives its first chunk after as long as each of these, in turn, and writes down who was closed. */
  function racing(name: string, ...firstAfter: number[]) {
    const closed: number[] = [];
    const signals: AbortSignal[] = [];
    let runs = 0;
    const stream = tool({ name, hedge: { after: '100ms' } }, async function* (_signal?: AbortSignal) {
      const run = runs++;
      signals.push(currentCall()!.signal!);
      try {
        await pause(clock, firstAfter[run]!);
        yield `${run} first`;
        yield `${run} second`;
      } finally {
        closed.push(run);
      }
    });
    return { stream, closed, signals };
  }

  it('the first to give a chunk goes on, the other is aborted, and closed when it comes round', async () => {
    const { stream, closed, signals } = racing('slow and quick', 5_000, 50);
    const reading = stream();
    const first = reading.next();
    await clock.advance('1s');
    expect(await first).toEqual({ done: false, value: '1 first' });
    expect([closed, signals.map(({ aborted }) => aborted)]).toEqual([[], [true, false]]);
    await clock.advance('1h');
    expect(closed).toEqual([0]);
    expect(await collect(reading)).toEqual(['1 second']);
    expect(closed).toEqual([0, 1]);
    expect(endingOf(seen, 'slow and quick')).toEqual({ outcome: 'completed', chunks: 2, success: true });
    expect(seen.metric('tool_hedges_total', { tool: 'slow and quick', won: true })).toBe(1);
  });

  it('of two that answer in one moment one is closed, its place is free again, and no listener stays', async () => {
    let answer!: () => void;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    const closed: AbortSignal[] = [];
    const stream = tool({ name: 'neck and neck', hedge: { after: '100ms' }, bulkhead: 2 }, async function* (_signal: AbortSignal) {
      const { signal } = currentCall()!;
      try {
        await gate;
        yield 1;
      } finally {
        closed.push(signal!);
      }
    });
    const abort = new AbortController();
    const reading = stream(abort.signal);
    const first = reading.next();
    await clock.advance('1s');
    answer();
    expect(await first).toEqual({ done: false, value: 1 });
    await settled();
    expect(closed.map(({ aborted }) => aborted)).toEqual([true]);
    expect(await collect(stream(abort.signal))).toEqual([1]);
    expect(await collect(reading)).toEqual([]);
    expect(closed.map(({ aborted }) => aborted)).toEqual([true, false, false]);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });
});

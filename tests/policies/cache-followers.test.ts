import { tool, ToolTimeoutError } from 'toolspan';
import { observed, outcome } from '../support/observed.js';

const at = observed();

/** A tool that answers when the test says so. */
function held(options: Parameters<typeof tool>[0]) {
  const runs: ((value: unknown) => void)[] = [];
  const ask = tool(
    { name: 'ask', cached: '1m', ...options },
    (_question: string, _signal?: AbortSignal) => new Promise<unknown>((resolve) => void runs.push(resolve)),
  );
  return { ask, runs };
}

describe('those who wait for the run of a call that ran out of time', () => {
  it('have their own time, in which the tool runs again', async () => {
    const { ask, runs } = held({ timeout: { total: 1_000 } });
    const first = outcome(ask('q'));
    await at.clock.advance(900);
    const second = ask('q');
    await at.clock.advance(100);
    expect(await first).toBeInstanceOf(ToolTimeoutError);
    expect(runs).toHaveLength(2);
    runs[1]!('answer');
    expect(await second).toBe('answer');
  });

  it('run out of it themselves', async () => {
    const { ask, runs } = held({ timeout: { total: 1_000 } });
    const first = outcome(ask('q'));
    await at.clock.advance(900);
    const second = outcome(ask('q'));
    await at.clock.advance(899);
    expect(runs).toHaveLength(2);
    await at.clock.advance(101);
    expect([await first, await second].map((error) => (error as ToolTimeoutError).scope)).toEqual(['call', 'call']);
    expect(at.seen.metric('tool_timeouts_total', { tool: 'ask', scope: 'call' })).toBe(2);
  });

  it('hear of the time limit of an attempt like its leader: that is the tool’s', async () => {
    const { ask, runs } = held({ timeout: 1_000 });
    const waiting = [outcome(ask('q')), outcome(ask('q'))];
    await at.clock.advance(1_000);
    const [first, second] = await Promise.all(waiting);
    expect(first).toBeInstanceOf(ToolTimeoutError);
    expect(second).toBe(first);
    expect(runs).toHaveLength(1);
  });
});

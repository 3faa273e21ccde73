import { tool, type FunctionToolOptions } from 'toolspan';
import { observed, outcome } from '../support/observed.js';

const it = observed();

const down = new Error('down');
const fails = (): never => {
  throw down;
};
const works = (): string => 'up';

const KINDS = ['successful_without_retry', 'successful_with_retry', 'failed_without_retry', 'failed_with_retry'] as const;

let made = 0;

/** A tool whose runs give or throw what their turns say, the last one for ever. */
function retrying(retry: FunctionToolOptions['retry'], turns: (() => unknown)[], more: Partial<FunctionToolOptions> = {}) {
  const name = `outcome-${++made}`;
  let runs = 0;
  const fn = tool({ name, retry, ...more }, async () => {
    runs += 1;
    return turns[Math.min(runs, turns.length) - 1]!();
  });
  return {
    name,
    call: () => outcome(fn()),
    runs: () => runs,
    kinds: () => KINDS.map((kind) => it.seen.metric('tool_retry_calls_total', { tool: name, kind })),
    errors: (option: string) => it.seen.metric('tool_callback_errors_total', { tool: name, option: `retry.${option}` }),
  };
}

describe('what became of a call of a tool that retries', () => {
  test.each<[(typeof KINDS)[number], FunctionToolOptions['retry'], (() => unknown)[]]>([
    ['successful_without_retry', {}, [works]],
    ['successful_with_retry', {}, [fails, works]],
    ['failed_with_retry', { maxRetries: 1 }, [fails]],
    ['failed_without_retry', { maxRetries: 0 }, [fails]],
    ['failed_without_retry', { retryIf: () => false }, [fails]],
    ['failed_with_retry', { retryIf: (_error, attempt) => attempt === 0 }, [fails]],
    ['failed_without_retry', { maxElapsed: 1 }, [fails]],
    ['failed_with_retry', { maxRetries: 1, retryResult: () => true }, [works]],
    ['failed_without_retry', { maxRetries: 0, retryResult: () => true }, [works]],
    ['successful_with_retry', { retryResult: (_result, attempt) => attempt === 0 }, [works]],
  ])('is %s, counted once: %j', async (kind, options, turns) => {
    const { call, kinds } = retrying(options, turns);
    await call();
    expect(kinds()).toEqual(KINDS.map((other) => (other === kind ? 1 : 0)));
    await call();
    expect(kinds().reduce<number>((sum, calls) => sum + calls!, 0)).toBe(2);
  });

  test('is there at 0 from the beginning', () => {
    expect(retrying({}, [works]).kinds()).toEqual([0, 0, 0, 0]);
  });

  test('does not count what the cache answered', async () => {
    const { call, kinds } = retrying({}, [works], { cached: '1m' });
    expect([await call(), await call()]).toEqual(['up', 'up']);
    expect(kinds()).toEqual([1, 0, 0, 0]);
  });

  test('is failed where the circuit refused it', async () => {
    const { call, kinds, runs } = retrying({ maxRetries: 5 }, [fails], { circuitBreaker: { failureThreshold: 2 } });
    await call();
    await call();
    expect(runs()).toBe(2);
    expect(kinds()).toEqual([0, 0, 1, 1]);
  });
});

test('each wait is an event on the span of the call, with its length and what came before', async () => {
  const odd = Object.assign(new RangeError('odd'), { retryAfterMs: 40 });
  const oddly = (): never => {
    throw odd;
  };
  const { call } = retrying({ jitter: 'none' }, [fails, oddly, works]);
  await call();
  const waits = it.seen.spans[0]!.events.filter(({ name }) => name === 'tool.retry.wait').map(({ attributes }) => attributes);
  expect(waits).toEqual([
    { 'retry.delay_ms': 200, 'error.type': 'Error' },
    { 'retry.delay_ms': 40, 'error.type': 'RangeError' },
  ]);
});

describe('a callback that throws', () => {
  const broken = (): never => {
    throw new TypeError('no status');
  };
  let stderr: jest.SpyInstance;
  beforeEach(() => void (stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true)));
  afterEach(() => stderr.mockRestore());

  test('retryIf: errors are retried as without it; said once, counted each time, an event on the span', async () => {
    const { name, call, runs, errors } = retrying({ maxRetries: 2, retryIf: broken }, [fails]);
    expect([await call(), await call()]).toEqual([down, down]);
    expect(runs()).toBe(6);
    expect(stderr.mock.calls).toEqual([[`[toolspan] tool "${name}": retry.retryIf failed (no status); its calls go on without it\n`]]);
    expect(errors('retryIf')).toBe(4);
    const events = it.seen.spans[0]!.events.filter((event) => event.name === 'tool.callback.broken');
    expect(events.map(({ attributes }) => attributes)).toEqual([{ 'tool.option': 'retry.retryIf' }, { 'tool.option': 'retry.retryIf' }]);
  });

  test('retryResult: the result is given as without it; said once, counted each time', async () => {
    const { name, call, runs, errors, kinds } = retrying({ retryResult: broken }, [works]);
    expect([await call(), await call()]).toEqual(['up', 'up']);
    expect(runs()).toBe(2);
    expect(stderr.mock.calls).toEqual([[`[toolspan] tool "${name}": retry.retryResult failed (no status); its calls go on without it\n`]]);
    expect(errors('retryResult')).toBe(2);
    expect(kinds()).toEqual([2, 0, 0, 0]);
  });
});

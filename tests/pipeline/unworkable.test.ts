import { configureTools, resetTools, Timeout, Tool, tool, type FunctionToolOptions } from 'toolspan';
import { observed } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

observed();
const warnings = warningsOf();

/** What is said of a tool with these policies. */
async function saidOf(policies: FunctionToolOptions): Promise<string[]> {
  const work = tool({ name: 'work', ...policies }, async () => 1);
  for (let call = 0; call < 3; call++) await work();
  return warnings.map((warning) => warning.replace(/^tool "work" \(.*?\)\)?: /, ''));
}

const ABOUT_TOTAL =
  'the time limit of an attempt (5 s) is longer than that of the call (2 s) and never acts: make it shorter, or take it away';
const ABOUT_WINDOW =
  "the circuit breaker's window (9 s) is shorter than two time limits (5 s each), so attempts that hang are gone from it before they count: make it longer";
const ABOUT_SLOW = 'slowCall (5 s) is not shorter than the time limit of an attempt (5 s), so nothing is ever slow: make it shorter';
const ABOUT_HEDGE = '@Hedge begins after 5 s, which is not before the time limit of an attempt (5 s): make it shorter';
const aboutWait = (policy: string): string =>
  `maxWait of ${policy} (2 s) is not shorter than the time limit of the call (2 s), so who waits that long is never run: make it shorter`;

const limited = (maxWait: '1s' | '2s'): FunctionToolOptions => ({
  rateLimited: { limit: 9, per: '1s', maxWait },
});
const queued = (maxWait: '1s' | '2s'): FunctionToolOptions => ({
  bulkhead: { maxConcurrent: 9, maxQueue: 1, maxWait },
});
const rated = (window: '9s' | '10s' | 5): FunctionToolOptions => ({ circuitBreaker: { failureRate: 0.5, window } });

describe('what is allowed and does not work together is warned of, once, with the cure', () => {
  test.each<[string, FunctionToolOptions, string]>([
    ['a time limit of an attempt beyond that of the call', { timeout: { attempt: '5s', total: '2s' } }, ABOUT_TOTAL],
    ['a window shorter than two time limits', { ...rated('9s'), timeout: '5s' }, ABOUT_WINDOW],
    ['slow calls that the time limit ends', { circuitBreaker: { slowCall: '5s' }, timeout: '5s' }, ABOUT_SLOW],
    ['a hedge that comes after the time limit', { hedge: { after: '5s' }, timeout: '5s' }, ABOUT_HEDGE],
    ['a wait for the rate limit beyond the time of the call', { ...limited('2s'), timeout: { total: '2s' } }, aboutWait('rateLimited')],
    ['a wait for the bulkhead beyond the time of the call', { ...queued('2s'), timeout: { total: '2s' } }, aboutWait('bulkhead')],
    [
      'a first back-off beyond the longest one',
      { retry: { baseDelay: '3s', maxDelay: '1s' } },
      'baseDelay (3 s) is longer than maxDelay (1 s), so every wait is cut to that: make it shorter',
    ],
    [
      'a retry loop that is over before its first back-off',
      { retry: { baseDelay: '3s', maxElapsed: '3s' } },
      'maxElapsed (3 s) is not longer than baseDelay (3 s), so there is hardly time for a retry: make it longer',
    ],
    [
      'a retry loop that may last longer than the call',
      { retry: { maxElapsed: '2s' }, timeout: { total: '2s' } },
      'maxElapsed (2 s) is not shorter than the time limit of the call (2 s) and never acts: make it shorter, or take it away',
    ],
    [
      'a back-off beyond the time of the call',
      { retry: { baseDelay: '2s', jitter: 'none' }, timeout: { total: '2s' } },
      'baseDelay (2 s) is not shorter than the time limit of the call (2 s), so there is never time for a retry: make it shorter',
    ],
  ])('%s', async (_what, policies, warning) => {
    expect(await saidOf(policies)).toEqual([warning]);
  });

  test.each<[string, FunctionToolOptions]>([
    ['two equal time limits', { timeout: { attempt: '5s', total: '5s' } }],
    ['a window as long as two time limits', { ...rated('10s'), timeout: '5s' }],
    ['a window of attempts', { ...rated(5), timeout: '5s' }],
    ['slow calls below the time limit', { circuitBreaker: { slowCall: '4s' }, timeout: '5s' }],
    ['a hedge before the time limit', { hedge: { after: '4s' }, timeout: '5s' }],
    ['a hedge by a quantile', { hedge: { after: 'p95' }, timeout: '1ms' }],
    ['waits below the time of the call', { ...limited('1s'), ...queued('1s'), timeout: { total: '2s' } }],
    ['all of them without a time limit', { ...rated('9s'), hedge: { after: '5s' }, ...limited('2s'), ...queued('2s') }],
    ['a longest back-off below the default of the first one', { retry: { maxDelay: '50ms' } }],
    ['a retry loop within the call', { retry: { maxElapsed: '1s' }, timeout: { total: '2s' } }],
    ['nothing at all', {}],
  ])('but not %s', async (_what, policies) => {
    expect(await saidOf(policies)).toEqual([]);
  });

  test('each of several by itself', async () => {
    const policies = { ...limited('2s'), timeout: { attempt: '5s', total: '2s' }, hedge: { after: '5s' } } as const;
    expect(await saidOf(policies)).toEqual([ABOUT_TOTAL, ABOUT_HEDGE, aboutWait('rateLimited')]);
  });
});

describe('the warning', () => {
  class Slow {
    @Timeout('5s', { total: '2s' }) async get(): Promise<void> {}
  }
  class Slower extends Slow {}

  test('names the tool and where it stands, whatever class it was called on, and comes again after resetTools()', async () => {
    const expected = [`tool "get" (Slow.get): ${ABOUT_TOTAL}`];
    for (const slow of [new Slow(), new Slower(), new Slow()]) await slow.get();
    expect(warnings).toEqual(expected);
    resetTools();
    await new Slow().get();
    expect(warnings).toEqual([...expected, ...expected]);
  });

  test('comes before anything is called no more than a circuit does', () => {
    class Idle {
      @Tool() @Timeout('5s', { total: '2s' }) async get(): Promise<void> {}
    }
    expect([new Idle(), warnings.length]).toEqual([expect.any(Idle), 0]);
  });

  test('comes with the first call after a configuration that made it so', async () => {
    configureTools({ policies: { late: { timeout: { attempt: '1s', total: '2s' } } } });
    const late = tool({ name: 'late', use: 'late' }, async () => 1);
    await late();
    expect(warnings).toEqual([]);
    configureTools({ policies: { late: { timeout: { attempt: '5s', total: '2s' } } } });
    expect(warnings).toEqual([]);
    await late();
    await late();
    expect(warnings).toEqual([expect.stringContaining(ABOUT_TOTAL)]);
  });
});

import { CircuitBreaker, configureTools, describeTool, resetTools, Retry, Tool, tool, Use, type ToolDescription } from 'toolspan';
import { observed } from '../support/observed.js';

const at = observed();

/** Options of one policy as they are in effect. */
const optionsOf = ({ policies }: ToolDescription, policy: string) => policies.find(({ name }) => name === policy)?.options;
const work = async (): Promise<string> => 'done';

afterEach(() => configureTools({ defaults: { retry: {}, cached: {}, timeout: {}, circuitBreaker: {} } }));

describe('a named policy', () => {
  it('is given to a method by @Use, to a class, and to a function by tool({ use })', async () => {
    configureTools({ policies: { shared: { retry: { maxRetries: 2, baseDelay: 0 }, cached: '1m' } } });
    @Use('shared')
    class OnClass {
      @Tool() async get(): Promise<void> {}
    }
    class OnMethod {
      @Use('shared') async get(): Promise<void> {}
    }
    const byFunction = tool({ name: 'byFunction', use: 'shared' }, work);
    for (const target of [OnClass, OnMethod, byFunction]) {
      const description = describeTool(target);
      expect(description.policies.map(({ name }) => name)).toEqual(['cached', 'retry']);
      expect(optionsOf(description, 'retry')).toMatchObject({ maxRetries: 2, baseDelay: 0 });
    }
  });

  it('works as if its options were written beside the tool', async () => {
    configureTools({ policies: { working: { retry: { maxRetries: 2, baseDelay: 0 } } } });
    let runs = 0;
    const flaky = tool({ name: 'flaky', use: 'working' }, async () => {
      if (++runs < 3) throw new Error('down');
      return 'up';
    });
    expect([await flaky(), runs]).toEqual(['up', 3]);
    expect(at.seen.metric('tool_retry_calls_total', { tool: 'flaky', kind: 'successful_with_retry' })).toBe(1);
  });

  it('may be several: what the first says wins, option by option', () => {
    configureTools({
      policies: {
        quick: { retry: { baseDelay: 5 }, timeout: '1s' },
        patient: { retry: { baseDelay: 900, maxRetries: 9 }, timeout: { attempt: '9s', total: '1m' } },
      },
    });
    const both = describeTool(tool({ name: 'both', use: ['quick', 'patient'] }, work));
    expect(optionsOf(both, 'retry')).toMatchObject({ baseDelay: 5, maxRetries: 9 });
    expect(both.policies.filter(({ name }) => name === 'timeout').map(({ options }) => options)).toEqual([
      { total: 60_000 },
      { attempt: 1_000 },
    ]);
    const turned = describeTool(tool({ name: 'turned', use: ['patient', 'quick'] }, work));
    expect(optionsOf(turned, 'retry')).toMatchObject({ baseDelay: 900, maxRetries: 9 });
  });
});

describe('which option counts', () => {
  it('is the method’s, then the class’s, then the named policy’s, then the default, then what is built in', () => {
    configureTools({
      defaults: { retry: { maxRetries: 1, baseDelay: 1, maxDelay: 1, factor: 1 } },
      policies: { ranked: { retry: { maxRetries: 2, baseDelay: 2, maxDelay: 2 } } },
    });
    @Retry({ maxRetries: 3, baseDelay: 3 })
    @Use('ranked')
    class Ranked {
      @Retry({ maxRetries: 4 }) async get(): Promise<void> {}
      @Tool() async plain(): Promise<void> {}
    }
    expect(optionsOf(describeTool(Ranked, 'get'), 'retry')).toEqual({ maxRetries: 4, baseDelay: 3, maxDelay: 2, factor: 1, jitter: true });
    expect(optionsOf(describeTool(Ranked, 'plain'), 'retry')).toMatchObject({ maxRetries: 3, baseDelay: 3, maxDelay: 2 });
  });

  it('is the nearest class’s, and @Use of the method goes before that of the class', () => {
    configureTools({
      policies: { near: { retry: { maxRetries: 5, factor: 5 } }, far: { retry: { maxRetries: 6, factor: 6, maxDelay: 6 } } },
    });
    @Use('far')
    @Retry({ baseDelay: 1 })
    class Base {
      @Use('near') async get(): Promise<void> {}
    }
    @Retry({ baseDelay: 2 })
    class Sub extends Base {}
    expect(optionsOf(describeTool(Base), 'retry')).toMatchObject({ baseDelay: 1, maxRetries: 5, factor: 5, maxDelay: 6 });
    expect(optionsOf(describeTool(Sub), 'retry')).toMatchObject({ baseDelay: 2, maxRetries: 5 });
  });

  it('has a rate take the place of the count only where nobody says the count', () => {
    configureTools({
      policies: { byRate: { circuitBreaker: { failureRate: 0.5 } }, byCount: { circuitBreaker: { failureThreshold: 7 } } },
    });
    const byRate = describeTool(tool({ name: 'byRate', use: 'byRate' }, work));
    expect(Object.keys(optionsOf(byRate, 'circuitBreaker')!)).not.toContain('failureThreshold');
    const both = describeTool(tool({ name: 'both', use: ['byRate', 'byCount'] }, work));
    expect(optionsOf(both, 'circuitBreaker')).toMatchObject({ failureRate: 0.5, failureThreshold: 7 });
  });

  it('is one fallback, whoever says it first, and not a mixture of two', () => {
    configureTools({ policies: { answered: { fallback: () => 'made' } } });
    expect(optionsOf(describeTool(tool({ name: 'own', use: 'answered', fallback: 'given' }, work)), 'fallback')).toEqual({
      value: { result: 'given' },
    });
    expect(optionsOf(describeTool(tool({ name: 'named', use: 'answered' }, work)), 'fallback')).toEqual({ handler: 'function fallback' });
  });
});

describe('defaults', () => {
  it('give no policy to a tool that has none', () => {
    configureTools({ defaults: { retry: { maxRetries: 7 }, cached: { ttl: '7s' } } });
    expect(describeTool(tool({ name: 'bare' }, () => 1)).policies).toEqual([]);
    const cached = describeTool(tool({ name: 'cached', cached: { maxEntries: 5 } }, work));
    expect(cached.policies.map(({ name, options }) => [name, options['ttl'], options['maxEntries']])).toEqual([['cached', 7_000, 5]]);
  });

  it('leave a synchronous tool synchronous', () => {
    configureTools({ defaults: { retry: { maxRetries: 7 } } });
    expect(tool({ name: 'sync' }, () => 1)()).toBe(1);
  });

  it('of one policy take the place of what they were, and leave the others', () => {
    configureTools({ defaults: { retry: { maxRetries: 7, factor: 7 }, cached: '7s' } });
    configureTools({ defaults: { retry: { maxRetries: 8 } } });
    const { policies } = describeTool(tool({ name: 'again', retry: {}, cached: {} }, work));
    expect(policies.map(({ options }) => [options['ttl'], options['maxRetries'], options['factor']])).toEqual([
      [7_000, undefined, undefined],
      [undefined, 8, 2],
    ]);
  });

  it('need not say what a policy cannot do without', () => {
    configureTools({ defaults: { rateLimited: { maxWait: '1s' } as never, bulkhead: { maxQueue: 3 } as never } });
    const { policies } = describeTool(tool({ name: 'filled', rateLimited: { limit: 1, per: '1s' }, bulkhead: 2 }, work));
    expect(policies.map(({ options }) => [options['maxWait'], options['maxQueue']])).toEqual([
      [1_000, undefined],
      [undefined, 3],
    ]);
  });

  it('survive resetTools(), as named policies do: they are no state', () => {
    configureTools({ defaults: { retry: { maxRetries: 7 } }, policies: { lasting: { cached: '7s' } } });
    resetTools();
    const { policies } = describeTool(tool({ name: 'after', use: 'lasting', retry: {} }, work));
    expect(policies.map(({ options }) => options['ttl'] ?? options['maxRetries'])).toEqual([7_000, 7]);
  });
});

test('a tool with @CircuitBreaker and @Use of the same policy has one, of both', () => {
  configureTools({ policies: { half: { circuitBreaker: { resetTimeout: '9s' } } } });
  class Half {
    @Use('half') @CircuitBreaker({ failureThreshold: 9 }) async get(): Promise<void> {}
  }
  expect(describeTool(Half).policies).toEqual([
    { name: 'circuitBreaker', options: { failureThreshold: 9, resetTimeout: 9_000, halfOpenMax: 1, successThreshold: 2 } },
  ]);
});

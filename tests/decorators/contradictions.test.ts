import {
  Bulkhead,
  Cached,
  CircuitBreaker,
  configureTools,
  ConfigurationError,
  RateLimited,
  Timeout,
  Tool,
  tool,
  Use,
  type FunctionToolOptions,
} from 'toolspan';
import { outcome } from '../support/observed.js';

const work = async (): Promise<string> => 'done';
const toolWith = (options: FunctionToolOptions) => tool({ name: 'search', namespace: 'web', ...options }, work);

describe('what nothing around it could put right is refused where it is written', () => {
  test.each<[FunctionToolOptions, string]>([
    [
      { rateLimited: { limit: 5, per: '1s', cost: 6 } },
      'rateLimited: cost must be at most burst (default limit), or no call would ever pass, got 6',
    ],
    [
      { rateLimited: { limit: 5, per: '1s', burst: 2, cost: 3 } },
      'rateLimited: cost must be at most burst (default limit), or no call would ever pass, got 3',
    ],
    [
      { circuitBreaker: { resetTimeout: '1m', maxResetTimeout: '30s' } },
      'circuitBreaker: maxResetTimeout must be at least resetTimeout, got 30000',
    ],
    [
      { circuitBreaker: { failureRate: 0.5, window: 20, minimumCalls: 21 } },
      'circuitBreaker: minimumCalls must be at most window, or no rate would ever open the circuit, got 21',
    ],
  ])('%j', (options, complaint) => {
    expect(() => toolWith(options)).toThrow(new ConfigurationError(`tool "search" ${complaint}`));
    expect(() => configureTools({ policies: { contradictory: options } })).toThrow(`configureTools policies.contradictory ${complaint}`);
  });

  test('so is what a decorator contradicts in itself', () => {
    const decorate = (): unknown => {
      class Web {
        @RateLimited({ limit: 5, per: '1s', cost: 6 }) async search(): Promise<void> {}
      }
      return Web;
    };
    expect(decorate).toThrow('@RateLimited on Web.search: cost must be at most burst');
  });
});

describe('what lacks something that others may yet give is refused at the first call', () => {
  const refused: [FunctionToolOptions, string][] = [
    [{ cached: { maxWeight: 5 } }, 'cached: weigh must be given together with maxWeight, got undefined'],
    [{ cached: { weigh: () => 1 } }, 'cached: weigh must be given together with maxWeight, got function weigh'],
    [{ rateLimited: { limit: 1, per: '1s', maxKeys: 5 } }, 'rateLimited: maxKeys must be given together with key, got 5'],
    [{ circuitBreaker: { window: '30s' } }, 'circuitBreaker: window must be given together with failureRate or slowCall, got "30s"'],
    [{ circuitBreaker: { minimumCalls: 5 } }, 'circuitBreaker: minimumCalls must be given together with failureRate or slowCall, got 5'],
    [{ circuitBreaker: { slowCallRate: 0.5 } }, 'circuitBreaker: slowCallRate must be given together with slowCall, got 0.5'],
    [{ bulkhead: { maxConcurrent: 1, maxWait: '1s' } }, 'bulkhead: maxWait must be given together with a maxQueue of at least 1, got 1000'],
    [
      { bulkhead: { maxConcurrent: 1, maxQueue: 0, maxWait: '1s' } },
      'bulkhead: maxWait must be given together with a maxQueue of at least 1, got 1000',
    ],
    [{ timeout: {} }, "timeout: attempt must be a duration such as '5s', unless total is given, got undefined"],
  ];

  test.each(refused)('%j', async (options, complaint) => {
    const search = toolWith(options);
    for (let call = 0; call < 2; call++) {
      const error = (await outcome(search())) as ConfigurationError;
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toMatch(/^tool "search" \(function work \(.*contradictions\.test\.ts:\d+:\d+\)\) /);
      expect(error.message.endsWith(` ${complaint}`)).toBe(true);
      expect([error.tool, error.namespace]).toEqual(['search', 'web']);
    }
  });

  test('and what a class and a named policy give together with the method', async () => {
    configureTools({ policies: { narrow: { rateLimited: { limit: 9, per: '1s', burst: 2 } } } });
    @CircuitBreaker({ resetTimeout: '1m' })
    class Web {
      @CircuitBreaker({ maxResetTimeout: '30s' }) async fetch(): Promise<void> {}
      @Use('narrow') @RateLimited({ limit: 9, per: '1s', cost: 5 }) async search(): Promise<void> {}
    }
    const web = new Web();
    expect(await outcome(web.fetch())).toMatchObject({
      message: 'tool "fetch" (Web.fetch) circuitBreaker: maxResetTimeout must be at least resetTimeout, got 30000',
    });
    expect(await outcome(web.search())).toMatchObject({ message: expect.stringContaining('rateLimited: cost must be at most burst') });
  });

  test('a time that is below a default counts as well', async () => {
    const impatient = toolWith({ circuitBreaker: { maxResetTimeout: '30s' } });
    expect(await outcome(impatient())).toMatchObject({ message: expect.stringContaining('maxResetTimeout must be at least resetTimeout') });
  });
});

describe('what lacks something is right as soon as others give it', () => {
  const ok = async (call: () => Promise<unknown>) => expect(await call()).toBe('done');

  test('the class', async () => {
    @Timeout('5s')
    @Bulkhead({ maxConcurrent: 9, maxQueue: 1 })
    @CircuitBreaker({ failureRate: 0.5 })
    @Cached({ maxWeight: 5 })
    class Web {
      @Timeout({})
      @Bulkhead({ maxConcurrent: 1, maxWait: '1s' })
      @CircuitBreaker({ window: '30s', minimumCalls: 5 })
      @Cached({ weigh: () => 1 })
      async search(): Promise<string> {
        return 'done';
      }
    }
    await ok(() => new Web().search());
  });

  test('a named policy, also one that comes after a call that was refused', async () => {
    class Web {
      @Tool() @Use('weighing') @Cached({ maxWeight: 5 }) async search(): Promise<string> {
        return 'done';
      }
    }
    const web = new Web();
    configureTools({ policies: { weighing: {} } });
    expect(await outcome(web.search())).toBeInstanceOf(ConfigurationError);
    configureTools({ policies: { weighing: { cached: { weigh: () => 1 } } } });
    await ok(() => web.search());
    configureTools({ policies: { weighing: {} } });
    expect(await outcome(web.search())).toBeInstanceOf(ConfigurationError);
    configureTools({ policies: { weighing: { cached: { weigh: () => 1 } } } });
    await ok(() => web.search());
  });

  test('a default', async () => {
    const search = toolWith({ circuitBreaker: { slowCallRate: 0.5 } });
    configureTools({ defaults: { circuitBreaker: { slowCall: '1s' } } });
    await ok(search);
    configureTools({ defaults: { circuitBreaker: {} } });
  });
});

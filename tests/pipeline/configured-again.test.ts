import {
  Cached,
  circuit,
  configureTools,
  ConfigurationError,
  describeTool,
  listTools,
  RateLimited,
  rateLimit,
  Tool,
  tool,
  Use,
  type ToolDescription,
} from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const at = observed();
const warnings = warningsOf();

/** Options of one policy as they are in effect. */
const optionsOf = ({ policies }: ToolDescription, policy: string) => policies.find(({ name }) => name === policy)?.options;
const work = async (): Promise<string> => 'done';

describe('a name that is not known', () => {
  const messageOf = async (call: () => Promise<unknown>) => {
    const error = await outcome(call());
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  };

  it('is told at the first call, with the names that there are, and works as soon as there is one', async () => {
    configureTools({ policies: { known: {}, 'known as well': {}, changing: {} } });
    class Web {
      @Use('unheard') @Tool('fetch') async get(): Promise<string> {
        return 'page';
      }
    }
    const web = new Web();
    const message = await messageOf(() => web.get());
    expect(message).toMatch(/^tool "fetch" \(Web\.get\): there is no policy "unheard"; there are: .*known, known as well/);
    expect(message).toContain("Write configureTools({ policies: { 'unheard': { … } } }) before its first call");
    expect(await messageOf(() => web.get())).toBe(message);
    configureTools({ policies: { unheard: { cached: '1m' } } });
    expect(await web.get()).toBe('page');
    expect(at.seen.metric('tool_cache_operations_total', { tool: 'fetch', operation: 'set' })).toBe(1);
  });

  it('is told of by whoever looks at the tool, and does not keep the others from being counted', async () => {
    class Lost {
      @Use('nowhere') async get(): Promise<void> {}
    }
    const found = tool({ name: 'found' }, () => 1);
    found();
    expect(at.seen.metric('tool_executions_total', { tool: 'found', status: 'success' })).toBe(1);
    for (const look of [() => describeTool(Lost), () => circuit(Lost), () => rateLimit(Lost), () => listTools()])
      expect(look).toThrow('there is no policy "nowhere"');
    configureTools({ policies: { nowhere: {} } });
    expect(describeTool(Lost).policies).toEqual([]);
    expect(listTools().map(({ name }) => name)).toContain('found');
  });
});

describe('another configuration', () => {
  class Upstream {
    runs = 0;
    @Use('changing') @Cached('1h') @RateLimited({ limit: 3, per: '1h' }) async get(id: number): Promise<string> {
      this.runs += 1;
      if (id < 0) throw new Error('down');
      return `${id}`;
    }
  }
  const changing = (circuitBreaker: object, retry = {}) =>
    configureTools({ policies: { changing: { circuitBreaker, retry: { maxRetries: 0, ...retry } } } });

  it('keeps the state of policies whose options are the same', async () => {
    const up = new Upstream();
    changing({ failureThreshold: 1 });
    await up.get(1);
    await outcome(up.get(-1));
    changing({ failureThreshold: 1 }, { maxRetries: 1 });
    expect([await up.get(1), up.runs, circuit(up).state]).toEqual(['1', 2, 'OPEN']);
    expect(rateLimit(up).peek()).toMatchObject({ remaining: 1 });
    expect(optionsOf(describeTool(up), 'retry')).toMatchObject({ maxRetries: 1 });
  });

  it('begins anew where they are others, and nowhere else', async () => {
    const up = new Upstream();
    changing({ failureThreshold: 1 });
    await up.get(1);
    await outcome(up.get(-1));
    changing({ failureThreshold: 2 });
    expect([await up.get(1), up.runs, circuit(up).state]).toEqual(['1', 2, 'CLOSED']);
    await outcome(up.get(-1));
    expect([up.runs, circuit(up).state, circuit(up).failureCount]).toEqual([3, 'CLOSED', 1]);
  });

  it('begins anew where an option is there that was not, and where one is gone', async () => {
    const up = new Upstream();
    const state = async (circuitBreaker: object) => {
      changing(circuitBreaker);
      await up.get(1);
      const { state: found } = circuit(up);
      await outcome(up.get(-1));
      return found;
    };
    expect(await state({ failureThreshold: 1 })).toBe('CLOSED');
    expect(await state({ failureThreshold: 1 })).toBe('OPEN');
    expect(await state({ failureThreshold: 1, maxResetTimeout: '1h' })).toBe('CLOSED');
    expect(await state({ failureThreshold: 1 })).toBe('CLOSED');
  });

  it('is seen by the next call of tools that share a circuit by name, which they go on sharing', async () => {
    const [one, other] = ['one', 'other'].map((name) =>
      tool({ name, use: 'renewed' }, async (fails: boolean) => {
        if (fails) throw new Error('down');
      }),
    );
    const renewed = (failureThreshold: number) =>
      configureTools({ policies: { renewed: { circuitBreaker: { name: 'of both', failureThreshold } } } });
    renewed(5);
    await outcome(one!(true));
    expect([circuit(other!).failureCount, circuit('of both').failureCount]).toEqual([1, 1]);
    renewed(1);
    await outcome(one!(true));
    expect([circuit(one!).state, circuit(other!).state, circuit('of both').state]).toEqual(['OPEN', 'OPEN', 'OPEN']);
    renewed(1);
    expect(await outcome(other!(false))).toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  it('has those that share something by name and do not agree told of it, and share it all the same', async () => {
    const own = tool({ name: 'own', retry: 0, bulkhead: { name: 'gate', maxConcurrent: 5 } }, work);
    const named = tool({ name: 'named', use: 'gated' }, work);
    configureTools({ policies: { gated: { bulkhead: { name: 'gate', maxConcurrent: 5 } } } });
    await Promise.all([own(), named()]);
    expect(warnings).toEqual([]);
    configureTools({ policies: { gated: { bulkhead: { name: 'gate', maxConcurrent: 1 } } } });
    const concurrent = await Promise.all([outcome(named()), outcome(own())]);
    expect(concurrent).toEqual(['done', expect.objectContaining({ code: 'BULKHEAD_FULL' })]);
    expect(warnings).toEqual([expect.stringContaining('tools share the bulkhead "gate" but do not agree on its options')]);
  });
});

test('configureTools changes nothing when anything in it is wrong', async () => {
  configureTools({ policies: { steady: { retry: { maxRetries: 1 } } }, defaults: { cached: '1s' }, rateLimit: false });
  const wrong = [
    { policies: { steady: { retry: { maxRetries: 2 } }, next: { retry: -1 } } },
    { policies: { steady: { retry: { maxRetries: 2 } } }, defaults: { cached: 'soon' } },
    { policies: { steady: { retry: { maxRetries: 2 } } }, rateLimit: { limit: 1 } },
    { policies: { steady: { retry: { maxRetries: 2 } } }, rateLimit: { limit: 1, per: '1s' }, unknown: 1 },
    { policies: { steady: { use: 'other' } } },
    { policies: { steady: 5 } },
    { policies: { steady: { rateLimited: { limit: 1 } } } },
    { defaults: { cached: '2s', retries: 5 } },
  ];
  for (const configuration of wrong) expect(() => configureTools(configuration as never)).toThrow(ConfigurationError);
  const { policies } = describeTool(tool({ name: 'steady', use: 'steady', cached: {} }, work));
  expect(policies.map(({ options }) => options['ttl'] ?? options['maxRetries'])).toEqual([1_000, 1]);
  const unlimited = tool({ name: 'unlimited' }, work);
  expect([await unlimited(), await unlimited()]).toEqual(['done', 'done']);
  expect(() => describeTool(tool({ name: 'next', use: 'next' }, work))).toThrow('there is no policy "next"');
});

test.each([
  [
    { policies: { upstream: { retry: -1 } } },
    'configureTools policies.upstream retry: maxRetries must be a whole number of at least 0, got -1',
  ],
  [
    { policies: { upstream: { retries: 5 } } },
    'configureTools policies.upstream: there is no option retries (got 5); there are: cached, rateLimited',
  ],
  [{ policies: { upstream: { use: 'other' } } }, 'configureTools policies.upstream: there is no option use'],
  [{ policies: { upstream: null } }, 'configureTools: policies.upstream must be an object of policies, got null'],
  [{ policies: [] }, 'configureTools: policies must be an object of policies by name, got []'],
  [{ defaults: 5 }, 'configureTools: defaults must be an object of policies, got 5'],
  [{ defaults: { timeout: 0 } }, 'configureTools defaults timeout: attempt must be a duration above 0'],
  [
    { policies: { upstream: { bulkhead: { maxQueue: 1 } } } },
    'configureTools policies.upstream bulkhead: maxConcurrent must be a whole number',
  ],
])('configureTools(%j) says which policy and option is wrong', (configuration, message) => {
  expect(() => configureTools(configuration as never)).toThrow(message);
});

describe('the handle of a circuit, when options change', () => {
  it('goes on showing the circuit that calls ask; listeners go on hearing, and what was opened by hand stays open', async () => {
    configureTools({ policies: { guard: { circuitBreaker: { failureThreshold: 5 } } } });
    const act = tool({ name: 'act', use: 'guard' }, async () => {
      throw new Error('down');
    });
    const handle = circuit(act);
    const heard: string[] = [];
    handle.onTransition((from, to) => void heard.push(`${from} > ${to}`));
    handle.open();
    configureTools({ policies: { guard: { circuitBreaker: { failureThreshold: 1 } } } });
    expect(String(await outcome(act()))).toContain('was not run');
    expect([handle.state, circuit(act).state]).toEqual(['OPEN', 'OPEN']);
    handle.close();
    expect(String(await outcome(act()))).toBe('Error: down');
    expect(handle.state).toBe('OPEN'); // one failure is enough now
    configureTools({ policies: { guard: { circuitBreaker: { failureThreshold: 1, mode: 'disabled' } } } });
    expect(String(await outcome(act()))).toBe('Error: down');
    expect(heard).toEqual(['CLOSED > OPEN', 'OPEN > CLOSED', 'CLOSED > OPEN']);
  });

  it('takes functions only for listeners, and reports one whose promise is rejected', async () => {
    const act = tool({ name: 'act', circuitBreaker: {} }, work);
    expect(() => circuit(act).onTransition(undefined!)).toThrow('circuit: onTransition takes a function, not undefined');
    const rejecting: unknown = () => Promise.reject(new Error('deaf'));
    circuit(act).onTransition(rejecting as () => void);
    circuit(act).open();
    await Promise.resolve().then(() => undefined);
    expect(warnings).toEqual([expect.stringContaining('tool "act": a listener of its transitions failed (deaf)')]);
  });
});

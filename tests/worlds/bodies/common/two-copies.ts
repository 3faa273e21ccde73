import {
  Cached,
  ConfigurationError,
  describeTool,
  listTools,
  RateLimited,
  RateLimitError,
  resetTools,
  Retry,
  Tool,
  ToolError,
} from 'toolspan';
import { anotherCopy } from '../../copy.js';
import { passing, replacing } from '../../foreign.js';
import { world } from '../../world.js';
import { observed, outcome } from '../../../support/observed.js';

const it = observed();
const copy = anotherCopy();

test('decorators of two copies on one method write on one card, and intercept once', async () => {
  let runs = 0;
  class Api {
    @copy.Retry({ maxRetries: 1, baseDelay: 0 })
    @Tool({ namespace: 'web' })
    @passing([], 'between')
    @copy.Cached('1m')
    async get(): Promise<number> {
      runs += 1;
      if (runs === 1) throw new Error('once');
      return runs;
    }
  }
  const api = new Api();
  expect(copy.Tool).not.toBe(Tool);
  expect([await api.get(), await api.get()]).toEqual([2, 2]);
  expect(it.seen.tree()).toBe(
    [
      'tool.execute web.get ✓',
      '├── tool.cache.lookup miss',
      '├── tool.retry.attempt #0 ✗ once',
      '│   └── tool.execute ✗ once',
      '├── tool.retry.attempt #1 ✓',
      '│   └── tool.execute ✓',
      '└── tool.cache.set',
      'tool.execute web.get ✓ cached',
      '└── tool.cache.lookup hit',
    ].join('\n'),
  );
  expect(copy.describeTool(Api, 'get')).toEqual(describeTool(Api, 'get'));
  expect(describeTool(Api).policies.map(({ name }) => name)).toEqual(['cached', 'retry']);
});

test('defaults that one copy wrote on a class hold for methods that the other decorated', async () => {
  @copy.Tool({ namespace: 'copied' })
  @Retry(1)
  class Base {
    @Tool() async one(): Promise<string> {
      return 'one';
    }
    @copy.Tool() async other(): Promise<string> {
      return 'other';
    }
  }
  @copy.Retry({ factor: 3 })
  class Derived extends Base {}
  const derived = new Derived();
  expect([await derived.one(), await derived.other()]).toEqual(['one', 'other']);
  for (const key of ['one', 'other']) {
    expect(describeTool(derived, key)).toMatchObject({
      namespace: 'copied',
      policies: [{ name: 'retry', options: { maxRetries: 1, factor: 3 } }],
    });
  }
  expect(it.seen.metric('tool_executions_total', { namespace: 'copied' })).toBe(2);
});

test('a decorator written twice is noticed, whichever copies it comes from', () => {
  const decorate = () => {
    class Api {
      @copy.Retry(1) @Retry(2) async get(): Promise<void> {}
    }
    return Api;
  };
  expect(decorate).toThrow('@Retry is written twice');
});

test('tools of all copies are listed by each, and forgotten by each', async () => {
  const name = `copied in ${world.name}`;
  let runs = 0;
  const counting = copy.tool({ name, cached: '1h' }, async () => (runs += 1));
  expect(listTools().filter((tool) => tool.name === name)).toHaveLength(1);
  expect(copy.listTools()).toEqual(listTools());
  expect([await counting(), await counting()]).toEqual([1, 1]);
  resetTools();
  expect(await counting()).toBe(2);
});

test('errors of one copy are instances of the other one’s classes', async () => {
  class Api {
    @copy.RateLimited({ limit: 1, per: '1h' }) async theirs(): Promise<void> {}
    @RateLimited({ limit: 1, per: '1h' }) async ours(): Promise<void> {}
  }
  const api = new Api();
  await Promise.all([api.theirs(), api.ours()]);
  for (const error of [await outcome(api.theirs()), await outcome(api.ours())]) {
    for (const kind of [RateLimitError, copy.RateLimitError, ToolError, copy.ToolError]) expect(error).toBeInstanceOf(kind);
    for (const kind of [ConfigurationError, copy.ConfigurationError, copy.CircuitOpenError]) expect(error).not.toBeInstanceOf(kind);
  }
  expect(() => copy.tool({ name: 'x', retry: -1 }, async () => undefined)).toThrow(ConfigurationError);
});

test('a global limit that one copy sets holds for the tools of the other', async () => {
  copy.configureTools({ rateLimit: { limit: 1, per: '1h' } });
  try {
    class Api {
      @Tool() async get(): Promise<string> {
        return 'got';
      }
    }
    const api = new Api();
    expect(await api.get()).toBe('got');
    expect(await outcome(api.get())).toMatchObject({ code: 'RATE_LIMITED', reason: 'global_limit' });
  } finally {
    copy.configureTools({ rateLimit: false });
  }
});

test('the current call is the same for all copies', async () => {
  class Api {
    @Tool({ name: 'asking', namespace: 'web' }) async get(): Promise<unknown> {
      const { tool, namespace } = copy.currentCall()!;
      return [namespace, tool];
    }
  }
  expect(await new Api().get()).toEqual(['web', 'asking']);
});

/** A method that a version with other cards decorated. */
async function fromAnotherVersion(): Promise<void> {
  await Promise.resolve();
}
Reflect.defineMetadata('toolspan:card', { layout: 99, how: 'it will be, nobody knows' }, fromAnotherVersion);

test('a card that we cannot read is a ConfigurationError that says what to do', () => {
  const decorate = () => {
    class Api {
      @Cached('1m') @replacing(() => fromAnotherVersion) async get(): Promise<void> {}
    }
    return Api;
  };
  const cure = 'two versions of toolspan that do not understand each other decorate';
  expect(decorate).toThrow(ConfigurationError);
  expect(decorate).toThrow(cure);
  expect(decorate).toThrow('have one of them installed (npm ls toolspan; npm dedupe)');
  class Undecorated {
    declare get: () => Promise<void>;
  }
  Undecorated.prototype.get = fromAnotherVersion;
  expect(() => describeTool(Undecorated, 'get')).toThrow(cure);
  expect(() => Tool()(Undecorated)).toThrow(cure);
  expect(() => listTools()).not.toThrow();
});

import { Cached, CircuitBreaker, describeTool, RateLimited, Retry, Tool } from 'toolspan';
import { passing, replacing } from '../../foreign.js';
import { observed } from '../../../support/observed.js';

const it = observed();

const EFFECTIVE = ['cached', 'rateLimited', 'retry', 'circuitBreaker'];
const TREE = [
  'tool.execute get ✓',
  '├── tool.cache.lookup miss',
  '├── tool.rate_limit.check allowed',
  '├── tool.circuit_breaker.check CLOSED',
  '├── tool.retry.attempt #0 ✓',
  '│   └── tool.execute ✓',
  '└── tool.cache.set',
].join('\n');

/** Five decorators of ours and a foreign one, in orders that differ in who is first, who is last and who stands beside the foreign one. */
function orders(notes: string[]): (new () => { get(): Promise<string> })[] {
  class A {
    @Tool()
    @Cached('1m')
    @RateLimited({ limit: 9, per: '1s' })
    @passing(notes, 'A')
    @Retry()
    @CircuitBreaker()
    async get(): Promise<string> {
      return 'done';
    }
  }
  class B {
    @CircuitBreaker()
    @Retry()
    @RateLimited({ limit: 9, per: '1s' })
    @Cached('1m')
    @passing(notes, 'B')
    @Tool()
    async get(): Promise<string> {
      return 'done';
    }
  }
  class C {
    @passing(notes, 'C')
    @Retry()
    @Tool()
    @CircuitBreaker()
    @Cached('1m')
    @RateLimited({ limit: 9, per: '1s' })
    async get(): Promise<string> {
      return 'done';
    }
  }
  class D {
    @Cached('1m')
    @passing(notes, 'D')
    @Tool()
    @passing(notes, 'd')
    @CircuitBreaker()
    @RateLimited({ limit: 9, per: '1s' })
    @Retry()
    async get(): Promise<string> {
      return 'done';
    }
  }
  class E {
    @RateLimited({ limit: 9, per: '1s' })
    @CircuitBreaker()
    @Tool()
    @Retry()
    @Cached('1m')
    @passing(notes, 'E')
    async get(): Promise<string> {
      return 'done';
    }
  }
  return [A, B, C, D, E];
}

test('the order in which decorators are written changes nothing', async () => {
  for (const Api of orders([])) {
    it.seen.reset();
    expect(await new Api().get()).toBe('done');
    expect(it.seen.tree()).toBe(TREE);
    expect(describeTool(Api, 'get').policies.map(({ name }) => name)).toEqual(EFFECTIVE);
    expect(it.seen.metric('tool_executions_total', { tool: 'get' })).toBe(1);
  }
});

test('a foreign decorator keeps its place: above all of ours it sees each call, below a hit never reaches it', async () => {
  const notes: string[] = [];
  for (const Api of orders(notes)) {
    const api = new Api();
    await api.get();
    await api.get();
  }
  // Ours intercept where the lowest of them stands.
  expect(notes).toEqual(['A', 'A', 'B', 'B', 'C', 'C', 'D', 'd', 'D', 'd', 'E']);
});

test('a foreign function that forgets to call ours is left alone', async () => {
  class Api {
    @Retry()
    @replacing(() => async () => 'replaced')
    @Tool()
    async get(): Promise<string> {
      return 'never';
    }
  }
  expect(await new Api().get()).toBe('replaced');
  expect(it.seen.tree()).toBe('');
});

test('a foreign decorator that calls twice makes two calls, the second of them a hit', async () => {
  let runs = 0;
  const Twice = replacing(
    (inner) =>
      async function (this: unknown, ...args: unknown[]) {
        await inner.apply(this, args);
        return inner.apply(this, args);
      },
  );
  class Api {
    @Twice @Cached('1m') @Tool('twice') async get(n: number): Promise<number> {
      runs += 1;
      return n;
    }
  }
  expect(await new Api().get(1)).toBe(1);
  expect(runs).toBe(1);
  expect(it.seen.metric('tool_executions_total', { tool: 'twice' })).toBe(2);
});

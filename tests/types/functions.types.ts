// Compiled, not run, twice (legacy and standard decorators): what `tool()` knows of a function, and what the callbacks beside it know of it.
import {
  tool,
  type AnyFunction,
  type AsyncFunction,
  type CachedOptions,
  type FunctionPolicies,
  type FunctionToolOptions,
  type PlainToolOptions,
  type WaitingFunction,
} from 'toolspan';

interface User {
  readonly id: string;
}
interface Status {
  readonly status: 'up' | 'down';
  readonly rows: string[];
}
class Api {}
declare const work: (query: string) => Promise<Status>;
declare const lookUp: (query?: string) => Promise<'some' | 'none'>;
declare const count: () => Promise<number>;
declare const lines: (n: number) => AsyncGenerator<string, void, boolean>;
declare const anything: unknown;

// Without a type, a callback's parameters have those of the function.
const all: (query: string) => Promise<{ ok: boolean }> = tool(
  {
    name: 'all',
    cached: {
      key: (query) => query.length,
      cacheIf: (result) => result.ok,
      ttl: (result) => (result.ok ? '1m' : undefined),
      tags: (query) => [query],
      maxWeight: 5,
      weigh: (result) => (result.ok ? 1 : 2),
      errorTtl: () => '5s',
    },
    rateLimited: { limit: 1, per: '1s', key: (query) => query, cost: (query) => query.length },
    retry: {
      retryIf: (error, attempt) => error instanceof Error && attempt < 2,
      retryResult: (result, attempt) => !result.ok && attempt < 2,
    },
    circuitBreaker: { countIf: (error) => error instanceof Error, countResultIf: (result) => !result.ok },
    fallback: (error, query) => ({ ok: error instanceof Error && query === '' }),
  },
  async (query: string) => ({ ok: query !== '' }),
);
// A method, and one with `this`; a function that is written as one; a rest.
tool({ cached: { key(query) { return query.length; }, ttl() { return '1m'; } } }, work); // prettier-ignore
const receiving: (this: Api, n: number) => Promise<Api> = tool(
  { name: 'receiving', cached: { key(this: Api, n: number) { return n; } } }, // prettier-ignore
  async function (this: Api, _n: number) {
    return this;
  },
);
const written: (n: number) => Promise<number> = tool({ name: 'written', cached: { key: (n) => String(n) } }, async function (n: number) {
  return n;
});
tool({ cached: { key: (...args) => args.length } }, async (_first: string, _second = 1) => 1);
tool({ cached: { key: (_first, second) => second?.id } }, async (_first: string, _second?: User) => 1);
// Without a parameter, what is given is taken as it is written.
tool({ cached: { ttl: () => '1m', errorTtl: () => '1m', tags: () => ['all'] } }, work);
tool({ cached: { ttl: () => '1m', key: (query) => query } }, work);
tool({ retry: 1, fallback: () => 'none' }, lookUp);
tool({ retry: 1, fallback: () => ({ status: 'down', rows: [] }) }, work);
tool({ retry: 1, fallback: async () => ({ status: 'down', rows: [] }) }, work);
tool({ retry: 1, fallback: () => [['a', 1]] }, async (): Promise<['a' | 'b', number][]> => []);

// With a type, they must take what the function is given, or gives.
tool({ cached: { key: (query: string | number) => query, cacheIf: (result: { status: string }) => result.status === 'up' } }, work);
tool({ retry: { retryResult: (result: object) => 'error' in result } }, work);
// @ts-expect-error -- it is given a string
tool({ cached: { key: (user: User) => user.id } }, work);
// @ts-expect-error -- it may be given nothing
tool({ cached: { key: (query: string) => query.length } }, lookUp);
// @ts-expect-error -- the same
tool({ cached: { key: (query) => query.length } }, lookUp);
// @ts-expect-error -- a string has no id
tool({ rateLimited: { limit: 1, per: '1s', key: (query) => query.id } }, work);
// @ts-expect-error -- there is no such argument
tool({ rateLimited: { limit: 1, per: '1s', cost: (_query: string, cost: number) => cost } }, work);
// @ts-expect-error -- the result has no such member
tool({ cached: { cacheIf: (result: { nope: string }) => result.nope === '' } }, work);
// @ts-expect-error -- the same
tool({ cached: { ttl: (result) => result.nope } }, work);
// @ts-expect-error -- the same
tool({ retry: { retryResult: (result: { nope: string }) => result.nope === '' } }, work);
// @ts-expect-error -- the same
tool({ circuitBreaker: { countResultIf: (result) => result.nope } }, work);
// @ts-expect-error -- a ttl is a duration
tool({ cached: { ttl: () => 'soon' } }, work);
// @ts-expect-error -- it is asked at once: no promise
tool({ cached: { cacheIf: async () => true } }, work);
// @ts-expect-error -- a key is a text or a number
tool({ cached: { key: (query) => ({ query }) } }, work);

// A fallback gives what the function gives.
tool({ fallback: 0 }, count);
tool({ fallback: 'none' }, lookUp);
tool({ fallback: { status: 'down', rows: [] } }, work);
tool({ fallback: [] }, async (query: string) => [query]);
tool({ fallback: undefined }, count);
tool({ fallback: null }, async (): Promise<string | null> => '');
tool({ fallback: (_error: unknown, query: string): Status => ({ status: 'down', rows: [query] }) }, work);
tool({ fallback: (error: Error) => error.name }, async () => 'text');
tool({ fallback: (_error, ...args) => args[0] }, async (query: string) => query);
tool({ fallback: (error) => { throw error; } }, count); // prettier-ignore
tool({ fallback: 'whatever' }, async () => Promise.reject(new Error('never gives anything')));
tool({ fallback: 'whatever' }, async (): Promise<unknown> => 1);
tool({ fallback: anything }, count);
// @ts-expect-error -- another type
tool({ fallback: 'text' }, count);
// @ts-expect-error -- no such status
tool({ fallback: { status: 'lost', rows: [] } }, work);
// @ts-expect-error -- another type
tool({ fallback: () => 'text' }, count);
// @ts-expect-error -- the same
tool({ fallback: (error) => String(error) }, count);
// @ts-expect-error -- the same, later
tool({ fallback: async () => 'text' }, count);
// @ts-expect-error -- there is no such argument
tool({ fallback: (_error, n: number) => ({ status: 'down', rows: [String(n)] }) }, work);

// In place of a stream: its chunks, or the only one.
const streamed: (n: number) => AsyncGenerator<string, void, boolean> = tool({ fallback: (_error, n) => [String(n)] }, lines);
tool({ fallback: 'the only one' }, lines);
tool({ fallback: new Set(['one', 'other']) }, lines);
tool({ fallback: lines(5) }, lines);
tool({ fallback: () => lines(5) }, lines);
// @ts-expect-error -- no chunk
tool({ fallback: 5 }, lines);
// @ts-expect-error -- no chunks
tool({ fallback: () => [5] }, lines);

// What a function must be for a policy.
const range: (n: number) => AsyncGenerator<number, void, unknown> = tool(
  { name: 'range', bulkhead: 1, retry: {} },
  async function* (n: number) {
    yield n;
  },
);
const limited: (n: number) => AsyncGenerator<number> = tool(
  { rateLimited: { limit: 1, per: '1s', key: (n) => String(n) } },
  async function* (n: number) {
    yield n;
  },
);
// @ts-expect-error -- a stream cannot be cached
tool({ cached: { key: (n: number) => n } }, lines);
// @ts-expect-error -- the same
tool({ cached: { key: (n) => n } }, lines);
// @ts-expect-error -- a policy on a synchronous function
tool({ fallback: (error) => String(error) }, (query: string) => query);
// @ts-expect-error -- the same
tool({ cached: { key: (query) => query } }, (query: string) => query);
// @ts-expect-error -- a promise, but only sometimes
tool({ retry: 3 }, (): number | Promise<number> => 1);
const none: () => number = tool({ name: 'none', retry: undefined, cached: undefined }, () => 1);

// Generic and overloaded functions stay what they are.
const generic: <T extends object>(value: T) => Promise<T> = tool(
  { name: 'generic', retry: 1, cached: { key: (value) => Object.keys(value).length, cacheIf: (result) => 'a' in result } },
  async <T extends object>(value: T) => value,
);
function overloaded(value: string): Promise<string>;
function overloaded(value: number): Promise<number>;
async function overloaded(value: string | number): Promise<string | number> {
  return value;
}
const both: typeof overloaded = tool({ name: 'both', cached: { key: (value: string | number) => value } }, overloaded);

// A tool that calls itself, or one beside it.
const [inner, outer] = [tool({ name: 'inner' }, () => 'inner'), tool({ name: 'outer' }, () => [inner(), 'outer'])];
const down = tool({ name: 'down', retry: 1 }, async (n: number): Promise<number> => (n > 0 ? down(n - 1) : 0));

// Options that were written elsewhere, for a function that is not known there.
const options: FunctionToolOptions = {
  name: 'given',
  cached: { key: (query: string) => query },
  fallback: (error, ...args) => [error, args],
};
const given: typeof work = tool(options, work);
const more: typeof work = tool({ ...options, name: 'more', retry: 3 }, work);
const policies: FunctionPolicies = { retry: { retryResult: (result: Status) => result.status === 'down' }, fallback: anything };
const withPolicies: typeof work = tool({ name: 'policies', ...policies }, work);
const cached: CachedOptions = { cacheIf: (result: Status) => result.status === 'up', ttl: (result) => (result === null ? '1s' : '1m') };
const withCached: typeof work = tool({ name: 'cached', cached }, work);
const exactly: CachedOptions<[query: string], Status> = { key: (query) => query.length, cacheIf: (result) => result.status === 'up' };
const withExactly: typeof work = tool({ name: 'exactly', cached: exactly }, work);
const uncached: FunctionToolOptions & { readonly cached?: undefined } = { name: 'uncached', retry: 3 };
const streaming: typeof lines = tool(uncached, lines);
const plain: PlainToolOptions = { name: 'plain' };
const [sync, async] = [tool(plain, () => 1), tool({ ...plain, retry: 3 }, count)];
function held(held: Parameters<typeof tool>[0]): (question: string) => Promise<unknown> {
  return tool({ name: 'held', cached: '1m', ...held }, async (_question: string) => anything);
}
held({ timeout: '5s', cached: { key: (...args) => args.length }, fallback: 5 });
// @ts-expect-error -- nobody knows whether there is a policy
tool({ name: 'maybe', ...(anything ? { retry: 3 } : {}) }, () => 1);
// @ts-expect-error -- a fallback that is written beside them is known
tool({ ...options, fallback: 'text' }, count);
// @ts-expect-error -- there is no such option
tool({ name: 'wrong', cached: { key: (query) => query, tll: '5m' } }, work);
// @ts-expect-error -- the same
tool({ name: 'wrong', timeouts: '5s', cached: { key: (query: string) => query } }, work);

// Functions that are not known here, either.
function resilient<Fn extends AsyncFunction>(fn: Fn): Fn {
  return tool({ name: 'resilient', retry: 3, cached: { ttl: () => '1m', key: (...args) => args.length } }, fn);
}
function patient<Fn extends WaitingFunction>(fn: Fn): Fn {
  return tool({ name: 'patient', timeout: '5s', rateLimited: { limit: 1, per: '1s' } }, fn);
}
function traced<Fn extends AnyFunction>(fn: Fn): Fn {
  return tool({ name: 'traced' }, fn);
}
const thrice: [typeof work, typeof lines, () => number] = [resilient(work), patient(lines), traced(() => 1)];
// @ts-expect-error -- nobody knows whether it takes its time
const untold = <Fn extends AnyFunction>(fn: Fn): Fn => tool({ name: 'untold', retry: 3 }, fn);

// Compiled, not run, twice (legacy and standard decorators): callbacks in options of decorators, which do not know the method.
import {
  Cached,
  CircuitBreaker,
  configureTools,
  Fallback,
  RateLimited,
  Retry,
  tool,
  type CachedOptions,
  type FallbackFunction,
  type NamedPolicies,
  type RateLimitedOptions,
  type ToolsConfiguration,
} from 'toolspan';

interface User {
  readonly id: string;
}
interface Page {
  readonly ok: boolean;
}

// A parameter has the type that it is given, and is unknown without one.
class Callbacks {
  readonly prefix = '';
  @Cached({ key: (user: User, n: number) => `${user.id}/${n}`, tags: (user: User) => [user.id], cacheIf: (page: Page) => page.ok })
  async typed(_user: User, _n: number): Promise<Page> {
    return { ok: true };
  }
  @Cached({ ttl: (page: Page) => (page.ok ? '5m' : undefined), maxWeight: 9, weigh: (page: Page) => (page.ok ? 1 : 2) })
  @RateLimited({ limit: 1, per: '1s', key: (user: User) => user.id, cost: (_user: User, n: number) => n })
  @Retry({ retryResult: (page: Page, attempt) => !page.ok && attempt < 2 })
  @CircuitBreaker({ countIf: (error: Error) => error.name === 'Down', countResultIf: (page: Page) => !page.ok })
  @Fallback((_error: Error, _user: User) => ({ ok: false }))
  async each(_user: User, _n: number): Promise<Page> {
    return { ok: true };
  }
  @Cached({
    key(this: Callbacks, user: User) {
      return this.prefix + user.id;
    },
  })
  async received(_user: User): Promise<void> {}
  @Cached({ key: (user) => String(user), tags: (user) => [String(user)], weigh: (rows) => (rows === null ? 1 : 2), maxWeight: 9 })
  @RateLimited({ limit: 1, per: '1s', key: (user) => String(user), cost: (user) => (user === null ? 1 : 2) })
  @Retry({ retryResult: (page, attempt) => page === null && attempt < 2 })
  @CircuitBreaker({ countIf: (error) => error instanceof Error, countResultIf: (page) => page === null })
  async untyped(_user: User): Promise<unknown> {
    return undefined;
  }
  @Cached({ ttl: (page) => (page === null ? '1s' : '5m'), cacheIf: (page) => page !== null, key: (...args) => args.length })
  async rest(..._args: number[]): Promise<void> {}
  @Fallback((error, ...args) => [error, ...args]) async instead(): Promise<unknown[]> {
    return [];
  }
  @Fallback((_error, item: string) => item) async insteadOfOne(_item: string): Promise<string> {
    return '';
  }
  @Fallback((error) => (error instanceof Error ? error.name : ''), { fallbackIf: (error) => error !== null })
  async insteadOfSome(): Promise<string> {
    return '';
  }
}

class Wrong {
  // @ts-expect-error -- what is not said to be anything has no members
  @Cached({ key: (user) => user.id }) async key(): Promise<void> {}
  // @ts-expect-error -- the same
  @Cached({ cacheIf: (page) => page.ok }) async cacheIf(): Promise<void> {}
  // @ts-expect-error -- the same
  @RateLimited({ limit: 1, per: '1s', cost: (_user, n) => n * 2 }) async cost(): Promise<void> {}
  // @ts-expect-error -- the same
  @Retry({ retryResult: (page) => !page.ok }) async retryResult(): Promise<void> {}
  // @ts-expect-error -- the same
  @CircuitBreaker({ countResultIf: (page) => !page.ok }) async countResultIf(): Promise<void> {}
  // @ts-expect-error -- the same
  @Fallback((_error, user) => user.id) async fallback(): Promise<string> {
    return '';
  }
  // @ts-expect-error -- what it answers is checked, whatever it is asked about
  @Cached({ key: (user: User) => user }) async answer(): Promise<void> {}
  // @ts-expect-error -- the same
  @Retry({ retryResult: (page: Page) => (page.ok ? 1 : 2) }) async otherAnswer(): Promise<void> {}
}

// The same where options are written apart, and where policies have names.
const cached: CachedOptions = { key: (user: User) => user.id, ttl: (page) => (page === null ? '1s' : '1m') };
const exactly: CachedOptions<[user: User], Page> = { key: (user) => user.id, cacheIf: (page) => page.ok };
const rate: RateLimitedOptions<[user: User]> = { limit: 1, per: '1s', key: (user) => user.id };
const instead: FallbackFunction = (error, ...args) => [error, args];
const insteadOfPage: FallbackFunction<[user: User], Page> = (_error, user) => ({ ok: user.id === '' });
const named: NamedPolicies = { cached, rateLimited: { limit: 1, per: '1s', key: (user: User) => user.id }, fallback: (error) => error };
tool({ name: 'instead', fallback: (error, ...args) => [error, args] }, async () => [] as unknown[]);
// @ts-expect-error -- a page has no id
const wrong: CachedOptions<[user: User], Page> = { cacheIf: (page) => page.id };

// What fills in options is written without those that a policy cannot do without.
const defaults: ToolsConfiguration['defaults'] = {
  rateLimited: { maxWait: '1s', key: (user: User) => user.id },
  bulkhead: { maxQueue: 5 },
  hedge: { max: 2 },
  retry: 3,
  timeout: '5s',
  fallback: { of: ['anything'] },
};
configureTools({ defaults });
// @ts-expect-error -- a named policy is a whole one
configureTools({ policies: { named: { bulkhead: { maxQueue: 5 } } } });
// @ts-expect-error -- the same
configureTools({ policies: { named, other: { rateLimited: { maxWait: '1s' } } } });
// @ts-expect-error -- there is no such option
configureTools({ defaults: { bulkhead: { maxLength: 5 } } });

import { Bulkhead, Cached, CircuitBreaker, ConfigurationError, Fallback, Hedge, RateLimited, Retry, Timeout, Tool, Use } from 'toolspan';

type Unchecked = (...given: unknown[]) => unknown;

const DECORATORS = Object.entries({ Tool, Cached, RateLimited, Retry, CircuitBreaker, Timeout, Bulkhead, Fallback, Hedge, Use }).map(
  ([name, decorator]) => [name, decorator as unknown as Unchecked] as const,
);

class Web {
  static async fixed(): Promise<void> {}
  async search(): Promise<void> {}
  async execute(): Promise<void> {}
}
const descriptorOf = (target: object, key: string) => Object.getOwnPropertyDescriptor(target, key)!;
const context = (kind: string, name: string) => ({
  kind,
  name,
  static: false,
  private: false,
  metadata: {},
  addInitializer: () => undefined,
});

/** What must stand between them. */
const NEEDED: Readonly<Record<string, string>> = {
  RateLimited: "{ limit: 10, per: '1s' }",
  Timeout: "'5s'",
  Bulkhead: '10',
  Fallback: '() => []',
  Hedge: "'200ms'",
  Use: "'upstream'",
};

/** What a compiler gives a decorator that stands there without its parentheses. */
const PLACES: readonly (readonly [string, readonly unknown[]])[] = [
  ['a method', [Web.prototype, 'search', descriptorOf(Web.prototype, 'search')]],
  ['a method with a symbol for a name', [Web.prototype, Symbol('search'), descriptorOf(Web.prototype, 'search')]],
  ['a static method', [Web, 'fixed', descriptorOf(Web, 'fixed')]],
  ['a class', [Web]],
  ['a property', [Web.prototype, 'field']],
  ['a static property', [Web, 'field']],
  ['a method, by standard decorators', [Web.prototype.search, context('method', 'search')]],
  ['a class, by standard decorators', [Web, context('class', 'Web')]],
  ['a property, by standard decorators', [undefined, context('field', 'search')]],
];

describe.each(DECORATORS)('@%s without parentheses', (name, decorator) => {
  // Nothing tells an absent property from an absent option.
  const places = name === 'Fallback' ? PLACES : PLACES.filter(([place]) => !place.startsWith('a property, by'));

  test.each(places)('on %s is refused with the cure', (_place, given) => {
    expect(() => decorator(...given)).toThrow(ConfigurationError);
    expect(() => decorator(...given)).toThrow(`@${name} is written without parentheses: write @${name}(${NEEDED[name] ?? ''})`);
  });
});

test('what is written with parentheses is taken as it is', () => {
  const target = class {
    async search(): Promise<void> {}
  };
  const fallbackTo: unknown[] = [undefined, null, 0, 'search', {}, [], () => 1, async () => 1, { kind: 'an option of yours' }, new Map()];
  for (const to of fallbackTo) expect(() => [Fallback(to), Fallback(to, {}), Fallback(to, null as never)]).not.toThrow();
  for (const decorate of [
    Timeout('5s'),
    Timeout('5s', { total: '9s' }),
    Timeout({ total: '9s' }),
    Hedge('p95'),
    Use('a', 'b'),
    Bulkhead(5),
  ]) {
    const descriptor = descriptorOf(target.prototype, 'search');
    class Own {
      async search(): Promise<void> {}
    }
    expect(() => (decorate as Unchecked)(Own.prototype, 'search', descriptor)).not.toThrow();
  }
});

test.each<[string, () => unknown, string]>([
  ['@Timeout', () => Timeout('5s', { totl: '9s' } as never), 'there is no option totl (got "9s"); there are: attempt, total'],
  ['@Timeout', () => Timeout(null as never), 'attempt must be a duration above 0'],
  ['@Timeout', () => Timeout('5s', 'total' as never), 'there is no option 0'],
  ['@Fallback', () => Fallback(1, { fallbackif: () => true } as never), 'there is no option fallbackif'],
  ['@Fallback', () => Fallback(1, { fallbackIf: true } as never), 'fallbackIf must be a function, got true'],
  ['@Fallback', () => Fallback(''), 'method must be a string that is not empty, got ""'],
  ['@Use', () => (Use as Unchecked)(), 'policies must be one or more names of policies, got []'],
  ['@Use', () => Use(''), 'policies must be one or more names of policies, got [""]'],
  ['@Use', () => Use('a', 5 as never), 'policies must be one or more names of policies, got ["a",5]'],
  ['@Hedge', () => Hedge(0), 'after must be a duration above 0'],
  ['@Hedge', () => Hedge({ max: 2 } as never), 'after must be a duration above 0'],
  ['@Bulkhead', () => Bulkhead(0), 'maxConcurrent must be a whole number of at least 1, got 0'],
  ['@Bulkhead', () => Bulkhead({} as never), 'maxConcurrent must be a whole number of at least 1, got undefined'],
])('%s refuses what it cannot work with, naming the place', (name, make, complaint) => {
  class Wrong {
    async search(): Promise<void> {}
  }
  const decorate = () => (make() as Unchecked)(Wrong.prototype, 'search', descriptorOf(Wrong.prototype, 'search'));
  expect(decorate).toThrow(ConfigurationError);
  expect(decorate).toThrow(`${name} on Wrong.search: ${complaint}`);
});

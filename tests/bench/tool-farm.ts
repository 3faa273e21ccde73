import { Cached, CircuitBreaker, RateLimited, Retry, Tool } from 'toolspan';

interface Finder {
  find(word: string): Promise<number>;
}

/** So many tools with all policies, each in a class of its own, each called once. */
export async function farm(howMany: number): Promise<Finder[]> {
  const finders = Array.from({ length: howMany }, (_, index) => finder(index));
  for (const one of finders) await one.find('word');
  return finders;
}

/** The same, without a call. */
export function finder(index: number): Finder {
  class Numbered {
    @Tool({ name: `find ${index}`, namespace: 'bench' })
    @Cached({ ttl: '5m', maxEntries: 1_000 })
    @RateLimited({ limit: 1_000_000_000, per: '1s' })
    @Retry(3)
    @CircuitBreaker()
    async find(word: string): Promise<number> {
      return word.length;
    }
  }
  return new Numbered();
}

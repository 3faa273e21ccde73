import { Cached, CircuitBreaker, RateLimited, Retry, Timeout, Tool } from 'toolspan';

/** Calls per second that the rate limit lets through: all of them. */
export const RATE = 1_000_000_000;

/** A time limit that no call reaches. */
export const TIME_LIMIT_MS = 30_000;

/** All policies on one tool, none of which finds anything wrong. */
export class ByDecorator {
  runs = 0;

  @Tool({ namespace: 'bench' })
  @Cached({ ttl: '5m', maxEntries: 1_000 })
  @RateLimited({ limit: RATE, per: '1s' })
  @Retry(3)
  @CircuitBreaker()
  async find(word: string, page: number): Promise<number> {
    this.runs += 1;
    return word.length + page;
  }

  @Tool({ namespace: 'bench' })
  @Cached({ ttl: '5m', maxEntries: 1_000 })
  @RateLimited({ limit: RATE, per: '1s' })
  @Retry(3)
  @CircuitBreaker()
  @Timeout(TIME_LIMIT_MS)
  async findInTime(word: string, page: number): Promise<number> {
    this.runs += 1;
    return word.length + page;
  }
}

import { circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { ByDecorator, RATE, TIME_LIMIT_MS } from '../by-decorator.js';
import type { Contest } from '../contest.js';
import { expectEqual } from '../expectations.js';

const retrying = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 200, maxDelay: 10_000 }) });
const breaking = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) });

/** What one writes without us: the libraries of the field, put together by hand. It has no single flight. */
class ByHand {
  runs = 0;
  readonly #results = new LRUCache<string, { value: number }>({ max: 1_000, ttl: 300_000 });
  readonly #limiter = new RateLimiterMemory({ points: RATE, duration: 1 });
  readonly #policy = wrap(retrying, breaking);
  readonly #timedPolicy = wrap(retrying, breaking, timeout(TIME_LIMIT_MS, TimeoutStrategy.Aggressive));

  async find(word: string, page: number): Promise<number> {
    const key = JSON.stringify([word, page]);
    const kept = this.#results.get(key);
    if (kept) return kept.value;
    await this.#limiter.consume('find');
    const value = await this.#policy.execute(() => this.#find(word, page));
    this.#results.set(key, { value });
    return value;
  }

  async findInTime(word: string, page: number): Promise<number> {
    const key = JSON.stringify([word, page]);
    const kept = this.#results.get(key);
    if (kept) return kept.value;
    await this.#limiter.consume('find');
    const value = await this.#timedPolicy.execute(() => this.#find(word, page));
    this.#results.set(key, { value });
    return value;
  }

  async #find(word: string, page: number): Promise<number> {
    this.runs += 1;
    return word.length + page;
  }
}

/** All policies on one tool, none of which finds anything wrong, and each call is a miss of the cache. */
export function policiesMiss(): Contest {
  return contest('find');
}

/** The same with a time limit on each attempt. */
export function policiesMissTimed(): Contest {
  return contest('findInTime');
}

function contest(method: 'find' | 'findInTime'): Contest {
  const decorated = new ByDecorator();
  const byHand = new ByHand();
  let page = 0;
  return {
    ours: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await decorated[method]('word', page++);
      },
    },
    rival: {
      async run(calls) {
        for (let call = 0; call < calls; call++) await byHand[method]('word', page++);
      },
    },
    verify(issued) {
      expectEqual('runs of the decorated method', decorated.runs, issued.ours);
      expectEqual('runs by hand', byHand.runs, issued.rival);
    },
  };
}

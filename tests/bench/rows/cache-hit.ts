import { LRUCache } from 'lru-cache';
import { Cached, Tool } from 'toolspan';
import type { Contest } from '../contest.js';
import { expectEqual } from '../expectations.js';

const PAGES = 100;

class Decorated {
  runs = 0;

  @Tool({ namespace: 'bench' })
  @Cached({ ttl: '5m', maxEntries: 1_000, key: (word: string, page: number) => JSON.stringify([word, page]) })
  async find(word: string, page: number): Promise<number> {
    this.runs += 1;
    return word.length + page;
  }
}

/** The look-up that one writes by hand, with the same key. */
class ByHand {
  runs = 0;
  readonly #results = new LRUCache<string, { value: number }>({ max: 1_000, ttl: 300_000 });

  async find(word: string, page: number): Promise<number> {
    const key = JSON.stringify([word, page]);
    const kept = this.#results.get(key);
    if (kept) return kept.value;
    this.runs += 1;
    const value = word.length + page;
    this.#results.set(key, { value });
    return value;
  }
}

/** A cache that has what is asked for. */
export function cacheHit(): Contest {
  const decorated = new Decorated();
  const byHand = new ByHand();
  let call = 0;
  return {
    ours: {
      async run(calls) {
        for (const end = call + calls; call < end; call++) await decorated.find('word', call % PAGES);
      },
    },
    rival: {
      async run(calls) {
        for (const end = call + calls; call < end; call++) await byHand.find('word', call % PAGES);
      },
    },
    verify() {
      expectEqual('misses of the decorated method', decorated.runs, PAGES);
      expectEqual('misses by hand', byHand.runs, PAGES);
    },
  };
}

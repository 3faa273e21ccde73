import { Bulkhead, Cached, CircuitBreaker, currentCall, RateLimited, Retry, Timeout, Tool } from 'toolspan';
import { UpstreamError, type Weather } from './weather.js';

/** Four tools, each with a policy of its own, so that each part of the dashboard has something to show. */
@Tool({ namespace: 'shop' })
export class Shop {
  constructor(private readonly weather: Weather) {}

  @Tool({ description: 'Finds articles by a word' })
  @Cached({ ttl: '10s', maxEntries: 500 })
  async search(word: string): Promise<string> {
    return this.weather.ask(`search for ${word}`, () => `articles about ${word}`);
  }

  /** Its first attempt fails for every fifth article. */
  @Tool({ description: 'What an article costs' })
  @Retry({ maxRetries: 3, baseDelay: '20ms' })
  async price(article: number): Promise<number> {
    const stutters = article % 5 === 0 && currentCall()?.attempt === 0;
    return this.weather.ask(`price of ${article}`, () => {
      if (stutters) throw new UpstreamError(`price of ${article}: busy, try again`);
      return priceOf(article);
    });
  }

  /** Of 100 orders in a row ten fail one after the other: enough for the circuit to open. */
  @Tool({ description: 'Pays an order' })
  @CircuitBreaker({ failureThreshold: 5, resetTimeout: '1s' })
  @Bulkhead({ maxConcurrent: 50 })
  @Timeout('2s')
  async pay(order: number): Promise<string> {
    return this.weather.ask(`payment of ${order}`, () => {
      if (order % 100 < 10) throw new UpstreamError(`payment of ${order}: declined`);
      return `paid ${order}`;
    });
  }

  @Tool({ description: 'Tells a customer something' })
  @RateLimited({ limit: 8, per: '1s', burst: 8 })
  async notify(customer: number): Promise<string> {
    return this.weather.ask(`message to ${customer}`, () => `told ${customer}`);
  }
}

export function priceOf(article: number): number {
  return 100 + (article % 50);
}

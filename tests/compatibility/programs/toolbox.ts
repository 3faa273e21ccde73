// Written once, compiled with legacy and with standard decorators.
import { Cached, CircuitBreaker, currentCall, RateLimited, Retry, Tool } from 'toolspan';

@Tool({ namespace: 'web', attributes: { team: 'search' } })
export class Web {
  runs = 0;
  /** How many of the next runs fail. */
  failures = 0;
  /** What a run does before it ends. */
  meanwhile: () => unknown = () => undefined;

  @Tool({ name: 'fetch', description: 'fetches a page' })
  @Cached('5m')
  @RateLimited({ limit: 100, per: '1s' })
  @Retry({ maxRetries: 2, baseDelay: 0 })
  @CircuitBreaker()
  async fetchPage(url: string): Promise<string> {
    this.runs += 1;
    const shouldFail = this.failures > 0;
    this.failures = Math.max(0, this.failures - 1);
    await this.meanwhile();
    if (shouldFail) throw new TypeError('not yet');
    return `page at ${url}`;
  }

  @Retry({ maxRetries: 5, baseDelay: 0 })
  @CircuitBreaker({ failureThreshold: 2, resetTimeout: '30s', successThreshold: 1 })
  async fragile(isDown: boolean): Promise<string> {
    this.runs += 1;
    if (isDown) throw new Error('down');
    return 'up';
  }

  @RateLimited({ limit: 2, per: '1h' })
  async limited(): Promise<string> {
    return 'admitted';
  }

  @Tool()
  async *pages(): AsyncGenerator<string | undefined> {
    yield 'the first';
    await this.meanwhile();
    yield currentCall()?.tool;
  }

  @Tool()
  add(one: number, other: number): number {
    return one + other;
  }
}

@Tool({ name: 'calculator' })
@Cached()
export class Calculator {
  runs = 0;

  async execute(numbers: { a: number; b: number }): Promise<number> {
    this.runs += 1;
    return numbers.a * numbers.b;
  }
}

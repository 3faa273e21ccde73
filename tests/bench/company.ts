import { Cached, CircuitBreaker, RateLimited, Retry, Tool, tool } from 'toolspan';

class Company {
  @Tool()
  half(n: number): number {
    return n / 2;
  }

  @Tool()
  async twice(n: number): Promise<number> {
    return n * 2;
  }

  @Cached()
  async remember(n: number): Promise<number> {
    return n % 10;
  }

  @Retry()
  @CircuitBreaker()
  async fetch(n: number): Promise<{ n: number }> {
    return { n };
  }

  @RateLimited({ limit: 1e9, per: '1s' })
  async limited(n: string): Promise<string> {
    return n;
  }
}

const increment = tool({ name: 'increment' }, async (n: number) => n + 1);

/** How many tools it has, at the most. */
export const MOST_COMPANY = 10;

/** Calls tools of other kinds. An application has many; the code that all tools share must not be optimised for the one measured. */
export async function keepCompany(calls: number): Promise<void> {
  const company = new Company();
  for (let call = 0; call < calls; call++) {
    company.half(call);
    await company.twice(call);
    await company.remember(call);
    await company.fetch(call);
    await company.limited(String(call));
    await increment(call);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** What the service behind the shop answers with when it cannot do its work. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
}

/** How the service behind the shop fares; `PUT /weather` changes it while the app runs. */
export class Weather {
  /** Share of the requests that fail, from 0 to 1. */
  errorRate = 0;
  /** What each request takes, in milliseconds. */
  latencyMs = 3;

  /** One request. */
  async ask<T>(what: string, answer: () => T): Promise<T> {
    await sleep(this.latencyMs);
    if (Math.random() < this.errorRate) throw new UpstreamError(`${what}: the service behind the shop is down`);
    return answer();
  }
}

import type { Contest } from './contest.js';

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly against: string;
  /** The ratio that it is to keep below, where one is promised. */
  readonly bar?: number;
  /** Loads the row and sets its telemetry up. Both are process-wide, so a process prepares one row only. */
  readonly prepare: () => Promise<Contest>;
}

/** The rows by the name they are asked for. */
export const rows: Readonly<Record<string, Row>> = {
  bare: {
    what: '@Tool, no telemetry',
    against: 'bare async method',
    prepare: async () => (await import('./rows/bare.js')).bare(),
  },
  metrics: {
    what: '@Tool, metrics',
    against: 'prom-client by hand',
    prepare: async () => (await import('./rows/metrics.js')).metrics(),
  },
  spans: {
    what: '@Tool, span and metrics',
    against: 'OpenTelemetry + prom-client by hand',
    prepare: async () => (await import('./rows/spans.js')).spans(),
  },
  timeout: {
    what: '@Timeout that is not reached, no telemetry',
    against: 'bare async method',
    bar: 10,
    prepare: async () => (await import('./rows/timeout.js')).timeout(),
  },
  hit: {
    what: '@Cached, hit, no telemetry',
    against: 'lru-cache by hand, same key',
    bar: 1.2,
    prepare: async () => (await import('./rows/cache-hit.js')).cacheHit(),
  },
  miss: {
    what: 'cache, rate limit, retry, circuit; miss',
    against: 'lru-cache, rate-limiter-flexible, cockatiel by hand',
    bar: 0.6,
    prepare: async () => (await import('./rows/policies-miss.js')).policiesMiss(),
  },
  'miss-timeout': {
    what: 'the same and a time limit',
    against: 'the same and cockatiel’s time limit',
    bar: 0.6,
    prepare: async () => (await import('./rows/policies-miss.js')).policiesMissTimed(),
  },
};

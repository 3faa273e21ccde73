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
    bar: 2,
    prepare: async () => (await import('./rows/bare.js')).bare(),
  },
  metrics: {
    what: '@Tool, metrics',
    against: 'prom-client by hand',
    bar: 0.25,
    prepare: async () => (await import('./rows/metrics.js')).metrics(),
  },
  spans: {
    what: '@Tool, span and metrics',
    against: 'OpenTelemetry + prom-client by hand',
    bar: 0.75,
    prepare: async () => (await import('./rows/spans.js')).spans(),
  },
  'miss-traced': {
    what: 'cache, rate limit, retry, circuit, span and metrics; miss',
    against: 'the same by hand, with OpenTelemetry and prom-client',
    bar: 0.6,
    prepare: async () => (await import('./rows/policies-traced.js')).missTraced(),
  },
  'miss-sampled': {
    what: 'the same, 10 % sampled',
    against: 'the same by hand',
    bar: 0.25,
    prepare: async () => (await import('./rows/policies-traced.js')).missSampled(),
  },
  'hit-traced': {
    what: 'the same, hit, all sampled',
    against: 'the same by hand',
    bar: 0.6,
    prepare: async () => (await import('./rows/policies-traced.js')).hitTraced(),
  },
  floor: {
    what: 'the same, miss, all sampled',
    against: 'nothing but its spans, with the same attributes',
    bar: 1.5,
    prepare: async () => (await import('./rows/floor.js')).floor(),
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

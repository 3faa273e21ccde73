import type { Contest } from './contest.js';

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly against: string;
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
  miss: {
    what: 'five policies, no telemetry, miss',
    against: 'cockatiel (retry, breaker) + rate-limiter-flexible + lru-cache by hand',
    prepare: async () => (await import('./rows/policies-miss.js')).policiesMiss(),
  },
};

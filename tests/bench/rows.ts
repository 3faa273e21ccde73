import type { Probe, Row } from './row.js';

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
    against: 'OpenTelemetry, prom-client by hand',
    bar: 0.75,
    prepare: async () => (await import('./rows/spans.js')).spans(),
  },
  'miss-traced': {
    what: 'five policies, miss, spans and metrics',
    against: 'the same by hand',
    bar: 0.6,
    prepare: async () => (await import('./rows/policies-traced.js')).missTraced(),
  },
  'miss-sampled': {
    what: 'five policies, miss, 10 % sampled',
    against: 'the same by hand',
    bar: 0.25,
    prepare: async () => (await import('./rows/policies-traced.js')).missSampled(),
  },
  'hit-traced': {
    what: 'five policies, hit, spans and metrics',
    against: 'the same by hand',
    bar: 0.6,
    prepare: async () => (await import('./rows/policies-traced.js')).hitTraced(),
  },
  floor: {
    what: 'five policies, miss, spans and metrics',
    against: 'nothing but these spans',
    bar: 1.5,
    prepare: async () => (await import('./rows/floor.js')).floor(),
  },
  miss: {
    what: 'five policies, miss, no telemetry',
    against: 'lru-cache, rate-limiter-flexible, cockatiel',
    bar: 0.6,
    prepare: async () => (await import('./rows/policies-miss.js')).policiesMiss(),
  },
  'miss-timeout': {
    what: 'the same and a time limit',
    against: 'the same and cockatiel’s time limit',
    bar: 0.6,
    prepare: async () => (await import('./rows/policies-miss.js')).policiesMissTimed(),
  },
  hit: {
    what: '@Cached, hit, no telemetry',
    against: 'lru-cache by hand, same key',
    bar: 1.2,
    prepare: async () => (await import('./rows/cache-hit.js')).cacheHit(),
  },
  timeout: {
    what: '@Timeout that is not reached, no telemetry',
    against: 'bare async method',
    bar: 10,
    prepare: async () => (await import('./rows/timeout.js')).timeout(),
  },
  opossum: {
    what: '@CircuitBreaker, metrics',
    against: 'opossum with its metrics',
    prepare: async () => (await import('./rows/opossum.js')).opossum(),
  },
  tools: {
    what: 'span and metrics, 10,000 tools decorated',
    against: 'the same, 10 tools decorated',
    bar: 1.15,
    measure: async () => (await import('./rows/many-tools.js')).manyTools(),
  },
  'all-tools': {
    what: 'the same, all 10,000 called in turn',
    against: '10 tools called in turn',
    prepare: async () => (await import('./rows/all-tools.js')).allTools(),
  },
  'in-flight': {
    what: 'span and metrics, 1,000 calls in flight',
    against: 'the same, 1 call in flight',
    bar: 1.25,
    prepare: async () => (await import('./rows/in-flight.js')).inFlight(),
  },
  render: {
    what: '/metrics of 1,000 tools with all policies',
    against: 'prom-client, same series',
    bar: 0.5,
    prepare: async () => (await import('./rows/render.js')).rendering(),
  },
  import: {
    what: "import 'toolspan', process time",
    against: "import 'cockatiel'",
    bar: 1.5,
    measure: async () => (await import('./rows/importing.js')).importing(),
  },
};

/** The probes by the name they are asked for. */
export const probes: Readonly<Record<string, Probe>> = {
  stall: {
    what: 'The event loop, while 10,000 tools are scraped',
    bar: 10,
    read: async () => (await import('./probes/stall.js')).stall(),
  },
  allocation: {
    what: '@Tool, metrics only',
    bar: 0.5,
    read: async () => (await import('./probes/allocation.js')).allocation(),
  },
  leak: {
    what: 'Every policy, maxEntries 1,000, each call a new key',
    bar: 3,
    read: async () => (await import('./probes/leak.js')).leak(),
  },
  memory: {
    what: 'One thing that lies idle',
    read: async () => (await import('./probes/memory.js')).memory(),
  },
};

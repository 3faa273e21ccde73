import { METRICS, type MetricName } from './catalogue.js';
import { METRIC_NAMES, samplesOf, type Counts, type Sample } from './families.js';

/** What we use of a prom-client `Registry`; written out, since our types must compile without the package. */
export interface MetricsRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  getMetricsAsJSON(): Promise<object[]>;
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/** What is served: a body and what it is. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** What we use of prom-client's module. */
export interface PromClient {
  readonly Registry: {
    new (contentType?: string): MetricsRegistry;
    readonly OPENMETRICS_CONTENT_TYPE: string;
  };
}

const OURS = Symbol.for('toolspan.metric');

/** Where the counts come from at each scrape. */
export type CountsSource = () => Counts;

/**
 * A metric as prom-client's registries want it, computed from the tallies when they ask. The shape is the one of their own
 * metrics' `get()`; a test pins it. `name` may change: an OpenMetrics registry takes the `_total` off.
 */
class ScrapedMetric {
  readonly [OURS] = true;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly aggregator = 'sum';

  constructor(
    public name: string,
    private readonly metric: MetricName,
    private readonly counts: CountsSource,
  ) {
    ({ type: this.type, help: this.help, labels: this.labelNames } = METRICS[metric]);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the registry awaits it
  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const values = Array.from(samplesOf(this.metric, this.counts()), (sample) => promValue(name, sample));
    return { name, help, type, aggregator, values };
  }

  reset(): void {
    const { tallies, faults } = this.counts();
    tallies.zero();
    faults.reset();
  }
}

function promValue(name: string, { labels, value, suffix, exemplar }: Sample): object {
  return {
    labels,
    value,
    ...(suffix && { metricName: name + suffix }),
    ...(exemplar && {
      exemplar: {
        labelSet: { trace_id: exemplar.traceId, span_id: exemplar.spanId },
        value: exemplar.value,
        timestamp: exemplar.timestamp,
      },
    }),
  };
}

/** Puts our metrics into a registry; those of ours that are in it already stay. Returns the names that others hold. */
export function register(registry: MetricsRegistry, counts: CountsSource): string[] {
  const taken: string[] = [];
  for (const metric of METRIC_NAMES) {
    const holder = registry.getSingleMetric(metric) as { [OURS]?: true } | undefined;
    if (!holder) registry.registerMetric(new ScrapedMetric(metric, metric, counts) as never);
    else if (!holder[OURS]) taken.push(metric);
  }
  return taken;
}

/** Takes our metrics out again. */
export function unregister(registry: MetricsRegistry): void {
  for (const metric of METRIC_NAMES) {
    const holder = registry.getSingleMetric(metric) as { [OURS]?: true } | undefined;
    if (holder?.[OURS]) registry.removeSingleMetric(metric);
  }
}

/** Answers a scrape. */
export type Expose = (accept?: string) => Promise<Exposition>;

/** A registry of our own, in both formats: one registry has one content type, and rendering OpenMetrics renames its metrics for good. */
export function ownRegistry({ Registry }: PromClient, counts: CountsSource): { registry: MetricsRegistry; expose: Expose } {
  const registry = new Registry();
  const openMetrics = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  register(registry, counts);
  register(openMetrics, counts);
  return { registry, expose: (accept) => render(wantsOpenMetrics(accept) ? openMetrics : registry) };
}

/** A registry of the application's, in its own content type. */
export function joinedRegistry(registry: MetricsRegistry): { registry: MetricsRegistry; expose: Expose } {
  return { registry, expose: () => render(registry) };
}

async function render(registry: MetricsRegistry): Promise<Exposition> {
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/** Whether an `Accept` header prefers OpenMetrics 1.0 to the text format (RFC 9110, section 12.5.1). */
export function wantsOpenMetrics(accept = ''): boolean {
  const openMetrics = qualityOf(accept, (type, parameters) => type === 'application/openmetrics-text' && isVersion1(parameters));
  const text = qualityOf(accept, (type) => type === 'text/plain' || type === 'text/*' || type === '*/*');
  return openMetrics > 0 && openMetrics >= text;
}

function isVersion1(parameters: readonly string[]): boolean {
  const version = parameters.find((parameter) => parameter.startsWith('version='));
  return version === undefined || version.replaceAll('"', '') === 'version=1.0.0';
}

function qualityOf(accept: string, matches: (type: string, parameters: readonly string[]) => boolean): number {
  let best = 0;
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (!matches(type, parameters)) continue;
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    best = Math.max(best, Number.isFinite(quality) ? quality : 0);
  }
  return best;
}

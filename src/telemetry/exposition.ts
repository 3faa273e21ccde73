import { METRICS, type MetricName } from './catalogue.js';
import { METRIC_NAMES, readMetric, type Counts } from './families.js';
import { renderInTurns, type Format } from './rendering.js';
import { SlabPool } from './slabs.js';
import type { Exemplar } from './tally.js';

/** What we use of a prom-client `Registry`; written out, since our types must compile without the package. */
export interface MetricsRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  getMetricsAsJSON(): Promise<object[]>;
  getMetricsAsArray(): { readonly name: string; readonly type?: unknown }[];
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/** What is served: a body and what it is. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** The same in parts: whole, it may be too long to be written in one go. */
export interface Rendered {
  readonly contentType: string;
  readonly parts: readonly Buffer[];
  /** Gives their memory back, for the next scrape to be written into. Nobody may look at them any more. */
  release(): void;
}

/** What we use of prom-client's module. */
export interface PromClient {
  readonly Registry: RegistryClass;
  collectDefaultMetrics(configuration: { register: MetricsRegistry }): void;
  readonly Pushgateway: new (
    url: string,
    options: { readonly timeout: number; readonly headers: Readonly<Record<string, string>> },
    registry: MetricsRegistry,
  ) => {
    push(group: { readonly jobName: string; readonly groupings?: Readonly<Record<string, string>> | undefined }): Promise<unknown>;
  };
}

interface RegistryClass {
  new (contentType?: string): Registry;
  readonly OPENMETRICS_CONTENT_TYPE: string;
  readonly PROMETHEUS_CONTENT_TYPE: string;
}

interface Registry extends MetricsRegistry {
  setDefaultLabels(labels: object): void;
  clear(): void;
}

type OtherMetric = ReturnType<MetricsRegistry['getMetricsAsArray']>[number];

const OURS = Symbol.for('toolspan.metric');

/** Labels that every series gets. */
export type ConstantLabels = Readonly<Record<string, string>>;

/** Where the counts come from at each scrape. */
export interface CountsSource {
  /** Those of this thread alone. */
  read(): Counts;
  /** The same, with what other threads and processes have counted; all who ask in one go are given the same. */
  readTogether(): Counts | Promise<Counts>;
  /** The same for who asks once; with many new tools it takes more than one turn of the event loop. */
  readInTurns(): Promise<Counts>;
  /** Sets all to 0. */
  reset(): void;
}

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
    private readonly constants: ConstantLabels,
  ) {
    ({ type: this.type, help: this.help } = METRICS[metric]);
    this.labelNames = [...METRICS[metric].labels, ...Object.keys(constants)];
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const values: object[] = [];
    const found = this.counts.readTogether();
    // Not waited for without need: all metrics of a scrape are of one moment.
    const counts = found instanceof Promise ? await found : found;
    readMetric(this.metric, counts, (whose, what, value, suffix, exemplar) =>
      values.push({
        labels: { ...this.constants, ...whose.values, ...what.values },
        value,
        ...(suffix && { metricName: name + suffix }),
        ...(exemplar && { exemplar: promExemplar(exemplar) }),
      }),
    );
    return { name, help, type, aggregator, values };
  }

  reset(): void {
    this.counts.reset();
  }
}

function promExemplar({ traceId, spanId, value, timestamp }: Exemplar): object {
  return { labelSet: { trace_id: traceId, span_id: spanId }, value, timestamp };
}

/** Puts our metrics into a registry; those of ours that are in it already stay. Returns the names that others hold. */
export function register(registry: MetricsRegistry, counts: CountsSource, constants: ConstantLabels): string[] {
  const taken: string[] = [];
  for (const metric of METRIC_NAMES) {
    const holder = registry.getSingleMetric(metric);
    if (!holder) registry.registerMetric(new ScrapedMetric(metric, metric, counts, constants) as never);
    else if (!isOurs(holder)) taken.push(metric);
  }
  return taken;
}

/** Takes our metrics out again. */
export function unregister(registry: MetricsRegistry): void {
  for (const metric of METRIC_NAMES) {
    if (isOurs(registry.getSingleMetric(metric))) registry.removeSingleMetric(metric);
  }
}

function isOurs(metric: unknown): boolean {
  return (metric as { [OURS]?: true } | undefined)?.[OURS] === true;
}

/** Answers a scrape. */
export type Expose = (accept?: string) => Promise<Rendered>;

/** What was rendered as a whole. */
export function whole({ contentType, parts, release }: Rendered): Exposition {
  const body = Buffer.concat(parts).toString();
  release();
  return { contentType, body };
}

/** A registry of our own, in both formats. What the application puts into it is there as well. */
export function ownRegistry(
  { Registry }: PromClient,
  counts: CountsSource,
  constants: ConstantLabels,
): { registry: MetricsRegistry; expose: Expose } {
  const contentTypes = { text: Registry.PROMETHEUS_CONTENT_TYPE, openmetrics: Registry.OPENMETRICS_CONTENT_TYPE };
  class OwnRegistry extends Registry {
    defaultLabels = {};

    override setDefaultLabels(given: object): void {
      super.setDefaultLabels(given);
      this.defaultLabels = given;
    }

    override clear(): void {
      super.clear();
      this.defaultLabels = {};
    }

    override async metrics(): Promise<string> {
      return whole(await render(this.contentType === contentTypes.openmetrics ? 'openmetrics' : 'text')).body;
    }
  }
  const registry = new OwnRegistry();
  register(registry, counts, constants);

  const pool = new SlabPool();
  const render = async (format: Format): Promise<Rendered> => {
    const defaultLabels = { ...registry.defaultLabels, ...constants };
    const metrics = METRIC_NAMES.filter((name) => isOurs(registry.getSingleMetric(name)));
    const texts = await renderInTurns(await counts.readInTurns(), { format, metrics, defaultLabels, pool });
    const blocks = texts.map((text) => text.parts());
    const others = registry.getMetricsAsArray().filter((metric) => !isOurs(metric));
    if (others.length > 0) blocks.push([Buffer.from(await renderOthers(new Registry(contentTypes[format]), others, defaultLabels))]);
    const release = (): void => pool.giveBack(texts.flatMap(({ slabs }) => slabs));
    return { contentType: contentTypes[format], parts: joined(blocks, format), release };
  };
  return { registry, expose: (accept) => render(wantsOpenMetrics(accept) ? 'openmetrics' : 'text') };
}

const LINE_FEED = Buffer.from('\n');
const EOF = '# EOF\n';

function joined(blocks: readonly Buffer[][], format: Format): Buffer[] {
  if (format === 'openmetrics') return [...blocks.flat(), Buffer.from(EOF)];
  return blocks.flatMap((block, index) => (index === 0 ? block : [LINE_FEED, ...block]));
}

/** Metrics that are not ours. Counters are rendered behind an object of their own: OpenMetrics renames what it renders for good. */
async function renderOthers(registry: Registry, metrics: readonly OtherMetric[], defaultLabels: object): Promise<string> {
  registry.setDefaultLabels(defaultLabels);
  for (const metric of metrics) registry.registerMetric((metric.type === 'counter' ? Object.create(metric) : metric) as never);
  const text = await registry.metrics();
  return text.endsWith(EOF) ? text.slice(0, -EOF.length) : text;
}

/** A registry of the application's, in its own content type. */
export function joinedRegistry(registry: MetricsRegistry): { registry: MetricsRegistry; expose: Expose } {
  const expose: Expose = async () => {
    const { contentType } = registry;
    return { contentType, parts: [Buffer.from(await registry.metrics())], release: () => undefined };
  };
  return { registry, expose };
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

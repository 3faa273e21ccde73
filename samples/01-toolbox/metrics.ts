/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a `/metrics` said at one moment. */
export class Scrape {
  constructor(private readonly samples: readonly Sample[]) {}

  /** The sum of the series of a metric that bear the labels given. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#series(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  has(name: string, labels: Readonly<Record<string, string>>): boolean {
    return this.#series(name, labels).length > 0;
  }

  /** The values of a label that a metric has, in the order in which they are served. */
  labels(name: string, label: string): string[] {
    return [...new Set(this.#series(name, {}).map(({ labels }) => labels[label] ?? ''))];
  }

  /** As PromQL's `histogram_quantile`: linear within the bucket that the rank falls into; `NaN` without observations. */
  quantile(q: number, name: string, labels: Readonly<Record<string, string>>): number {
    const buckets = this.#series(`${name}_bucket`, labels)
      .map((sample) => ({ bound: Number(sample.labels['le']?.replace('+Inf', 'Infinity')), count: sample.value }))
      .sort((one, other) => one.bound - other.bound);
    const total = buckets.at(-1)?.count ?? 0;
    if (total === 0) return NaN;
    const rank = q * total;
    const index = buckets.findIndex(({ count }) => count >= rank);
    const { bound, count } = buckets[index]!;
    const below = buckets[index - 1] ?? { bound: 0, count: 0 };
    if (bound === Infinity) return below.bound;
    return below.bound + (bound - below.bound) * ((rank - below.count) / (count - below.count));
  }

  #series(name: string, labels: Readonly<Record<string, string>>): Sample[] {
    const wanted = Object.entries(labels);
    return this.samples.filter((sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value));
  }
}

/** Reads a `/metrics` over HTTP. */
export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new Scrape(parse(await response.text()));
}

/** Reads Prometheus' text format 0.0.4. */
export function parse(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, labels: parseLabels(labels), value: Number(value) }];
  });
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, label, value] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[label!] = unescaped(value!);
  return labels;
}

function unescaped(value: string): string {
  return value.replaceAll(/\\./g, (escaped) => (escaped === '\\n' ? '\n' : escaped.slice(1)));
}

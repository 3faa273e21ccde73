import type { METRICS } from '../../../src/telemetry/catalogue.js';
import { DEFAULT_BUCKETS, type MetricName } from '../../../src/telemetry/catalogue.js';
import type { RecordedName } from './names.js';

type Histogram = { [Name in MetricName]: (typeof METRICS)[Name]['type'] extends 'histogram' ? Name : never }[MetricName];
type LabelOf<Name extends MetricName> = (typeof METRICS)[Name]['labels'][number];

/** What a label must be: this value, another one, or what matches. */
export type Value = string | { readonly not: string } | { readonly matches: string };

/** What labels must be. */
export type Where<Label extends string = string> = Readonly<Partial<Record<Label, Value>>>;

/** The series of a metric of ours. A name or a label that is not in the catalogue does not compile. */
export function metric<Name extends MetricName>(name: Name, where?: Where<LabelOf<Name> | 'job'>): string {
  return selector(name, where ?? {});
}

/** A part of a histogram of ours. */
export function histogram<Name extends Histogram>(
  name: Name,
  part: '_bucket' | '_sum' | '_count',
  where?: Where<LabelOf<Name> | 'job' | 'le'>,
): string {
  return selector(`${name}${part}`, where ?? {});
}

/** The series that a rule has recorded. */
export function recorded(name: RecordedName, where: Where = {}): string {
  return selector(name, where);
}

/** Series by their name and labels. */
export function selector(name: string, where: Where): string {
  const matchers = Object.entries(where).map(([label, value]) => `${label}${matcher(value!)}`);
  return matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`;
}

function matcher(value: Value): string {
  if (typeof value === 'string') return `=${quoted(value)}`;
  return 'not' in value ? `!=${quoted(value.not)}` : `=~${quoted(value.matches)}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

export const rate = (series: string, window: string): string => `rate(${series}[${window}])`;
export const increase = (series: string, window: string): string => `increase(${series}[${window}])`;
export const sumBy = (labels: readonly string[], series: string): string => `sum by (${labels.join(', ')}) (${series})`;
export const maxBy = (labels: readonly string[], series: string): string => `max by (${labels.join(', ')}) (${series})`;

/** A share. Where nothing happened there is none: neither 0, which would be a claim, nor NaN. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** A quantile. Where nothing was measured it is NaN, which is greater or equal to nothing: so there is none. */
export function quantileOf(quantile: string, buckets: string): string {
  return `histogram_quantile(${quantile}, ${buckets}) >= 0`;
}

/** The label `le` of a bucket. Prometheus writes whole numbers as `1` up to its version 2, as `1.0` from version 3 on. */
export function upTo(seconds: number): Value {
  if (!DEFAULT_BUCKETS.includes(seconds)) {
    throw new Error(
      `${seconds} s is not a bound of the buckets, so that nothing counts what took longer; take one of ${DEFAULT_BUCKETS.join(', ')}`,
    );
  }
  return Number.isInteger(seconds) ? { matches: `${seconds}([.]0)?` } : String(seconds);
}

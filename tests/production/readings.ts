import type { Series } from '../support/prometheus';

/** Between which two numbers a value must lie. */
export type Range = readonly [low: number, high: number];

/** What an expression must give: by series, a range each; nothing else, and nothing less. */
export type Truth = Readonly<Record<string, Range>>;

/** The number itself. */
export function exactly(value: number): Range {
  return [value - Math.abs(value) * 1e-6 - 1e-12, value + Math.abs(value) * 1e-6 + 1e-12];
}

/** So many within the window: Prometheus extrapolates to its edges, by up to a scrape interval. */
export function counted(times: number): Range {
  return [times * 0.999, times * 1.15];
}

/** So many within five minutes, per second. */
export function perSecond(times: number): Range {
  const [low, high] = counted(times);
  return [low / 300, high / 300];
}

/** Shorter than its labels: `namespace.tool`, then what else there is. */
export function seriesKey(labels: Readonly<Record<string, string>>): string {
  const { __name__: _, job, namespace, tool, ...others } = labels;
  const whose = [namespace, tool].filter((part) => part !== undefined).join('.');
  const rest = Object.entries(others).sort(([one], [other]) => (one < other ? -1 : 1));
  const words = [job === 'toolspan' || job === undefined ? '' : `job=${job}`, whose, ...rest.map(([name, value]) => `${name}=${value}`)];
  return words.filter(Boolean).join(' ');
}

/** What is not as it should be, in words; empty where all is. */
export function differences(series: readonly Series[], truth: Truth): string[] {
  const found = new Map(series.map(({ labels, value }) => [seriesKey(labels), value]));
  const wrong = found.size === series.length ? [] : ['two series that look the same'];
  for (const [key, [low, high]] of Object.entries(truth)) {
    const value = found.get(key);
    if (value === undefined) wrong.push(`${key} is missing`);
    else if (!(value >= low && value <= high)) wrong.push(`${key} is ${value}, not within ${low} and ${high}`);
  }
  const strange = [...found].filter(([key]) => !(key in truth));
  return [...wrong, ...strange.map(([key, value]) => `${key} should not be there; it is ${value}`)];
}

/** What an application shows of the durations of one tool. */
export interface Durations {
  /** Upper bounds with the number of calls up to each, `+Inf` last. */
  readonly buckets: readonly (readonly [bound: number, calls: number])[];
  readonly sum: number;
  readonly count: number;
}

/** Of each tool that was called between two scrapes, what was measured: read from the text itself, by no code of Prometheus's. */
export function durationsBetween(before: string, after: string): Map<string, Durations> {
  const earlier = read(before);
  const found = new Map<string, Durations>();
  for (const [tool, { buckets, sum, count }] of read(after)) {
    const was = earlier.get(tool);
    const since = buckets.map(([bound, calls], index) => [bound, calls - (was?.buckets[index]![1] ?? 0)] as const);
    const counted = count - (was?.count ?? 0);
    if (counted > 0) found.set(tool, { buckets: since, sum: sum - (was?.sum ?? 0), count: counted });
  }
  return found;
}

function read(text: string): Map<string, Durations> {
  const tools = new Map<string, { buckets: [number, number][]; sum: number; count: number }>();
  const line = /^tool_execution_duration_seconds_(\w+)\{(.*)\} (\S+)$/gm;
  for (const [, part, labels, value] of text.matchAll(line)) {
    const label = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(labels!)![1]!;
    const tool = `${label('namespace')}.${label('tool')}`;
    const durations = tools.get(tool) ?? { buckets: [], sum: 0, count: 0 };
    tools.set(tool, durations);
    if (part === 'bucket') durations.buckets.push([Number(label('le').replace('+Inf', 'Infinity')), Number(value)]);
    else durations[part as 'sum' | 'count'] = Number(value);
  }
  return tools;
}

/** The duration within which a share of the calls ended: evenly spread within a bucket, as Prometheus takes it. */
export function quantile(share: number, { buckets, count }: Durations): number {
  const rank = share * count;
  const index = buckets.findIndex(([, calls]) => calls >= rank);
  const [bound, calls] = buckets[index]!;
  const [lower, callsBelow] = index === 0 ? [0, 0] : buckets[index - 1]!;
  return bound === Infinity ? lower : lower + ((bound - lower) * (rank - callsBelow)) / (calls - callsBelow);
}

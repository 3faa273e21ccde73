import { parser } from '@prometheus-io/lezer-promql';

/** What an expression names. */
export interface Named {
  readonly metrics: readonly string[];
  /** Labels, with the metrics that they are said of. */
  readonly labels: readonly string[];
  /** Whether it is PromQL at all. */
  readonly isSound: boolean;
}

/** Metrics and labels by Prometheus's own grammar, so that no name slips through. Variables of a dashboard may stand in strings. */
export function namesIn(expr: string): Named {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  let isSound = true;
  let isName = false;
  parser.parse(expr).iterate({
    enter({ name, from, to, type }) {
      const text = expr.slice(from, to);
      if (type.isError) isSound = false;
      if (name === 'Identifier') metrics.add(text);
      if (name === 'LabelName') {
        labels.add(text);
        isName = text === '__name__';
      }
      if (name === 'StringLiteral' && isName) {
        metrics.add(JSON.parse(text) as string);
        labels.delete('__name__');
        isName = false;
      }
    },
  });
  return { metrics: [...metrics], labels: [...labels], isSound };
}

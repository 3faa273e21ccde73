import { METRICS, type MetricName } from '../../../../src/telemetry/catalogue.js';
import type { RecordedName } from '../names.js';
import { selector, type Where } from '../promql.js';

/** The dashboard's variables, by the label that each narrows down. */
const VARIABLES = { job: '$service', namespace: '$namespace', tool: '$tool' } as const;

/** One query of a panel. */
export interface Query {
  readonly expr: string;
  /** What a line is called. Default: service, namespace and tool. */
  readonly legend?: string;
  /** The value of now, as a row. */
  readonly table?: boolean;
  /** With the exemplars of its buckets. Recorded series have none. */
  readonly exemplar?: boolean;
}

export const TOOL = '{{job}} {{namespace}}.{{tool}}';
export const NAME = '{{job}} {{tool}}';

/** What a rule recorded, of what the variables pick. */
export function shown(name: RecordedName, where: Where = {}): string {
  const labels = name.slice(0, name.indexOf(':')).split('_');
  return selector(name, { ...picked(labels), ...where });
}

/** The series of a metric, of what the variables pick. Where tools of one name are merged, `namespace` picks by way of `tool`. */
export function raw(name: MetricName, where: Where = {}, part: '' | '_bucket' = ''): string {
  return selector(`${name}${part}`, { ...picked(['job', ...METRICS[name].labels]), ...where });
}

function picked(labels: readonly string[]): Where {
  const filters = Object.entries(VARIABLES).filter(([label]) => labels.includes(label));
  return Object.fromEntries(filters.map(([label, variable]) => [label, { matches: variable }]));
}

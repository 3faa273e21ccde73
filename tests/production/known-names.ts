import { RECORDING_GROUPS } from '../../samples/production/generate/recording-rules';
import { OUTSIDE } from '../../samples/production/generate/names';
import { METRICS, type MetricDefinition } from '../../src/telemetry/catalogue';

const PARTS = ['_bucket', '_sum', '_count'];

const ofOurs = Object.entries<MetricDefinition>(METRICS).flatMap(([name, { type, labels }]): [string, string[]][] =>
  type === 'histogram'
    ? PARTS.map((part) => [name + part, [...labels, 'job', 'instance', 'le']])
    : [[name, [...labels, 'job', 'instance']]],
);

const ofRules = RECORDING_GROUPS.flatMap(({ rules }) => rules).map(({ record, labels = {} }): [string, string[]] => [
  record,
  [...record.slice(0, record.indexOf(':')).split('_'), ...Object.keys(labels)],
]);

const LABELS_OUTSIDE: Readonly<Record<keyof typeof OUTSIDE, readonly string[]>> = {
  up: [],
  alerts: ['alertname', 'alertstate', 'severity'],
  sendFailed: ['exporter'],
  enqueueFailed: ['exporter'],
  refused: ['receiver'],
  rulesFailed: [],
  alertsDropped: [],
  notificationsFailed: [],
};

const ofOthers = Object.entries(OUTSIDE).map(([key, name]): [string, string[]] => [
  name,
  [...LABELS_OUTSIDE[key as keyof typeof OUTSIDE], 'job', 'instance'],
]);

/** Every series that a file may name, with its labels. */
export const KNOWN: ReadonlyMap<string, readonly string[]> = new Map([...ofOurs, ...ofRules, ...ofOthers]);

/** What the collector's names are written as: with or without `_total`. */
export function plain(name: string): string {
  return name.replace(/\(_total\)\?$/, '');
}

/** The metric of ours that a series belongs to. */
export function metricOf(series: string): string {
  return series in METRICS ? series : series.replace(/_(bucket|sum|count)$/, '');
}

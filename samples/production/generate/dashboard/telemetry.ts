import { OUTSIDE, RECORD, WINDOW } from '../names.js';
import { increase, selector, sumBy } from '../promql.js';
import { lines } from './panels.js';
import { NAME, raw, shown } from './queries.js';
import { row, type Row } from './row.js';

/** Whether what the other rows show can be believed. */
export const TELEMETRY: Row = row(
  800,
  'Telemetry',
  8,
  lines({
    id: 801,
    title: 'Telemetry’s own errors',
    description: 'Within five minutes: spans that broke or were dropped, exports and scrapes that failed.',
    unit: 'short',
    queries: [{ expr: shown(RECORD.telemetryErrors), legend: '{{job}} {{kind}}' }],
  }),
  lines({
    id: 802,
    title: 'Targets',
    description: '1: scraped. 0: no answer. All that Prometheus scrapes, the carriers of telemetry included.',
    unit: 'short',
    queries: [{ expr: selector(OUTSIDE.up, {}), legend: '{{job}} {{instance}}' }],
  }),
  lines({
    id: 803,
    title: 'Broken callbacks',
    description: 'Callbacks in the options of tools that threw or gave what is no answer, within five minutes.',
    unit: 'short',
    queries: [
      { expr: sumBy(['job', 'tool', 'option'], increase(raw('tool_callback_errors_total'), WINDOW)), legend: `${NAME} {{option}}` },
    ],
  }),
);

import { errorRatio, RECORD, WINDOW } from '../names.js';
import { quantileOf, rate } from '../promql.js';
import { SETTINGS } from '../settings.js';
import { lines, table } from './panels.js';
import { raw, shown, TOOL } from './queries.js';
import type { Row } from './row.js';

const buckets = raw('tool_execution_duration_seconds', {}, '_bucket');

/** Rate, errors, duration of each tool. */
export const CALLS: Row = {
  id: 200,
  title: 'Calls',
  height: 9,
  panels: [
    {
      width: 8,
      panel: lines({
        id: 201,
        title: 'Calls by tool',
        description: 'Calls per second. A call counts once, however often it was tried.',
        unit: 'reqps',
        queries: [{ expr: shown(RECORD.calls), legend: TOOL }],
      }),
    },
    {
      width: 8,
      panel: lines({
        id: 202,
        title: 'Share of failed calls',
        description: 'Refusals included. No line where nothing was called.',
        unit: 'percentunit',
        limit: SETTINGS.errorRatio,
        queries: [{ expr: shown(errorRatio(WINDOW)), legend: TOOL }],
      }),
    },
    {
      width: 8,
      panel: lines({
        id: 203,
        title: 'Duration',
        description: 'p50, p95 and p99. The dots are exemplars: single calls, with a link to their trace.',
        unit: 's',
        limit: SETTINGS.latency.seconds,
        queries: [
          { expr: shown(RECORD.quantile, { quantile: '0.5' }), legend: `p50 ${TOOL}` },
          // Computed here, since only the buckets themselves have exemplars.
          {
            expr: quantileOf('0.95', `sum by (job, namespace, tool, le) (${rate(buckets, WINDOW)})`),
            legend: `p95 ${TOOL}`,
            exemplar: true,
          },
          { expr: shown(RECORD.quantile, { quantile: '0.99' }), legend: `p99 ${TOOL}` },
        ],
      }),
    },
    {
      width: 12,
      panel: lines({
        id: 204,
        title: 'Average duration',
        description: 'Beside the quantiles: far above the p50, a few calls take very long.',
        unit: 's',
        queries: [{ expr: shown(RECORD.mean), legend: TOOL }],
      }),
    },
    {
      width: 12,
      panel: lines({
        id: 206,
        title: 'In flight',
        description: 'Calls under way. A line that only rises: something never ends, a `@Timeout` is missing.',
        unit: 'short',
        queries: [{ expr: shown(RECORD.inFlight), legend: TOOL }],
      }),
    },
    {
      width: 24,
      panel: table({ id: 205, title: 'Tools', description: 'The last five minutes of each tool.' }, [
        { title: 'calls/s', unit: 'reqps', expr: shown(RECORD.calls) },
        { title: 'failed', unit: 'percentunit', expr: shown(errorRatio(WINDOW)) },
        { title: 'average', unit: 's', expr: shown(RECORD.mean) },
        { title: 'p95', unit: 's', expr: shown(RECORD.quantile, { quantile: '0.95' }) },
        { title: 'in flight', unit: 'short', expr: shown(RECORD.inFlight) },
      ]),
    },
  ],
};

import {
  DashboardCursorSync,
  defaultDashboard,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type Panel,
  type RowPanel,
  type VariableModel,
} from '@grafana/schema';
import { metric, type Where } from '../promql.js';
import { CALLS } from './calls.js';
import { OBJECTIVES } from './objectives.js';
import { OVERVIEW } from './overview.js';
import { DATA_SOURCE } from './panels.js';
import { CACHE, CIRCUITS, LIMITS, RETRIES } from './policies.js';
import type { Row } from './row.js';
import { TELEMETRY } from './telemetry.js';

const ROWS: readonly Row[] = [OVERVIEW, CALLS, CACHE, RETRIES, CIRCUITS, LIMITS, OBJECTIVES, TELEMETRY];

/** A choice among the values of a label. "All" stands for the values listed, so that a namespace narrows down tools that have none. */
function choice(name: string, label: string, where: Where<'job' | 'namespace'>): VariableModel {
  const query = `label_values(${metric('tool_executions_total', where)}, ${label})`;
  return {
    type: 'query',
    name,
    label: name,
    datasource: DATA_SOURCE,
    query: { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
    refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.alphabeticalAsc,
    multi: true,
    includeAll: true,
    current: { text: ['All'], value: ['$__all'] },
  };
}

const variables: VariableModel[] = [
  {
    type: 'datasource',
    name: 'datasource',
    label: 'data source',
    query: 'prometheus',
    current: { text: 'Prometheus', value: 'prometheus' },
  },
  choice('service', 'job', {}),
  choice('namespace', 'namespace', { job: { matches: '$service' } }),
  choice('tool', 'tool', { job: { matches: '$service' }, namespace: { matches: '$namespace' } }),
];

/** Rows below each other, their panels beside each other. */
function placed(rows: readonly Row[]): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { id, title, height, panels: inRow } of rows) {
    panels.push({ id, type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } });
    y += 1;
    let x = 0;
    for (const { width, panel } of inRow) {
      if (x + width > 24) [x, y] = [0, y + height];
      panels.push({ ...panel, gridPos: { x, y, w: width, h: height } });
      x += width;
    }
    y += height;
  }
  return panels;
}

/** The dashboard, in Grafana's classic model, which file provisioning takes in every version that is maintained. */
export const DASHBOARD: Dashboard = {
  uid: 'toolspan',
  title: 'Tools',
  description:
    'Calls of tools, their policies, and the telemetry about them. Written by `npm run production` from generate/; change it there.',
  tags: ['toolspan'],
  schemaVersion: defaultDashboard.schemaVersion,
  editable: true,
  graphTooltip: DashboardCursorSync.Crosshair,
  refresh: '30s',
  timezone: 'browser',
  time: { from: 'now-1h', to: 'now' },
  templating: { list: variables },
  annotations: { list: [] },
  links: [],
  panels: placed(ROWS),
};

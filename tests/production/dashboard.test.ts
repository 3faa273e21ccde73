import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultDashboard } from '@grafana/schema';
import { parse } from 'yaml';
import { DASHBOARD, PRODUCTION, QUERIES } from './dashboard-file';

const { panels, templating, schemaVersion } = DASHBOARD;
const provisioned = (name: string): unknown =>
  parse(readFileSync(join(PRODUCTION, 'grafana', 'provisioning', name, 'toolspan.yml'), 'utf8'));

test('it has the schema of the Grafana that we build against', () => {
  expect(schemaVersion).toBe(defaultDashboard.schemaVersion);
  expect(schemaVersion).toBeGreaterThanOrEqual(42);
});

test('each panel has an id of its own, a title, and says what it shows', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const silent = panels.filter(({ type, title, description }) => title === '' || (type !== 'row' && !description));
  expect(silent).toEqual([]);
});

test('ids stay as they are: links and habits hang on them', () => {
  expect(Object.fromEntries(panels.map(({ id, title }) => [id, title]))).toMatchSnapshot();
});

test('panels lie in the grid, and none on another', () => {
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
});

test('it can be narrowed down to a service, a namespace and a tool', () => {
  expect(templating.list.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'datasource datasource',
    'service query',
    'namespace query',
    'tool query',
  ]);
  expect(templating.list.slice(1).map(({ query }) => (query as { query: string }).query)).toEqual([
    'label_values(tool_executions_total, job)',
    'label_values(tool_executions_total{job=~"$service"}, namespace)',
    'label_values(tool_executions_total{job=~"$service", namespace=~"$namespace"}, tool)',
  ]);
  const deaf = QUERIES.filter(({ expr }) => !expr.includes('$service')).map(({ title }) => title);
  expect(deaf).toEqual(['Alerts', 'Targets']);
});

test('states of circuits are a timeline with the words and colours of the states', () => {
  const { fieldConfig } = panels.find(({ type }) => type === 'state-timeline') as unknown as { fieldConfig: unknown };
  const options = {
    '0': { text: 'CLOSED', color: 'green' },
    '1': { text: 'OPEN', color: 'red' },
    '2': { text: 'HALF_OPEN', color: 'yellow' },
  };
  expect(fieldConfig).toMatchObject({ defaults: { mappings: [{ type: 'value', options }] } });
});

test('its data source is provisioned, and an exemplar of it leads to its trace in Jaeger', () => {
  const { datasources } = provisioned('datasources') as { datasources: { uid: string; type: string; url: string; jsonData?: unknown }[] };
  expect(datasources.map(({ uid, type, url }) => [uid, type, url])).toEqual([
    ['prometheus', 'prometheus', 'http://prometheus:9090'],
    ['jaeger', 'jaeger', 'http://jaeger:16686'],
  ]);
  expect(datasources[0]!.jsonData).toMatchObject({ exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: 'jaeger' }] });
  expect(templating.list[0]).toMatchObject({ query: 'prometheus', current: { value: datasources[0]!.uid } });
});

test('it is provisioned from where it is mounted', () => {
  expect(provisioned('dashboards')).toMatchObject({ providers: [{ type: 'file', options: { path: '/var/lib/grafana/dashboards' } }] });
});

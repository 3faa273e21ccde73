import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ALERT_GROUPS } from '../../samples/production/generate/alert-rules';
import { generatedFiles } from '../../samples/production/generate/files';
import { upTo } from '../../samples/production/generate/promql';
import { RECORDING_GROUPS } from '../../samples/production/generate/recording-rules';
import { ATTRIBUTE, EVENT_SPAN, MARK, METRICS, SPAN } from '../../src/telemetry/catalogue';
import { PRODUCTION, QUERIES } from './dashboard-file';
import { KNOWN, metricOf, plain } from './known-names';
import { namesIn } from './promql-names';

const ROOT = join(__dirname, '..', '..');
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

const ALERTS = ALERT_GROUPS.flatMap(({ rules }) => rules);
const RULES = ['recording.yml', 'alerts.yml'].flatMap((file) => {
  type File = { groups: { rules: { record?: string; alert?: string; expr: string }[] }[] };
  return (parse(read(PRODUCTION, 'prometheus', 'rules', file)) as File).groups.flatMap(({ rules }) => rules);
});

/** Queries in the code blocks of a page. */
function snippets(page: string): [string, string][] {
  const blocks = [...page.matchAll(/```promql\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.trim().split('\n'));
  return blocks.map((line): [string, string] => [line, line]);
}

const EXPRESSIONS: [string, string][] = [
  ...RULES.map(({ record, alert, expr }): [string, string] => [(record ?? alert)!, expr]),
  ...QUERIES.map(({ key, expr }): [string, string] => [`panel ${key}`, expr]),
  ...snippets(read(ROOT, 'README.md')),
  ...snippets(read(PRODUCTION, 'RUNBOOK.md')),
];

test.each(Object.entries(generatedFiles()))('%s is what `npm run production` writes', (path, content) => {
  expect(read(PRODUCTION, path)).toBe(content);
});

test.each(EXPRESSIONS)('%s is PromQL and names only what exists, with labels that it has', (_, expr) => {
  const { metrics, labels, isSound } = namesIn(expr);
  expect(isSound).toBe(true);
  expect(metrics.map(plain).filter((name) => !KNOWN.has(name))).toEqual([]);
  const theirs = metrics.flatMap((name) => KNOWN.get(plain(name))!);
  expect(labels.filter((label) => !theirs.includes(label))).toEqual([]);
});

test('the Prometheus operator is given the same rules', () => {
  const { spec } = parse(read(PRODUCTION, 'kubernetes', 'prometheus-rules.yaml')) as { spec: { groups: { rules: unknown[] }[] } };
  expect(spec.groups.flatMap(({ rules }) => rules)).toEqual(RULES);
});

test('names that do not exist are found', () => {
  expect(namesIn('rate(tool_executions[5m])').metrics.filter((name) => !KNOWN.has(name))).toEqual(['tool_executions']);
  expect(namesIn('sum by (tol) (up)').labels).toEqual(['tol']);
  expect(namesIn('sum by (tool (up)').isSound).toBe(false);
});

test('every metric of the catalogue is used', () => {
  const used = new Set(EXPRESSIONS.flatMap(([, expr]) => namesIn(expr).metrics.map(metricOf)));
  expect(Object.keys(METRICS).filter((name) => !used.has(name))).toEqual([]);
});

test('what is recorded is used, by an alert, the dashboard, another rule or the README', () => {
  const used = new Set(EXPRESSIONS.flatMap(([, expr]) => namesIn(expr).metrics));
  const recorded = RECORDING_GROUPS.flatMap(({ rules }) => rules.map(({ record }) => record));
  expect(recorded.filter((name) => !used.has(name))).toEqual([]);
});

test('each file below samples/production names only metrics and series that exist', () => {
  const files = readdirSync(PRODUCTION, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(ya?ml|json|md)$/.test(path));
  expect(files.length).toBeGreaterThanOrEqual(7);
  for (const path of files.filter((file) => !file.includes('node_modules'))) {
    const text = read(PRODUCTION, path);
    const series = [
      ...text.matchAll(/(?<![\w:.])(?:job\w*:\w+:\w+|tool_\w+_(?:total|seconds(?:_bucket|_sum|_count)?|state|queue|in_flight))\b/g),
    ];
    const unknown = series.map(([name]) => name).filter((name) => !KNOWN.has(name) && !(name in METRICS));
    expect({ path, unknown }).toEqual({ path, unknown: [] });
  }
});

test('the runbook has a heading for each alert, which its runbook_url names', () => {
  const headings = [...read(PRODUCTION, 'RUNBOOK.md').matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading!);
  expect(headings).toEqual(ALERTS.map(({ alert }) => alert));
  type File = { groups: { rules: { annotations: { runbook_url: string } }[] }[] };
  const { groups } = parse(read(PRODUCTION, 'prometheus', 'rules', 'alerts.yml')) as File;
  const urls = groups.flatMap(({ rules }) => rules.map(({ annotations }) => annotations.runbook_url));
  expect(urls).toEqual(headings.map((heading) => `RUNBOOK.md#${heading.toLowerCase()}`));
});

test('the runbook names only spans and attributes that exist', () => {
  const known: unknown[] = [ATTRIBUTE, SPAN, MARK, EVENT_SPAN].flatMap((names) => Object.values(names));
  const named = [...read(PRODUCTION, 'RUNBOOK.md').matchAll(/`((?:tool|retry|circuit|cache|rate_limit|bulkhead|error)\.[a-z_.]+)/g)];
  expect(named.length).toBeGreaterThan(5);
  expect(named.map(([, name]) => name).filter((name) => !known.includes(name))).toEqual([]);
});

test('an objective that no bucket ends at is refused, and a whole number matches as any Prometheus writes it', () => {
  expect(() => upTo(2)).toThrow('2 s is not a bound of the buckets, so that nothing counts what took longer; take one of 0.005, ');
  expect(upTo(0.5)).toBe('0.5');
  expect(upTo(1)).toEqual({ matches: '1([.]0)?' });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A query of the dashboard, as Grafana reads it from the file. */
export interface PanelQuery {
  /** The id of its panel and its own letter. */
  readonly key: string;
  readonly title: string;
  readonly expr: string;
  readonly exemplar: boolean;
}

/** What of the file the tests look at. */
export interface DashboardFile {
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string | { readonly query: string } }[];
  };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly exemplar: boolean }[];
  }[];
}

export const PRODUCTION = join(__dirname, '..', '..', 'samples', 'production');

/** The dashboard that is delivered. */
export const DASHBOARD = JSON.parse(readFileSync(join(PRODUCTION, 'grafana', 'dashboards', 'toolspan.json'), 'utf8')) as DashboardFile;

/** All its queries. */
export const QUERIES: readonly PanelQuery[] = DASHBOARD.panels.flatMap(({ id, title, targets = [] }) =>
  targets.map(({ refId, expr, exemplar }) => ({ key: `${id}${refId}`, title, expr, exemplar })),
);

/** A query with the variables filled in as Grafana does: a regular expression of the values picked. */
export function filledIn(expr: string, picked: Readonly<Record<'service' | 'namespace' | 'tool', readonly string[]>>): string {
  return expr.replace(/\$(service|namespace|tool)\b/g, (_, name: 'service' | 'namespace' | 'tool') => `(${picked[name].join('|')})`);
}

import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  FieldColorModeId,
  LegendDisplayMode,
  MappingType,
  PercentChangeColorMode,
  SortOrder,
  ThresholdsMode,
  TooltipDisplayMode,
  VisibilityMode,
  type DataSourceRef,
  type DataTransformerConfig,
  type FieldConfig,
  type FieldConfigSource,
  type Panel,
} from '@grafana/schema';
import { sumBy } from '../promql.js';
import type { Query } from './queries.js';

/** What every panel says of itself. */
interface Common {
  /** Unique, and never given to another panel: links and expectations name it. */
  readonly id: number;
  readonly title: string;
  readonly description: string;
  /** Grafana's name of the unit: `s`, `percentunit`, `reqps`, `short`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Where trouble begins. */
  readonly limit?: number;
}

/** A panel that has no place yet. */
export type Placeable = Omit<Panel, 'gridPos' | 'id'> & { readonly id: number };

export const DATA_SOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

const GREEN = 'green';
const RED = 'red';

/** Lines over time. */
export function lines(common: Common): Placeable {
  const defaults: FieldConfig = {
    ...base(common),
    min: 0,
    custom: {
      lineWidth: 1,
      fillOpacity: 10,
      showPoints: VisibilityMode.Never,
      thresholdsStyle: { mode: common.limit === undefined ? 'off' : 'dashed' },
    },
  };
  return panel('timeseries', common, defaults, {
    legend: { displayMode: LegendDisplayMode.Table, placement: 'right', showLegend: true, calcs: ['lastNotNull', 'max'] },
    tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
  });
}

/** One number. */
export function number(common: Common): Placeable {
  return panel(
    'stat',
    common,
    { ...base(common, FieldColorModeId.Thresholds), noValue: '–' },
    {
      colorMode: BigValueColorMode.Value,
      graphMode: BigValueGraphMode.Area,
      justifyMode: BigValueJustifyMode.Auto,
      percentChangeColorMode: PercentChangeColorMode.Standard,
      showPercentChange: false,
      textMode: BigValueTextMode.Auto,
      wideLayout: true,
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  );
}

/** States over time. */
export function timeline(common: Common, states: readonly { value: number; text: string; color: string }[]): Placeable {
  const options = Object.fromEntries(states.map(({ value, text, color }, index) => [String(value), { text, color, index }]));
  const defaults: FieldConfig = {
    ...base(common, FieldColorModeId.Thresholds),
    mappings: [{ type: MappingType.ValueToText, options }],
    custom: { fillOpacity: 80, lineWidth: 0 },
  };
  return panel('state-timeline', common, defaults, {
    alignValue: 'left',
    mergeValues: true,
    rowHeight: 0.8,
    showValue: VisibilityMode.Auto,
    legend: { displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
  });
}

/** A column of a table. */
export interface Column extends Query {
  readonly title: string;
  readonly unit: string;
}

/** A row for each tool. */
export function table(common: Omit<Common, 'queries' | 'unit'>, columns: readonly Column[]): Placeable {
  // Rows are merged by what their labels have in common: the name of the series and its quantile must not be among them.
  const queries = columns.map(({ expr }) => ({ expr: sumBy(['job', 'namespace', 'tool'], expr), table: true }));
  const overrides = columns.map(({ title, unit }) => ({
    matcher: { id: 'byName', options: title },
    properties: [{ id: 'unit', value: unit }],
  }));
  const values = columns.map(({ title }, index): [string, string] => [`Value #${refId(index)}`, title]);
  const renameByName = Object.fromEntries([['job', 'service'], ...values]);
  const transformations: DataTransformerConfig[] = [
    { id: 'merge', options: {} },
    { id: 'organize', options: { excludeByName: { Time: true }, renameByName } },
  ];
  const placeable = panel('table', { ...common, unit: 'short', queries }, base({ ...common, unit: 'short' }), {
    showHeader: true,
    frameIndex: 0,
  });
  return { ...placeable, transformations, fieldConfig: { ...placeable.fieldConfig!, overrides } };
}

function base({ unit, limit }: Pick<Common, 'unit' | 'limit'>, color = FieldColorModeId.PaletteClassic): FieldConfig {
  const red = limit === undefined ? [] : [{ color: RED, value: limit }];
  return {
    unit,
    color: { mode: color },
    // The first step has no lower bound, which JSON cannot say otherwise.
    thresholds: { mode: ThresholdsMode.Absolute, steps: [{ color: GREEN, value: null }, ...red] },
  };
}

function panel(
  type: string,
  { id, title, description, queries }: Common,
  defaults: FieldConfig,
  options: Record<string, unknown>,
): Placeable {
  const fieldConfig: FieldConfigSource = { defaults, overrides: [] };
  return { id, type, title, description, datasource: DATA_SOURCE, fieldConfig, options, targets: queries.map(target) };
}

function target({ expr, legend, table: isTable = false, exemplar = false }: Query, index: number): Record<string, unknown> {
  return {
    refId: refId(index),
    datasource: DATA_SOURCE,
    editorMode: 'code',
    expr,
    ...(isTable ? { format: 'table', instant: true, range: false } : { legendFormat: legend ?? '__auto', range: true, instant: false }),
    exemplar,
  };
}

function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

import { errorRatio, slowRatio, type RecordedName, type SloWindow } from '../names.js';
import { SETTINGS } from '../settings.js';
import { lines } from './panels.js';
import { shown, TOOL, type Query } from './queries.js';
import { row, type Row } from './row.js';

const { latency, availability } = SETTINGS;

/** 1 is the pace at which the budget just lasts. */
function burn(ratio: (window: SloWindow) => RecordedName, objective: number): Query[] {
  const budget = Number((1 - objective).toPrecision(6));
  return (['1h', '6h'] as const).map((window) => ({ expr: `${shown(ratio(window))} / ${budget}`, legend: `${window} ${TOOL}` }));
}

/** How fast the budgets of the objectives are spent. */
export const OBJECTIVES: Row = row(
  700,
  'Objectives',
  8,
  lines({
    id: 701,
    title: 'Latency budget',
    description: `How many times faster than allowed the budget is spent: ${latency.objective * 100} % of the calls within ${latency.seconds} s. Alerts at 14.4 (1 h) and 6 (6 h).`,
    unit: 'short',
    limit: 6,
    queries: burn(slowRatio, latency.objective),
  }),
  lines({
    id: 702,
    title: 'Error budget',
    description: `How many times faster than allowed the budget is spent: ${availability.objective * 100} % of the calls succeed. Alerts at 14.4 (1 h) and 6 (6 h).`,
    unit: 'short',
    limit: 6,
    queries: burn(errorRatio, availability.objective),
  }),
);

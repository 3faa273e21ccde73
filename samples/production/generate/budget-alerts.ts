import type { AlertGroup, AlertRule } from './alert.js';
import { callsWithin, errorRatio, slowRatio, type LongWindow, type RecordedName, type SloWindow } from './names.js';
import { recorded } from './promql.js';
import { SETTINGS } from './settings.js';

/** What a tool has promised: which share of the calls may break it, and how large that share is. */
interface Objective {
  readonly name: 'Latency' | 'Error';
  readonly badRatio: (window: SloWindow) => RecordedName;
  readonly objective: number;
  readonly promise: string;
  readonly what: string;
  readonly look: readonly string[];
  readonly act: readonly string[];
}

/**
 * A pace at which the budget of 30 days is spent: at 14.4 times the even pace 2 % of it are gone in an hour, at 6 times 5 % in six hours.
 * The short window ends the alert soon after the trouble ends. After the Google SRE Workbook, "Alerting on SLOs", multiwindow, multi-burn-rate.
 */
interface Pace {
  readonly name: 'Fast' | 'Slow';
  readonly factor: number;
  readonly long: LongWindow;
  readonly short: SloWindow;
  readonly for: string;
  readonly severity: AlertRule['severity'];
  readonly gone: string;
}

const PACES: readonly Pace[] = [
  {
    name: 'Fast',
    factor: 14.4,
    long: '1h',
    short: '5m',
    for: '2m',
    severity: 'critical',
    gone: '2 % of a month’s budget are gone within an hour',
  },
  {
    name: 'Slow',
    factor: 6,
    long: '6h',
    short: '30m',
    for: '15m',
    severity: 'warning',
    gone: '5 % of a month’s budget are gone within six hours',
  },
];

const percent = (share: number): string => `${Number((share * 100).toFixed(3))} %`;

const OBJECTIVES: readonly Objective[] = [
  {
    name: 'Latency',
    badRatio: slowRatio,
    objective: SETTINGS.latency.objective,
    promise: `${percent(SETTINGS.latency.objective)} of the calls end within ${SETTINGS.latency.seconds} s`,
    what: `took longer than ${SETTINGS.latency.seconds} s`,
    look: [
      'Dashboard, row *Calls*: p50 and p99. Both up: everything is slower. Only p99: a part of the calls waits. Follow an exemplar into Jaeger.',
      'In the trace: is it the method itself, waits between attempts (*Retries*), `tool.rate_limit.check` (a wait for the limit), or time before the first attempt (a queue)?',
      'Refused calls are quick and so count as good here: look at the error budget, too.',
    ],
    act: [
      'The other side is slow: `@Timeout`, `@Hedge`, a circuit with `slowCall`; `staleWhileRevalidate` answers at once.',
      'Waits are the cause: a shorter `maxWait`, a `total` time limit, more places.',
    ],
  },
  {
    name: 'Error',
    badRatio: errorRatio,
    objective: SETTINGS.availability.objective,
    promise: `${percent(SETTINGS.availability.objective)} of the calls succeed`,
    what: 'failed',
    look: ['As for *ToolspanErrorRatioHigh*; this one also sees a small share that lasts, and it weighs it against what was promised.'],
    act: ['As for *ToolspanErrorRatioHigh*. When the budget is spent, releases that are not repairs wait.'],
  },
];

function budgetAlert(objective: Objective, pace: Pace): AlertRule {
  const budget = Number((1 - objective.objective).toPrecision(6));
  const limit = `${pace.factor} * ${budget}`;
  const long = recorded(objective.badRatio(pace.long));
  const short = recorded(objective.badRatio(pace.short));
  // So many calls that a single one cannot spend the budget at this pace.
  const enough = Math.floor(1 / (pace.factor * budget)) + 1;
  return {
    alert: `Toolspan${objective.name}BudgetBurn${pace.name}`,
    expr: `${long} > ${limit} and ${short} > ${limit} and ${recorded(callsWithin(pace.long))} >= ${enough}`,
    for: pace.for,
    severity: pace.severity,
    summary: `{{ $labels.namespace }}.{{ $labels.tool }} of {{ $labels.job }}: {{ $value | humanizePercentage }} of the calls within ${pace.long} ${objective.what}.`,
    runbook: {
      means: `The objective is that ${objective.promise}. At this pace (${pace.factor} times what it allows, over ${pace.long} and still over ${pace.short}) ${pace.gone}. Fewer than ${enough} calls within ${pace.long} raise no alert: one of them alone would be enough.`,
      look: objective.look,
      act: [...objective.act, 'The objective does not fit the tool: change it in `generate/settings.ts`, then `npm run production`.'],
    },
  };
}

/** What eats up the budgets of the objectives. */
export const BUDGET_ALERTS: AlertGroup = {
  name: 'toolspan budgets',
  title: 'Objectives',
  rules: OBJECTIVES.flatMap((objective) => PACES.map((pace) => budgetAlert(objective, pace))),
};

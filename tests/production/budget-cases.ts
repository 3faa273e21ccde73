import type { AlertCase } from './alert-cases';

const OF_TOOL = { job: 'app', namespace: 'web', tool: 'fetch' };
const executions = (status: string): string =>
  `tool_executions_total{job="app",instance="a",namespace="web",tool="fetch",status="${status}"}`;
const bucket = (le: string): string =>
  `tool_execution_duration_seconds_bucket{job="app",instance="a",namespace="web",tool="fetch",le="${le}"}`;

const COUNT = 'tool_execution_duration_seconds_count{job="app",instance="a",namespace="web",tool="fetch"}';

/** Per interval: so many calls, and of these so many within the objective. */
function latency(calls: string, quick: string, le = '1'): Readonly<Record<string, string>> {
  return { [executions('success')]: calls, [executions('error')]: '0x100', [bucket(le)]: quick, [COUNT]: calls };
}

function errors(good: string, bad: string): Readonly<Record<string, string>> {
  return { [executions('success')]: good, [executions('error')]: bad };
}

const raised = (severity: string, what: string): AlertCase['raises'] => [
  { labels: { ...OF_TOOL, severity }, summary: `web.fetch of app: ${what}` },
];

/** Cases of what eats up the budgets of the objectives. */
export const BUDGET_CASES: Readonly<Record<string, readonly AlertCase[]>> = {
  ToolspanLatencyBudgetBurnFast: [
    {
      it: 'one call in five takes longer than 1 s',
      interval: '1m',
      series: latency('0+10x80', '0+8x80'),
      at: '70m',
      raises: raised('critical', '20% of the calls within 1h took longer than 1 s.'),
    },
    {
      it: 'the same where Prometheus 3 writes the bound as 1.0',
      interval: '1m',
      series: latency('0+10x80', '0+8x80', '1.0'),
      at: '70m',
      raises: raised('critical', '20% of the calls within 1h took longer than 1 s.'),
    },
    { it: 'one in ten does', interval: '1m', series: latency('0+10x80', '0+9x80'), at: '70m' },
    { it: 'many did, but not within the last minutes', interval: '1m', series: latency('0+10x80', '0+5x50 260+10x30'), at: '70m' },
    { it: 'one of six calls within the hour did', interval: '1m', series: latency('0x65 6x20', '0x65 5x20'), at: '69m' },
  ],
  ToolspanLatencyBudgetBurnSlow: [
    {
      it: 'one call in ten takes longer than 1 s, for hours',
      interval: '5m',
      series: latency('0+10x80', '0+9x80'),
      at: '380m',
      raises: raised('warning', '10% of the calls within 6h took longer than 1 s.'),
    },
    { it: 'one in twenty does', interval: '5m', series: latency('0+20x80', '0+19x80'), at: '380m' },
    { it: 'one of sixteen calls within the hours did', interval: '5m', series: latency('0x72 16x8', '0x72 15x8'), at: '380m' },
  ],
  ToolspanErrorBudgetBurnFast: [
    {
      it: 'one call in five fails',
      interval: '1m',
      series: errors('0+8x80', '0+2x80'),
      at: '70m',
      raises: raised('critical', '20% of the calls within 1h failed.'),
    },
    { it: 'one in ten fails', interval: '1m', series: errors('0+9x80', '0+1x80'), at: '70m' },
    { it: 'one of six calls within the hour failed', interval: '1m', series: errors('0x65 5x20', '0x65 1x20'), at: '69m' },
  ],
  ToolspanErrorBudgetBurnSlow: [
    {
      it: 'one call in ten fails, for hours',
      interval: '5m',
      series: errors('0+9x80', '0+1x80'),
      at: '380m',
      raises: raised('warning', '10% of the calls within 6h failed.'),
    },
    { it: 'one in twenty fails', interval: '5m', series: errors('0+19x80', '0+1x80'), at: '380m' },
    { it: 'it is over since half an hour', interval: '5m', series: errors('0+9x66 594+10x14', '0+1x66 66x14'), at: '380m' },
  ],
};

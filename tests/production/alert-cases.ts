/** What Prometheus has seen, and which alerts of one name it raises at some moment. */
export interface AlertCase {
  readonly it: string;
  /** Distance of the values of a series. Default 15s. */
  readonly interval?: string;
  /** Series with their values, in promtool's notation. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Labels and summary of each alert. Default: none fires. */
  readonly raises?: readonly { readonly labels: Readonly<Record<string, string>>; readonly summary: string }[];
}

const OF_TOOL = { job: 'app', namespace: 'web', tool: 'fetch' };
const OF_NAME = { job: 'app', tool: 'fetch' };

const executions = (status: string): string =>
  `tool_executions_total{job="app",instance="a",namespace="web",tool="fetch",status="${status}"}`;
const state = (instance: string): string => `tool_circuit_breaker_state{job="app",instance="${instance}",tool="fetch"}`;
const transitions = (from: string, to: string): string =>
  `tool_circuit_breaker_transitions_total{job="app",instance="a",tool="fetch",from="${from}",to="${to}"}`;
const retryCalls = (kind: string): string => `tool_retry_calls_total{job="app",instance="a",tool="fetch",kind="${kind}"}`;
const checks = (what: string, allowed: boolean): string =>
  `tool_${what}_checks_total{job="app",instance="a",tool="fetch",allowed="${allowed}"}`;

/** Cases of what goes wrong in tools. */
export const TOOL_CASES: Readonly<Record<string, readonly AlertCase[]>> = {
  ToolspanErrorRatioHigh: [
    {
      it: 'one call in ten fails',
      series: { [executions('success')]: '0+9x60', [executions('error')]: '0+1x60' },
      at: '12m',
      raises: [{ labels: { ...OF_TOOL, severity: 'warning' }, summary: 'web.fetch of app: 10% of the calls fail.' }],
    },
    { it: 'one in 25 fails', series: { [executions('success')]: '0+24x60', [executions('error')]: '0+1x60' }, at: '12m' },
    { it: 'all failed for a moment', series: { [executions('success')]: '0+9x100', [executions('error')]: '0x8 0+1x2 2x90' }, at: '8m' },
    {
      it: 'nothing is called any more after all failed',
      series: { [executions('success')]: '0x100', [executions('error')]: '0+9x20 180x80' },
      at: '20m',
    },
    { it: 'nothing was ever called', series: { [executions('success')]: '0x60', [executions('error')]: '0x60' }, at: '12m' },
  ],
  ToolspanCircuitOpen: [
    {
      it: 'it opened, and nothing is called',
      series: { [state('a')]: '0x4 1x20', [state('b')]: '0x24' },
      at: '2m',
      raises: [{ labels: { ...OF_NAME, severity: 'critical' }, summary: 'The circuit of fetch of app is open: its calls are refused.' }],
    },
    {
      it: 'it is open in one instance and half-open in the other',
      series: { [state('a')]: '2x20', [state('b')]: '1x20' },
      at: '1m',
      raises: [{ labels: { ...OF_NAME, severity: 'critical' }, summary: 'The circuit of fetch of app is open: its calls are refused.' }],
    },
    {
      it: 'a probe makes it half-open for a while: that is still the same alert',
      series: { [state('a')]: '1x8 2x8 1x8' },
      at: '3m45s',
      raises: [{ labels: { ...OF_NAME, severity: 'critical' }, summary: 'The circuit of fetch of app is open: its calls are refused.' }],
    },
    { it: 'it is half-open, which is not 1', series: { [state('a')]: '2x20' }, at: '4m' },
    { it: 'it closed five minutes ago', series: { [state('a')]: '1x4 0x40' }, at: '7m' },
  ],
  ToolspanCircuitFlapping: [
    {
      it: 'it opened four times',
      series: { [transitions('CLOSED', 'OPEN')]: '0x60 1x20 2x20 3x20 4x60' },
      at: '40m',
      raises: [{ labels: { ...OF_NAME, severity: 'warning' }, summary: 'The circuit of fetch of app opened 4 times within half an hour.' }],
    },
    { it: 'it opened three times', series: { [transitions('CLOSED', 'OPEN')]: '0x60 1x20 2x20 3x60' }, at: '40m' },
    { it: 'its probes fail, so that it never closed', series: { [transitions('HALF_OPEN', 'OPEN')]: '0x60 0+1x100' }, at: '40m' },
  ],
  ToolspanRetryRatioHigh: [
    {
      it: 'three calls in ten need a retry',
      series: {
        [retryCalls('successful_without_retry')]: '0+7x100',
        [retryCalls('successful_with_retry')]: '0+2x100',
        [retryCalls('failed_with_retry')]: '0+1x100',
        [retryCalls('failed_without_retry')]: '0x100',
      },
      at: '20m',
      raises: [{ labels: { ...OF_NAME, severity: 'warning' }, summary: 'fetch of app: 30% of the calls need a retry.' }],
    },
    {
      it: 'many fail, without a retry',
      series: {
        [retryCalls('successful_without_retry')]: '0+1x100',
        [retryCalls('failed_without_retry')]: '0+9x100',
        [retryCalls('failed_with_retry')]: '0x100',
      },
      at: '20m',
    },
  ],
  ToolspanRefusalsHigh: [
    {
      it: 'the rate limit refuses one call in five, the bulkhead every second attempt',
      series: {
        [checks('rate_limit', true)]: '0+8x60',
        [checks('rate_limit', false)]: '0+2x60',
        [checks('bulkhead', true)]: '0+4x60',
        [checks('bulkhead', false)]: '0+4x60',
      },
      at: '12m',
      raises: [
        { labels: { ...OF_NAME, reason: 'rate_limit', severity: 'warning' }, summary: 'fetch of app: 20% refused (by rate_limit).' },
        { labels: { ...OF_NAME, reason: 'bulkhead', severity: 'warning' }, summary: 'fetch of app: 50% refused (by bulkhead).' },
      ],
    },
    { it: 'one in 40 is refused', series: { [checks('rate_limit', true)]: '0+39x60', [checks('rate_limit', false)]: '0+1x60' }, at: '12m' },
    { it: 'nothing is asked', series: { [checks('bulkhead', true)]: '0x60', [checks('bulkhead', false)]: '0x60' }, at: '12m' },
  ],
  ToolspanCallbackBroken: [
    {
      it: 'it broke for the first time, which made the series',
      series: { 'tool_callback_errors_total{job="app",instance="a",tool="fetch",option="retryIf"}': '_x80 1x20' },
      at: '22m',
      raises: [
        { labels: { ...OF_NAME, option: 'retryIf', severity: 'warning' }, summary: 'The callback retryIf of fetch of app is broken.' },
      ],
    },
    {
      it: 'it broke again',
      series: { 'tool_callback_errors_total{job="app",instance="a",tool="fetch",option="key"}': '5x80 6x20' },
      at: '22m',
      raises: [{ labels: { ...OF_NAME, option: 'key', severity: 'warning' }, summary: 'The callback key of fetch of app is broken.' }],
    },
    {
      it: 'it broke long ago',
      series: { 'tool_callback_errors_total{job="app",instance="a",tool="fetch",option="key"}': '5x100' },
      at: '22m',
    },
  ],
};

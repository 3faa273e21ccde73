import type { AlertGroup } from './alert.js';
import { errorRatio, RECORD, WINDOW } from './names.js';
import { increase, maxBy, metric, recorded } from './promql.js';
import { SETTINGS } from './settings.js';

const WHO = '{{ $labels.namespace }}.{{ $labels.tool }} of {{ $labels.job }}';
const NAME = '{{ $labels.tool }} of {{ $labels.job }}';
const percent = (share: number): string => `${Number((share * 100).toFixed(3))} %`;

/** What goes wrong in tools. */
export const TOOL_ALERTS: AlertGroup = {
  name: 'toolspan tools',
  title: 'Tools',
  rules: [
    {
      alert: 'ToolspanErrorRatioHigh',
      expr: `${recorded(errorRatio(WINDOW))} > ${SETTINGS.errorRatio}`,
      for: '5m',
      severity: 'warning',
      summary: `${WHO}: {{ $value | humanizePercentage }} of the calls fail.`,
      runbook: {
        means: `More than ${percent(SETTINGS.errorRatio)} of the tool's calls failed, for five minutes. Refusals (rate limit, circuit, bulkhead) count as failures; what a fallback answered does not.`,
        look: [
          'Dashboard, row *Calls*: since when, and which tools with it? Many at once point to what they share: network, credentials, a release.',
          'Dashboard, rows *Circuits* and *Limits*: are these refusals? Then the cause is there, and the alerts of those name it.',
          'Jaeger, operation `tool.execute`, tags `tool.name` and `error=true`: `error.type`, `tool.error` and the exception of a few traces.',
        ],
        act: [
          'The other side is down: see that calls fail fast (`@Timeout`, `@CircuitBreaker`) and have something to say (`@Fallback`, `staleIfError`).',
          'A release of ours: roll it back.',
          'Errors that are no failures (a 404 that is an answer): return them, do not throw them; keep them from circuits with `countIf`.',
        ],
      },
    },
    {
      alert: 'ToolspanCircuitOpen',
      expr: `${recorded(RECORD.circuitOpen)} == 1`,
      keepFiringFor: '5m',
      severity: 'critical',
      summary: `The circuit of ${NAME} is open: its calls are refused.`,
      runbook: {
        means:
          'The tool failed so often that its calls are refused without being tried (`CircuitOpenError`). An open circuit stays open until a call probes it, also without any traffic: then nobody knows whether the other side is well again. The alert comes at once, since the circuit has already waited for enough failures, and stays for five minutes after the last time it was seen open, since each probe makes it half-open for a moment.',
        look: [
          'Dashboard, row *Circuits*: since when, does it go to and fro (probes fail), in all instances or in one?',
          'Jaeger, `tool.execute` with `error=true` shortly before it opened: what failed. Event `tool.circuit_breaker.transition` marks the moment.',
        ],
        act: [
          'Find out whether the other side works. If so, and nobody calls the tool: any call is the probe; by hand, `close()` of what `circuit()` gives.',
          'If not: nothing needs to be done here, it closes by itself after `successThreshold` good probes. Let callers have a `@Fallback` or old results (`staleIfError`) meanwhile.',
          'It opens on errors that are no failures of the other side: `countIf`.',
        ],
      },
    },
    {
      alert: 'ToolspanCircuitFlapping',
      expr: `${maxBy(['job', 'tool'], increase(metric('tool_circuit_breaker_transitions_total', { from: 'CLOSED', to: 'OPEN' }), '30m'))} > ${SETTINGS.openings}`,
      severity: 'warning',
      summary: `The circuit of ${NAME} opened {{ $value | humanize }} times within half an hour.`,
      runbook: {
        means: `The circuit of one instance closed and opened anew more than ${SETTINGS.openings} times in half an hour. Short openings may fall between two scrapes, so that *ToolspanCircuitOpen* does not see them; the transitions are counted.`,
        look: [
          'Dashboard, row *Circuits*: how long is it closed in between? Does it close on few good probes while the load is low?',
          'Jaeger: do the probes ask something cheaper than what fails?',
        ],
        act: [
          'Raise `successThreshold`, or `resetTimeout` with `maxResetTimeout`, so that it closes when it can stay closed.',
          'Use `failureRate` with a `window` in place of failures in a row where a part of the calls always fails.',
        ],
      },
    },
    {
      alert: 'ToolspanRetryRatioHigh',
      expr: `${recorded(RECORD.retriedRatio)} > ${SETTINGS.retryRatio}`,
      for: '10m',
      severity: 'warning',
      summary: `${NAME}: {{ $value | humanizePercentage }} of the calls need a retry.`,
      runbook: {
        means: `More than ${percent(SETTINGS.retryRatio)} of the calls of a tool with \`@Retry\` were tried more than once, for ten minutes. Users may see nothing yet but longer waits; the other side sees more load just when it is weak.`,
        look: [
          'Dashboard, row *Retries*: do the retries help (`successful_with_retry`) or not (`failed_with_retry`)? By how much do they add to the load?',
          'Jaeger, `tool.retry.attempt` with `error=true`: is it one error, and one that another attempt can cure?',
        ],
        act: [
          'Retries do not help: let `retryIf` reject that error.',
          'They help, and the other side is overloaded: a `budget`, a longer `baseDelay`, a `@RateLimited` in front.',
          'Time limits are the cause: see whether `@Timeout` is shorter than what the other side takes on a normal day.',
        ],
      },
    },
    {
      alert: 'ToolspanRefusalsHigh',
      expr: `${recorded(RECORD.refusedRatio)} > ${SETTINGS.refusedRatio}`,
      for: '5m',
      severity: 'warning',
      summary: `${NAME}: {{ $value | humanizePercentage }} refused (by {{ $labels.reason }}).`,
      runbook: {
        means: `For five minutes the rate limit or the bulkhead of a tool (label \`reason\`) refused more than ${percent(SETTINGS.refusedRatio)} of what it was asked. What an open circuit refuses is told by *ToolspanCircuitOpen*.`,
        look: [
          'Dashboard, row *Limits*: is it one caller or a wave of all? Is the queue of the bulkhead full? How long do calls wait for the rate limit?',
          'Dashboard, row *Calls*: did calls become slower? Then each keeps its place in the bulkhead for longer.',
          'Jaeger, `tool.rate_limit.check` with `rate_limit.allowed=false`: `rate_limit.reason` says whether it is the tool’s limit or the one of all tools.',
        ],
        act: [
          'The limit is what the other side grants: let callers wait (`maxWait`), cache more, ask for more quota.',
          'The limit is ours and too tight: raise `limit`, `burst`, `maxConcurrent` or `maxQueue`.',
          'One caller takes it all: give each a limit of its own with `key`.',
        ],
      },
    },
    {
      alert: 'ToolspanCallbackBroken',
      // The first time makes the series, so that no increase shows it: a series that was not there before tells as much.
      expr: `sum by (job, tool, option) (${increase(metric('tool_callback_errors_total'), '15m')}) > 0 or sum by (job, tool, option) (${metric('tool_callback_errors_total')} unless ${metric('tool_callback_errors_total')} offset 15m) > 0`,
      severity: 'warning',
      summary: `The callback {{ $labels.option }} of ${NAME} is broken.`,
      runbook: {
        means:
          'A callback in the options of a tool (`key`, `retryIf`, `cacheIf`, `countIf`, …) threw, or gave what is no answer. The calls went on without it: perhaps uncached, or retried when they should not be.',
        look: [
          'The log of the application: it has one line with the error, for each callback.',
          'Jaeger: event `tool.callback.broken`, attribute `tool.option`.',
        ],
        act: ['Repair the callback. Callbacks are synchronous and give a plain value.'],
      },
    },
  ],
};

import { STATE_VALUE } from '../../../../src/telemetry/catalogue.js';
import { RECORD, WINDOW } from '../names.js';
import { increase, rate, sumBy } from '../promql.js';
import { SETTINGS } from '../settings.js';
import { lines, timeline } from './panels.js';
import { NAME, raw, shown, TOOL } from './queries.js';
import { row, type Row } from './row.js';

/** What was served again. */
export const CACHE: Row = row(
  300,
  'Cache',
  8,
  lines({
    id: 301,
    title: 'Hits',
    description: 'Share of look-ups that the cache answered.',
    unit: 'percentunit',
    queries: [{ expr: shown(RECORD.hitRatio), legend: NAME }],
  }),
  lines({
    id: 302,
    title: 'Operations',
    description: 'Look-ups and writes per second. More misses than writes: errors, or results that `cacheIf` rejects.',
    unit: 'ops',
    queries: [{ expr: sumBy(['job', 'tool', 'result'], rate(raw('tool_cache_operations_total'), WINDOW)), legend: `${NAME} {{result}}` }],
  }),
  lines({
    id: 303,
    title: 'Stale results',
    description: 'Results served beyond their time, per second: while a new one was fetched (revalidate), or in place of an error.',
    unit: 'ops',
    queries: [{ expr: sumBy(['job', 'tool', 'reason'], rate(raw('tool_cache_stale_total'), WINDOW)), legend: `${NAME} {{reason}}` }],
  }),
);

/** What was tried again, ended early, or answered otherwise. */
export const RETRIES: Row = row(
  400,
  'Retries',
  8,
  lines({
    id: 401,
    title: 'Calls that needed a retry',
    description: 'Share of the calls of tools that retry.',
    unit: 'percentunit',
    limit: SETTINGS.retryRatio,
    queries: [{ expr: shown(RECORD.retriedRatio), legend: NAME }],
  }),
  lines({
    id: 402,
    title: 'Retries for each call',
    description: 'By how much retries add to the load on the other side: 0.5 is half as much again.',
    unit: 'percentunit',
    queries: [{ expr: shown(RECORD.retriesPerCall), legend: NAME }],
  }),
  lines({
    id: 403,
    title: 'What became of calls',
    description: 'Of tools that retry, per second. Many failed_with_retry: retries do not help.',
    unit: 'reqps',
    queries: [{ expr: sumBy(['job', 'tool', 'kind'], rate(raw('tool_retry_calls_total'), WINDOW)), legend: `${NAME} {{kind}}` }],
  }),
  lines({
    id: 404,
    title: 'Time limits reached',
    description: 'Per second, of attempts and of whole calls.',
    unit: 'ops',
    queries: [{ expr: sumBy(['job', 'tool', 'scope'], rate(raw('tool_timeouts_total'), WINDOW)), legend: `${NAME} {{scope}}` }],
  }),
  lines({
    id: 405,
    title: 'Hedges',
    description: 'Attempts beside which another one was run, per second, by whether that one won.',
    unit: 'ops',
    queries: [{ expr: sumBy(['job', 'tool', 'won'], rate(raw('tool_hedges_total'), WINDOW)), legend: `${NAME} won={{won}}` }],
  }),
  lines({
    id: 406,
    title: 'Fallbacks',
    description: 'Calls that a fallback answered, per second. They count as successful.',
    unit: 'ops',
    queries: [{ expr: sumBy(['job', 'tool'], rate(raw('tool_fallbacks_total'), WINDOW)), legend: NAME }],
  }),
);

/** What circuits did. */
export const CIRCUITS: Row = row(
  500,
  'Circuits',
  8,
  timeline(
    {
      id: 501,
      title: 'State',
      description: 'The worst state of all instances. An open circuit stays open until a call probes it.',
      unit: 'short',
      queries: [{ expr: shown(RECORD.circuitState), legend: NAME }],
    },
    [
      { value: STATE_VALUE.CLOSED, text: 'CLOSED', color: 'green' },
      { value: STATE_VALUE.HALF_OPEN, text: 'HALF_OPEN', color: 'yellow' },
      { value: STATE_VALUE.OPEN, text: 'OPEN', color: 'red' },
    ],
  ),
  lines({
    id: 502,
    title: 'Failures and errors',
    description:
      'Per second: failed attempts that the circuit counted, and failed calls of tools whose circuit is open (refused, for the most part).',
    unit: 'ops',
    queries: [
      { expr: sumBy(['job', 'tool'], rate(raw('tool_circuit_breaker_failures_total'), WINDOW)), legend: `${NAME} counted` },
      { expr: shown(RECORD.errorsWhileOpen), legend: `${TOOL} while open` },
    ],
  }),
  lines({
    id: 503,
    title: 'Transitions',
    description: 'Changes of state within five minutes.',
    unit: 'short',
    queries: [
      {
        expr: sumBy(['job', 'tool', 'from', 'to'], increase(raw('tool_circuit_breaker_transitions_total'), WINDOW)),
        legend: `${NAME} {{from}} → {{to}}`,
      },
    ],
  }),
);

/** What was refused, and what waits. */
export const LIMITS: Row = row(
  600,
  'Limits',
  8,
  lines({
    id: 601,
    title: 'Refusals',
    description: 'Of rate limit and bulkhead, per second. Those of circuits: see Circuits.',
    unit: 'ops',
    queries: [{ expr: shown(RECORD.refusals), legend: `${NAME} {{reason}}` }],
  }),
  lines({
    id: 602,
    title: 'Share refused',
    description: 'Of what the rate limit or the bulkhead was asked.',
    unit: 'percentunit',
    limit: SETTINGS.refusedRatio,
    queries: [{ expr: shown(RECORD.refusedRatio), legend: `${NAME} {{reason}}` }],
  }),
  lines({
    id: 603,
    title: 'Wait for the rate limit',
    description: '95 % of the calls that were let through had waited no longer.',
    unit: 's',
    queries: [{ expr: shown(RECORD.waitQuantile), legend: NAME }],
  }),
  lines({
    id: 604,
    title: 'Queue of the bulkhead',
    description: 'Attempts that wait for a place.',
    unit: 'short',
    queries: [{ expr: shown(RECORD.bulkheadQueue), legend: NAME }],
  }),
);

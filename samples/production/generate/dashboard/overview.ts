import { RECORD, OUTSIDE, WINDOW } from '../names.js';
import { quantileOf, rate, ratio, selector } from '../promql.js';
import { SETTINGS } from '../settings.js';
import { number } from './panels.js';
import { raw, shown } from './queries.js';
import { row, type Row } from './row.js';

const hits = raw('tool_cache_operations_total', { operation: 'lookup', result: 'hit' });
const lookups = raw('tool_cache_operations_total', { operation: 'lookup' });
const buckets = raw('tool_execution_duration_seconds', {}, '_bucket');

/** One number for each question of the first minute. */
export const OVERVIEW: Row = row(
  100,
  'Overview',
  4,
  number({
    id: 101,
    title: 'Calls',
    description: 'Calls per second, cache hits and refusals included.',
    unit: 'reqps',
    queries: [{ expr: `sum(${shown(RECORD.calls)})` }],
  }),
  number({
    id: 102,
    title: 'Failed',
    description: 'Share of all calls that failed, refusals included.',
    unit: 'percentunit',
    limit: SETTINGS.errorRatio,
    queries: [{ expr: ratio(`sum(${shown(RECORD.errors)})`, `sum(${shown(RECORD.calls)})`) }],
  }),
  number({
    id: 103,
    title: 'p95',
    description: '95 % of all calls ended within this time.',
    unit: 's',
    limit: SETTINGS.latency.seconds,
    queries: [{ expr: quantileOf('0.95', `sum by (le) (${rate(buckets, WINDOW)})`) }],
  }),
  number({
    id: 104,
    title: 'Cache hits',
    description: 'Share of all look-ups that the cache answered.',
    unit: 'percentunit',
    queries: [{ expr: ratio(`sum(${rate(hits, WINDOW)})`, `sum(${rate(lookups, WINDOW)})`) }],
  }),
  number({
    id: 105,
    title: 'Circuits open',
    description: 'Tools whose circuit is open in at least one instance.',
    unit: 'short',
    limit: 1,
    queries: [{ expr: `sum(${shown(RECORD.circuitOpen)})` }],
  }),
  number({
    id: 106,
    title: 'In flight',
    description: 'Calls under way.',
    unit: 'short',
    queries: [{ expr: `sum(${shown(RECORD.inFlight)})` }],
  }),
  number({
    id: 107,
    title: 'Alerts',
    description: 'Alerts of these rules that fire; the heartbeat, which always does, left aside.',
    unit: 'short',
    limit: 1,
    queries: [
      {
        expr: `count(${selector(OUTSIDE.alerts, { alertname: { matches: 'Toolspan.+' }, alertstate: 'firing', severity: { not: 'none' } })}) or vector(0)`,
      },
    ],
  }),
);

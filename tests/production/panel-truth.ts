import { errorRatio, RECORD, slowRatio } from '../../samples/production/generate/names';
import { quantile, type Durations } from './histogram-truth';
import { ALL_CALLS, CALLS, recordedTruth } from './known-day';
import { counted, exactly, perSecond, type Range, type Truth } from './readings';

const MOVES = [
  'from=CLOSED to=OPEN',
  'from=OPEN to=HALF_OPEN',
  'from=HALF_OPEN to=CLOSED',
  'from=HALF_OPEN to=OPEN',
  'from=OPEN to=CLOSED',
];

/**
 * What each query of each panel must show, by the id of the panel and the letter of the query.
 * @param firing how many alerts were, but for the one that always is
 */
export function panelTruth(durations: ReadonlyMap<string, Durations>, firing: number): Readonly<Record<string, Truth>> {
  const recorded = recordedTruth(durations);
  const quantiles = (share: string): Truth => only(recorded[RECORD.quantile], `quantile=${share}`);
  return {
    ...overview(durations),
    '107A': { '': exactly(firing) },
    '201A': recorded[RECORD.calls],
    '202A': recorded[errorRatio('5m')],
    '203A': quantiles('0.5'),
    '203B': withoutLabel(quantiles('0.95')),
    '203C': quantiles('0.99'),
    '204A': recorded[RECORD.mean],
    '205A': recorded[RECORD.calls],
    '205B': recorded[errorRatio('5m')],
    '205C': recorded[RECORD.mean],
    '205D': withoutLabel(quantiles('0.95')),
    '205E': recorded[RECORD.inFlight],
    '206A': recorded[RECORD.inFlight],
    ...POLICIES,
    '301A': recorded[RECORD.hitRatio],
    '401A': recorded[RECORD.retriedRatio],
    '402A': recorded[RECORD.retriesPerCall],
    '501A': recorded[RECORD.circuitState],
    '502B': recorded[RECORD.errorsWhileOpen],
    '601A': recorded[RECORD.refusals],
    '602A': recorded[RECORD.refusedRatio],
    '603A': recorded[RECORD.waitQuantile],
    '604A': recorded[RECORD.bulkheadQueue],
    '701A': hundredfold(recorded[slowRatio('1h')]),
    '701B': hundredfold(recorded[slowRatio('6h')]),
    '702A': hundredfold(recorded[errorRatio('1h')]),
    '702B': hundredfold(recorded[errorRatio('6h')]),
    '801A': recorded[RECORD.telemetryErrors],
    '802A': {
      'pods instance=a': exactly(1),
      'pods instance=b': exactly(1),
      'job=prometheus instance=itself': exactly(1),
      'job=otel-collector pods instance=played': exactly(1),
      'job=jaeger pods instance=gone': exactly(0),
    },
    '803A': { 'miskeyed option=cached.key': counted(2) },
  };
}

function overview(durations: ReadonlyMap<string, Durations>): Readonly<Record<string, Truth>> {
  const failed = Object.values(CALLS).reduce((total, [, failures]) => total + failures, 0);
  const p95 = quantile(0.95, together([...durations.values()]));
  return {
    '101A': { '': perSecond(ALL_CALLS) },
    '102A': { '': [(failed / ALL_CALLS) * 0.95, (failed / ALL_CALLS) * 1.05] },
    '103A': { '': [p95 * 0.97, p95 * 1.03] },
    '104A': { '': [(12 / 22) * 0.99, (12 / 22) * 1.01] },
    '105A': { '': exactly(1) },
    '106A': { '': exactly(3) },
  };
}

/** Panels about policies that look at the counters themselves. */
const POLICIES: Readonly<Record<string, Truth>> = {
  '302A': {
    'read result=hit': perSecond(12),
    'read result=miss': perSecond(4),
    'read result=set': perSecond(4),
    'news result=hit': exactly(0),
    'news result=miss': perSecond(4),
    'news result=set': perSecond(1),
    'miskeyed result=hit': exactly(0),
    'miskeyed result=miss': perSecond(2),
    'miskeyed result=set': exactly(0),
  },
  '303A': { 'news reason=error': perSecond(3), 'news reason=revalidate': exactly(0) },
  '403A': {
    'flaky kind=successful_without_retry': perSecond(6),
    'flaky kind=successful_with_retry': perSecond(3),
    'flaky kind=failed_with_retry': perSecond(1),
    'flaky kind=failed_without_retry': exactly(0),
  },
  '404A': { 'patient scope=attempt': perSecond(3), 'hurried scope=call': perSecond(2) },
  '405A': { 'hedged won=true': perSecond(2), 'hedged won=false': perSecond(1) },
  '406A': { answered: perSecond(4) },
  '502A': { broken: perSecond(5), mended: perSecond(2) },
  '503A': {
    ...transitions('broken', ['from=CLOSED to=OPEN']),
    ...transitions('mended', ['from=CLOSED to=OPEN', 'from=OPEN to=HALF_OPEN']),
  },
};

function transitions(tool: string, made: readonly string[]): Truth {
  return Object.fromEntries(MOVES.map((move): [string, Range] => [`${tool} ${move}`, made.includes(move) ? counted(1) : exactly(0)]));
}

function only(truth: Truth, label: string): Truth {
  return Object.fromEntries(Object.entries(truth).filter(([key]) => key.endsWith(` ${label}`)));
}

function withoutLabel(truth: Truth): Truth {
  return Object.fromEntries(Object.entries(truth).map(([key, range]) => [key.split(' ')[0]!, range]));
}

/** A share of 1 % is once the pace that a budget of 1 % allows. */
function hundredfold(truth: Truth): Truth {
  return Object.fromEntries(Object.entries(truth).map(([key, [low, high]]) => [key, [low * 100, high * 100]]));
}

function together(all: readonly Durations[]): Durations {
  const [first] = all;
  const buckets = first!.buckets.map(([bound], index): [number, number] => [
    bound,
    all.reduce((total, durations) => total + durations.buckets[index]![1], 0),
  ]);
  const count = all.reduce((total, durations) => total + durations.count, 0);
  return { buckets, count, sum: 0 };
}

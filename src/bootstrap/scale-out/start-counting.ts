import { countsOf, useTallies, type TallyRequest } from '../metrics/metrics.js';
import type { Complain } from '../environment.js';
import { connect, type Observability } from '../state.js';
import type { CountsSource } from '../../telemetry/exposition.js';
import { joinScaleOut } from './scale-out.js';

/** Has calls counted, and the counts of this thread and of others added up where they are asked for. */
export function startCounting(state: Observability, request: TallyRequest, complain: Complain): CountsSource {
  useTallies(state, request, complain);
  if (state.counting) return state.counting.counts;
  const counts = countsOf(state);
  const { peers, faults } = state;
  peers.delivers = () => [...state.deliveries.keys(), ...state.deliveredAbove];
  const stop = joinScaleOut(peers, {
    isApart: () => state.server !== undefined,
    counts: () => counts.readInTurns(),
    countsNow: () => peers.knownSumOf(counts.read()),
    onDelivers: (kinds) => (state.deliveredAbove = new Set(kinds)),
    onFailure: (error) => faults.report('scrape', error),
  });
  state.counting = { counts, stop };
  connect(state);
  return counts;
}

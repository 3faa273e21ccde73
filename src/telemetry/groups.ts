import type { CircuitState } from '../core/events.js';
import type { StateReading } from '../core/telemetry.js';
import { WORST_FIRST } from './catalogue.js';
import { labels, type Labels } from './labels.js';
import type { Tally } from './tally.js';

/** The tallies of one tool name: metrics without the label `namespace` add up over them. */
export interface ToolGroup {
  /** The label `tool`. */
  readonly tool: Labels;
  readonly members: readonly Member[];
  /** Of several circuits of one name the worst is shown; a tool that was not called yet has none, which is CLOSED. */
  readonly circuitState: CircuitState;
  readonly bulkheadQueue: number;
}

/** One of them. */
export interface Member {
  readonly tally: Tally;
  /** The labels `tool` and `namespace`. */
  readonly labels: Labels;
}

/** Puts tallies together by name, in the order in which the names came up. */
export function* groupsOf(tallies: Iterable<Tally>, readings: Iterable<StateReading>): Generator<ToolGroup> {
  const byName = new Map<string, Tally[]>();
  for (const tally of tallies) {
    const same = byName.get(tally.tool);
    if (same) same.push(tally);
    else byName.set(tally.tool, [tally]);
  }
  const states = statesOf(readings);
  for (const [tool, same] of byName) {
    const { circuitState = 'CLOSED', bulkheadQueue = 0 } = states.get(tool) ?? {};
    const members = same.map((tally) => ({ tally, labels: labels({ tool, namespace: tally.namespace }) }));
    yield { tool: labels({ tool }), members, circuitState, bulkheadQueue };
  }
}

interface ToolState {
  circuitState: CircuitState;
  bulkheadQueue: number;
}

function statesOf(readings: Iterable<StateReading>): Map<string, ToolState> {
  const states = new Map<string, ToolState>();
  for (const { tool, circuitState = 'CLOSED', bulkheadQueue = 0 } of readings) {
    const state = states.get(tool);
    if (!state) states.set(tool, { circuitState, bulkheadQueue });
    else {
      if (WORST_FIRST.indexOf(circuitState) < WORST_FIRST.indexOf(state.circuitState)) state.circuitState = circuitState;
      state.bulkheadQueue += bulkheadQueue;
    }
  }
  return states;
}

import type { CircuitState } from '../core/events.js';
import type { StateReading } from '../core/telemetry.js';
import { nextTurn } from '../core/turns.js';
import { WORST_FIRST } from './catalogue.js';

/** The policies of the tools of one name. */
export interface ToolState {
  /** Of several circuits the worst is shown; a tool that was not called yet has none, which is CLOSED. */
  readonly circuit: CircuitState;
  readonly bulkheadQueue: number;
}

/** By name of the tool. */
export type ToolStates = ReadonlyMap<string, ToolState>;

export const IDLE: ToolState = { circuit: 'CLOSED', bulkheadQueue: 0 };

/** From the name of a tool to the one under which it is shown. */
type ShownAs = (tool: string) => string;

/** The state of all tools at this moment. */
export function statesOf(readings: Iterable<StateReading>, shownAs: ShownAs): ToolStates {
  const states = new Map<string, ToolState>();
  for (const reading of readings) add(states, reading, shownAs);
  return states;
}

// A tenth of a millisecond's worth.
const READINGS_PER_TURN = 500;

/** The same, without keeping others waiting. */
export async function statesInTurns(readings: Iterable<StateReading>, shownAs: ShownAs): Promise<ToolStates> {
  const states = new Map<string, ToolState>();
  let count = 0;
  for (const reading of readings) {
    add(states, reading, shownAs);
    if (++count % READINGS_PER_TURN === 0) await nextTurn();
  }
  return states;
}

function add(states: Map<string, ToolState>, reading: StateReading, shownAs: ShownAs): void {
  const { circuitState = 'CLOSED', bulkheadQueue = 0 } = reading;
  const tool = shownAs(reading.tool);
  const { circuit, bulkheadQueue: queue } = states.get(tool) ?? IDLE;
  const isWorse = WORST_FIRST.indexOf(circuitState) < WORST_FIRST.indexOf(circuit);
  states.set(tool, { circuit: isWorse ? circuitState : circuit, bulkheadQueue: queue + bulkheadQueue });
}

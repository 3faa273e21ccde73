import type { Contest, Measured } from './contest.js';
import type { Readings } from './reading.js';

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly against: string;
  /** The ratio that it is not to exceed, where one is promised. */
  readonly bar?: number;
  /** Loads the row and sets its telemetry up. Both are process-wide, so a process prepares one row only. */
  readonly prepare?: () => Promise<Contest>;
  /** For what is no contest of calls. */
  readonly measure?: () => Promise<Measured>;
}

/** What is measured by itself. */
export interface Probe {
  readonly what: string;
  /** What the decisive reading is not to exceed, in its unit. */
  readonly bar?: number;
  readonly read: () => Promise<Readings>;
}

import { messageOf } from '../core/thrown.js';
import type { Once } from '../core/once.js';
import { FAULT_KINDS, type FaultKind } from './catalogue.js';

/** What went wrong inside telemetry: counted, logged once of each kind, never thrown. */
export class Faults {
  readonly counts = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;

  constructor(private readonly once: Once) {}

  report(kind: FaultKind, error: unknown): void {
    this.count(kind);
    this.once.warn(
      `telemetry ${kind}`,
      `telemetry failed (${kind}), tools run on: ${messageOf(error)}. Further ones are only counted, in tool_telemetry_errors_total`,
    );
  }

  /** Only counts, for who has said it in words of its own. */
  count(kind: FaultKind, times = 1): void {
    this.counts[kind] += times;
  }

  reset(): void {
    for (const kind of FAULT_KINDS) this.counts[kind] = 0;
  }
}

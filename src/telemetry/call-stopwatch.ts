import type { Call, Stopwatch } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import type { InFlight } from './in-flight.js';
import { Scope } from './scope.js';
import type { Tally } from './tally.js';

/** Where calls are only counted. */
export class CallStopwatch implements Stopwatch {
  constructor(
    private readonly tally: Tally,
    private readonly clock: Clock,
    private readonly inFlight: InFlight,
  ) {}

  start(): number {
    this.inFlight.enter();
    this.tally.inFlight += 1;
    return this.clock.now();
  }

  stop(startedAt: number, failed: boolean): void {
    const { tally } = this;
    this.inFlight.leave();
    tally.inFlight -= 1;
    tally.call((this.clock.now() - startedAt) / 1_000, failed);
  }

  opened(call: Call, startedAt: number): Call {
    return call.opened(new Scope(startedAt, undefined));
  }
}

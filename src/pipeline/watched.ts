import type { Call, Next, Outcome, Run, Stage, Watch } from '../core/call.js';
import type { StreamDeps } from '../streams/stream-record.js';
import { follow, isFollowable, isPlainPromise, settledAfter } from './answer.js';

/** Ends the bracket of a call that gave this, or has it end later. */
type Take = (call: Call, result: unknown, watch: Watch) => void;

/** A bracket of telemetry around an attempt. */
export function watched(watch: Watch): Stage {
  return (next: Next): Next =>
    function attempt(call, then) {
      const open = watch.open(call);
      next(open, new WatchedOutcome(watch, endAtOnce, open, then));
    };
}

/** Ends a bracket before it tells of the outcome. */
class WatchedOutcome implements Outcome {
  constructor(
    private readonly watch: Watch,
    private readonly take: Take,
    private readonly open: Call,
    private readonly then: Outcome,
  ) {}

  answered(value: unknown): void {
    this.take(this.open, value, this.watch);
    this.then.answered(value);
  }

  failed(error: unknown): void {
    this.watch.close(this.open, true, error);
    this.then.failed(error);
  }
}

const endAtOnce: Take = (call, result, watch) => watch.close(call, false, result);

/**
 * A bracket around a whole call whose row tells its outcome: no promise need be made to hear of it. The outcome comes once the call is over,
 * but where it is a stream, which the call lasts as long as.
 */
export function watchedRow(streams: StreamDeps): Stage {
  const { watch } = streams;
  const take = taker(streams);
  return (next) =>
    function toolSpan(call, then) {
      const open = watch.open(call);
      const outcome = new WatchedOutcome(watch, take, open, then);
      watch.within(open, (within) => next(within, outcome));
    };
}

/**
 * A bracket around a whole call, and what is thrown is thrown on as it was: a synchronous tool stays synchronous, and where the answer is a stream or a promise with methods of its
 * own, it stays what it is, and the call lasts as long as that.
 */
export function watchedCall(streams: StreamDeps, run: Run): Run {
  const { watch } = streams;
  const take = taker(streams);
  return function toolSpan(call: Call): unknown {
    const open = watch.open(call);
    let result: unknown;
    try {
      result = watch.within(open, run);
    } catch (error) {
      watch.close(open, true, error);
      throw error;
    }
    if (isPlainPromise(result)) return settled(watch, take, open, result);
    take(open, result, watch);
    return result;
  };
}

function taker(streams: StreamDeps): Take {
  return (call, result, watch) => {
    if (!isFollowable(result) || !follow(result, call, streams)) watch.close(call, false, result);
  };
}

function settled(watch: Watch, take: Take, open: Call, result: PromiseLike<unknown>): PromiseLike<unknown> {
  const answered = (value: unknown): unknown => {
    take(open, value, watch);
    return value;
  };
  const failed = (error: unknown): never => {
    watch.close(open, true, error);
    throw error;
  };
  return settledAfter(result, answered, failed);
}

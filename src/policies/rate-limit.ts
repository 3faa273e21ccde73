import { signalOf } from '../core/abort.js';
import type { Call, Next, Stage } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import { RateLimitError, type RateLimitReason } from '../core/errors.js';
import { count, duration, type Rules } from '../core/options.js';
import { refusalOf } from '../core/refusals.js';
import type { Gcra, Rate } from './gcra.js';
import type { WaitingLine } from './waiting-line.js';

/** A rate: `limit` calls in each `per`. */
export interface RateOptions {
  /** Calls that may pass in each `per`. */
  limit: number;
  /** The length of time that `limit` is about. */
  per: Duration;
  /** Calls that may pass at once. Default `limit`. */
  burst?: number;
}

/** Options of `@RateLimited`. */
export interface RateLimitedOptions extends RateOptions {
  /** Calls over the limit wait this long at most, in arrival order; those that would wait longer are refused at once. Default: none waits. */
  maxWait?: Duration;
}

/** `RateLimitedOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedRateLimit extends Rate {
  readonly maxWait?: number;
}

export const rateRules: Rules<RateOptions> = { limit: count(1), per: duration, burst: count(1) };

export const rateLimitRules: Rules<RateLimitedOptions> = { ...rateRules, maxWait: duration };

/** The tool's own limit. */
export interface ToolLimit {
  readonly gcra: Gcra;
  readonly line: WaitingLine;
  /** Milliseconds a call may wait; 0: none. */
  readonly maxWait: number;
}

/** What the rate limit needs. At least one of the two limits is there. */
export interface RateLimitDeps {
  readonly clock: Clock;
  readonly globalLimit?: Gcra | undefined;
  readonly toolLimit?: ToolLimit | undefined;
}

/** Lets a call pass, makes it wait, or refuses it: decided once, by both limits in one step. */
export function rateLimit(deps: RateLimitDeps): Stage {
  return (next: Next): Next =>
    // Not async: with only a global limit, a synchronous tool stays synchronous.
    function rateLimited(call: Call): unknown {
      const startedAt = deps.clock.now();
      const waitMs = admit(call, deps, startedAt);
      // Behind those whose moment has come but whose timer is late: nobody overtakes.
      if (waitMs > 0 || deps.toolLimit?.line.isOccupied) return afterWait(call, next, deps, startedAt, waitMs);
      call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: true });
      return next(call);
    };
}

/** Milliseconds until the call may pass. Takes from both limits, or throws and takes from neither. */
function admit(call: Call, deps: RateLimitDeps, now: number): number {
  const { globalLimit, toolLimit } = deps;
  const longest = now + (toolLimit?.maxWait ?? 0);
  const at = earliestForBoth(globalLimit, toolLimit?.gcra, now);
  if (at > longest) {
    const isGlobal = globalLimit !== undefined && globalLimit.earliest(now) > longest;
    refuse(call, isGlobal ? 'global_limit' : 'tool_limit', now, at - now);
  }
  if (at === now || !isGivenUp(call)) take(deps, at, now);
  return at - now;
}

/** Who gave up already is not going to wait, and takes nothing from those who are. */
function isGivenUp(call: Call): boolean {
  return signalOf(call)?.aborted === true;
}

function take({ globalLimit, toolLimit }: RateLimitDeps, at: number, now: number): void {
  globalLimit?.take(at, now);
  toolLimit?.gcra.take(at, now);
}

function earliestForBoth(one: Gcra | undefined, other: Gcra | undefined, now: number): number {
  if (!one || !other) return (one ?? other)!.earliest(now);
  let at = now;
  for (;;) {
    const later = Math.max(one.earliest(at), other.earliest(at));
    if (later === at) return at;
    at = later;
  }
}

function refuse(call: Call, reason: RateLimitReason, startedAt: number, retryAfterMs: number): never {
  call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: false, reason });
  const subject = { tool: call.tool.name, namespace: call.tool.namespace };
  throw refusalOf(call, new RateLimitError(subject, reason, retryAfterMs));
}

async function afterWait(call: Call, next: Next, { toolLimit }: RateLimitDeps, startedAt: number, waitMs: number): Promise<unknown> {
  try {
    await toolLimit!.line.wait(startedAt + waitMs, signalOf(call));
  } catch (aborted) {
    call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: false });
    throw aborted;
  }
  call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: true });
  return next(call);
}

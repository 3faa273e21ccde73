import type { Call, Next, Stage } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import { RateLimitError, type RateLimitReason } from '../core/errors.js';
import { enderOf, isGivenUp } from '../core/giving-up.js';
import { atLeast, callback, count, duration, either, nonEmptyText, oneOf, type Rules } from '../core/options.js';
import { refusalOf } from '../core/refusals.js';
import type { Gcra } from './gcra.js';
import type { Limit, Limiter, LimiterOptions } from './limiter.js';

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
  /** Each key has a limit of its own: made from the arguments with `this` bound; `undefined` bypasses the limit. Default: one limit for all. */
  key?: (...args: never[]) => string | number | undefined;
  /** Keys that are remembered; the least recently used goes first, and begins anew when it comes back. Default 10,000. */
  maxKeys?: number;
  /** What a call takes from the limit: a number, or made from the arguments with `this` bound. Default 1. */
  cost?: number | ((...args: never[]) => number);
  /** `'attempt'`: asked before each attempt, for quotas of the other side; may wait as long as a retry may. Default `'call'`: asked once. */
  scope?: 'call' | 'attempt';
  /** Tools that give the same name share one limit. Default: each tool has its own. */
  name?: string;
}

/** `RateLimitedOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedRateLimit extends LimiterOptions {
  readonly maxWait?: number;
  readonly maxKeys?: number;
  readonly scope?: 'call' | 'attempt';
  readonly name?: string;
}

export const rateRules: Rules<RateOptions> = { limit: count(1), per: duration, burst: count(1) };

export const rateLimitRules: Rules<RateLimitedOptions> = {
  ...rateRules,
  maxWait: duration,
  key: callback,
  maxKeys: count(1),
  cost: either(atLeast(0), callback),
  scope: oneOf('call', 'attempt'),
  name: nonEmptyText,
};

/** What the rate limit needs. At least one of the two limits is there. */
export interface RateLimitDeps {
  readonly clock: Clock;
  readonly globalLimit?: Gcra | undefined;
  /** The tool's own. */
  readonly limiter?: Limiter | undefined;
  /** Milliseconds a call may wait; 0: none. */
  readonly maxWait: number;
}

/** Lets a call pass, makes it wait, or refuses it: decided once, by both limits in one step. */
export function rateLimit(deps: RateLimitDeps): Stage {
  const { clock, globalLimit, limiter } = deps;
  return (next: Next): Next =>
    // Not async: with only a global limit, a synchronous tool stays synchronous.
    function rateLimited(call: Call): unknown {
      const startedAt = call.observer.now();
      const limit = limiter?.of(call);
      if (!limit && !globalLimit) return next(call);
      const cost = limiter ? limiter.costOf(call) : 1;
      const now = clock.now();
      const waitMs = admit(call, deps, limit, cost, now, startedAt);
      // Behind those whose moment has come but whose timer is late: nobody overtakes.
      if (waitMs > 0 || limit?.isOccupied) return afterWait(call, next, deps, limit, startedAt, now + waitMs);
      call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: true, waitedMs: 0 });
      return next(call);
    };
}

/** Milliseconds until the call may pass. Takes from both limits, or throws and takes from neither. */
function admit(call: Call, deps: RateLimitDeps, limit: Limit | undefined, cost: number, now: number, startedAt: number): number {
  const { globalLimit, maxWait } = deps;
  const longest = Math.min(now + (limit ? maxWait : 0), Math.max(call.giveUpAt, now));
  const at = earliestForBoth(globalLimit, limit?.gcra, cost, now);
  if (at > longest) {
    const isGlobal = globalLimit !== undefined && globalLimit.earliest(now) > longest;
    refuse(call, isGlobal ? 'global_limit' : 'tool_limit', startedAt, at - now);
  }
  // Who gave up already is not going to wait, and takes nothing from those who are.
  if (at === now || !isGivenUp(call)) {
    globalLimit?.take(at, now);
    limit?.gcra.take(at, now, cost);
  }
  return at - now;
}

function earliestForBoth(one: Gcra | undefined, other: Gcra | undefined, cost: number, now: number): number {
  if (!other) return one!.earliest(now);
  if (!one) return other.earliest(now, cost);
  let at = now;
  for (;;) {
    const later = Math.max(one.earliest(at), other.earliest(at, cost));
    if (later === at || later === Infinity) return later;
    at = later;
  }
}

function refuse(call: Call, reason: RateLimitReason, startedAt: number, waitMs: number): never {
  call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: false, reason, waitedMs: 0 });
  const subject = { tool: call.tool.name, namespace: call.tool.namespace };
  const context = { attempts: call.attempt, ...(call.attempt > 0 && { cause: call.previousError }) };
  throw refusalOf(call, new RateLimitError(subject, reason, waitMs === Infinity ? undefined : waitMs, context));
}

async function afterWait(
  call: Call,
  next: Next,
  { clock }: RateLimitDeps,
  limit: Limit | undefined,
  startedAt: number,
  dueAt: number,
): Promise<unknown> {
  const since = clock.now();
  try {
    await limit!.wait(dueAt, enderOf(call));
  } catch (aborted) {
    call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: false, waitedMs: clock.now() - since });
    throw aborted;
  }
  call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: true, waitedMs: clock.now() - since });
  return next(call);
}

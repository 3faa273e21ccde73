import { isWatched, type Call, type Next, type Outcome, type Stage } from '../../core/call.js';
import type { Callback, Typing } from '../../core/callbacks.js';
import type { Clock } from '../../core/clock.js';
import type { Duration } from '../../core/duration.js';
import type { RateLimitReason } from '../../core/error-data.js';
import { RateLimitError } from '../../core/errors.js';
import { enderOf, isGivenUp } from '../../core/giving-up.js';
import { atLeast, callback, count, duration, either, nonEmptyText, oneOf, type Rules } from '../../core/options.js';
import { afterwards } from '../../core/outcome.js';
import { ranBefore } from '../../core/progress.js';
import type { RateLimitDetails } from '../../core/refusal-words.js';
import { refusalOf } from '../../core/refusals.js';
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
export interface RateLimitedOptions<Args extends readonly unknown[] = unknown[], How extends Typing = 'loose'> extends RateOptions {
  /** Calls over the limit wait this long at most, in arrival order; those that would wait longer are refused at once. Default: none waits. */
  maxWait?: Duration;
  /** Each key has a limit of its own: made from the arguments with `this` bound; `undefined` bypasses the limit. Default: one limit for all. */
  key?: Callback<Args, string | number | undefined, How>;
  /** Keys that are remembered; the least recently used goes first, and begins anew when it comes back. Default 10,000. */
  maxKeys?: number;
  /** What a call takes from the limit: a number, or made from the arguments with `this` bound. Default 1. */
  cost?: number | Callback<Args, number, How>;
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

export const DEFAULT_MAX_KEYS = 10_000;

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
  const { globalLimit, limiter } = deps;
  return (next: Next): Next =>
    function rateLimited(call, then) {
      const limit = limiter?.of(call);
      if (limit || globalLimit) ask(deps, limit, call, next, then);
      else next(call, then);
    };
}

function ask(deps: RateLimitDeps, limit: Limit | undefined, call: Call, next: Next, then: Outcome): void {
  const startedAt = call.observer.now(call);
  const cost = limit ? deps.limiter!.costOf(call) : 1;
  const now = deps.clock.now();
  // The short way, for what nearly every call is.
  if (!deps.globalLimit && cost === 1 && limit!.tryTake(now)) pass(call, startedAt, next, then);
  else decide(deps, limit, cost, now, call, startedAt, next, then);
}

function decide(
  deps: RateLimitDeps,
  limit: Limit | undefined,
  cost: number,
  now: number,
  call: Call,
  startedAt: number,
  next: Next,
  then: Outcome,
): void {
  const { globalLimit, maxWait } = deps;
  const at = earliestForBoth(globalLimit, limit?.gcra, cost, now);
  const longest = longestWait(call, now, limit ? maxWait : 0);
  if (at > longest) {
    const reason = reasonOf(deps, limit, cost, at, now, longest);
    return then.failed(refuse(call, reason, startedAt, at - now, detailsOf(deps, reason, limit, cost, now)));
  }
  // Behind those whose moment has come but whose timer is late: nobody overtakes.
  const waits = at > now || limit?.isOccupied === true;
  if (!waits || !isGivenUp(call)) take(deps, limit, cost, at, now);
  if (waits) return afterWait(call, next, then, limit!.wait(at, enderOf(call)), deps, startedAt);
  pass(call, startedAt, next, then);
}

function pass(call: Call, startedAt: number, next: Next, then: Outcome): void {
  if (isWatched(call)) call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: true, waitedMs: 0 });
  next(call, then);
}

/** From both limits. Who gave up already is not going to wait, and takes nothing from those who are. */
function take({ globalLimit }: RateLimitDeps, limit: Limit | undefined, cost: number, at: number, now: number): void {
  globalLimit?.take(at, now);
  limit?.gcra.take(at, now, cost);
}

/**
 * What can never pass is refused by the limit that says so, whatever the other one says now. Where both have room in time, but not at the same
 * moment, it is one that has none now.
 */
function reasonOf(
  { globalLimit }: RateLimitDeps,
  limit: Limit | undefined,
  cost: number,
  at: number,
  now: number,
  longest: number,
): RateLimitReason {
  if (at === Infinity) return 'tool_limit';
  return isBeyond(globalLimit, now, longest) || (limit && limit.gcra.earliest(now, cost) <= now) ? 'global_limit' : 'tool_limit';
}

/** What the error says of the limit that refused. */
function detailsOf(
  { globalLimit, limiter, maxWait }: RateLimitDeps,
  reason: RateLimitReason,
  limit: Limit | undefined,
  cost: number,
  now: number,
): RateLimitDetails {
  const maxWaitMs = limit ? maxWait : 0;
  if (reason === 'global_limit') return { remaining: globalLimit!.remaining(now), maxWaitMs };
  return { sharedAs: limiter!.name, keyed: limiter!.isKeyed, cost, remaining: limit!.gcra.remaining(now), maxWaitMs };
}

function isBeyond(limit: Gcra | undefined, now: number, longest: number): boolean {
  return limit !== undefined && limit.earliest(now) > longest;
}

function longestWait({ giveUpAt }: Call, now: number, maxWait: number): number {
  return giveUpAt === undefined ? now + maxWait : Math.max(now, Math.min(now + maxWait, giveUpAt));
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

function refuse(call: Call, reason: RateLimitReason, startedAt: number, waitMs: number, details: RateLimitDetails): RateLimitError {
  call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed: false, reason, waitedMs: 0 });
  const subject = { tool: call.tool.name, namespace: call.tool.namespace };
  const context = { ...details, ...ranBefore(call) };
  return refusalOf(call, new RateLimitError(subject, reason, waitMs === Infinity ? undefined : waitMs, context));
}

function afterWait(call: Call, next: Next, then: Outcome, wait: Promise<void>, { clock }: RateLimitDeps, startedAt: number): void {
  const since = clock.now();
  call.cancellation?.progress?.waits(call, 'rate_limit');
  const report = (allowed: boolean): void =>
    call.observer.report(call, { type: 'rate_limit.check', startedAt, allowed, waitedMs: clock.now() - since });
  afterwards(
    call,
    wait,
    () => {
      report(true);
      next(call, then);
    },
    {
      answered: (value) => then.answered(value),
      failed(aborted) {
        report(false);
        then.failed(aborted);
      },
    },
  );
}

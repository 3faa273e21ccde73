import { humanDuration, wholeMilliseconds } from './duration.js';
import type { CircuitOpenReason, CircuitWindowData, RateLimitReason, WaitedFor } from './error-data.js';
import { ranBefore, type Before, type RefusalWords } from './refusal-message.js';

/** What a rate limit knows about a call that it refused. */
export interface RateLimitDetails {
  /** The name under which tools share the limit. Default: they do not. */
  readonly sharedAs?: string | undefined;
  /** Whether it is the limit of a key. Default false. */
  readonly keyed?: boolean;
  /** What the call takes from the limit. Default 1. */
  readonly cost?: number;
  /** How much would pass at this moment. Default 0. */
  readonly remaining?: number;
  /** Milliseconds for which a call may wait. Default 0: none does. */
  readonly maxWaitMs?: number;
}

/** @param retryAfterMs `undefined`: it can never pass */
export function rateLimitWords(reason: RateLimitReason, retryAfterMs: number | undefined, details: RateLimitDetails): RefusalWords {
  const { cost = 1, maxWaitMs = 0 } = details;
  const whose = whoseLimit(reason, details);
  if (retryAfterMs === undefined) {
    const price = cost === 1 ? 'it costs' : `it costs ${cost},`;
    const why = `${price} more than ${asSubject(whose)} ever lets pass at once`;
    return { why, otherwise: 'Trying again never helps; ask for less.', retryable: false };
  }
  const otherwise = whenToComeBack(retryAfterMs, maxWaitMs, cost === 1 ? 'it' : 'a call that costs as much');
  return { why: whyLimited(whose, details), otherwise, retryNowHelps: maxWaitMs >= retryAfterMs };
}

/** Milliseconds until a call that would pass in so many may be let in to wait; `undefined` where none may wait. */
export function mayWaitAfter(retryAfterMs: number | undefined, maxWaitMs = 0): number | undefined {
  return retryAfterMs === undefined || maxWaitMs === 0 ? undefined : wholeMilliseconds(retryAfterMs - maxWaitMs);
}

function whoseLimit(reason: RateLimitReason, { sharedAs, keyed = false }: RateLimitDetails): string {
  if (reason === 'global_limit') return 'the rate limit that all tools share';
  const ofKey = keyed ? ' for this key' : '';
  return sharedAs === undefined ? `its rate limit${ofKey}` : `the rate limit "${sharedAs}"${ofKey}${SHARED}`;
}

function whyLimited(whose: string, { cost = 1, remaining = 0 }: RateLimitDetails): string {
  if (remaining > 0) return `it costs ${cost}, more than the ${remaining} that ${remaining === 1 ? 'is' : 'are'} left now of ${whose}`;
  return cost < 1 ? `it costs ${cost}, more than is left now of ${whose}` : `${asSubject(whose)} is used up`;
}

function whenToComeBack(retryAfterMs: number, maxWaitMs: number, who: string): string {
  const again = `Try again in ${humanDuration(retryAfterMs)}`;
  const waitAfter = mayWaitAfter(retryAfterMs, maxWaitMs);
  if (waitAfter === undefined) return `${again}; before that ${who} is refused again.`;
  if (waitAfter === 0) return `${again}, when it may pass at once, or now: a new call may wait until then.`;
  return `${again}, when it may pass at once, or in ${humanDuration(waitAfter)}, when it may be let in to wait; before that ${who} is refused again.`;
}

/** What a circuit knows about a call that it refused. */
export interface CircuitDetails {
  readonly reason: CircuitOpenReason;
  /** The name under which tools share the circuit. Default: they do not. */
  readonly sharedAs?: string | undefined;
  /** Consecutive failures. Default 0. */
  readonly failureCount?: number;
  /** The attempts by which a rate opened it. */
  readonly window?: CircuitWindowData | undefined;
}

const LATER = 'Trying again now does not help; try again later.';

/** @param why what the circuit knows, or a clause that says it */
export function circuitWords(why: CircuitDetails | string, retryAfterMs: number | undefined): RefusalWords {
  const clause = typeof why === 'string' ? why : why.sharedAs === undefined ? whyOpen(why) : whySharedOpen(why, why.sharedAs);
  return { why: clause, ...(retryAfterMs === undefined && { otherwise: LATER }) };
}

function whyOpen(details: CircuitDetails): string {
  if (details.reason === 'probing') return 'it did not work well before, and a trial call is finding out whether it does again';
  if (details.reason === 'by_hand') return 'its circuit was opened by hand';
  return `${whatWentWrong(details, 'its last', '', 'it was too slow when it was tried again')}, so its circuit is open`;
}

function whySharedOpen(details: CircuitDetails, name: string): string {
  const whose = asSubject(`the circuit breaker "${name}"${SHARED}`);
  if (details.reason === 'probing') return `${whose} is half-open, and a trial call is finding out whether it may close`;
  if (details.reason === 'by_hand') return `${whose} was opened by hand`;
  return `${whose} is open because ${whatWentWrong(details, 'the last', ' through it', 'a trial call through it was too slow')}`;
}

function whatWentWrong({ reason, failureCount = 0, window }: CircuitDetails, last: string, where: string, slowProbe: string): string {
  if (reason === 'failure_rate' && window) return `${window.failed} of ${last} ${window.total} attempts${where} failed`;
  if (reason === 'slow_calls' && window) return `${window.slow} of ${last} ${window.total} attempts${where} were too slow`;
  if (failureCount === 0) return slowProbe;
  return failureCount === 1 ? `${last} attempt${where} failed` : `${last} ${failureCount} attempts${where} failed`;
}

/** What a bulkhead knows about a call that it refused. */
export interface BulkheadDetails {
  /** The name under which tools share the bulkhead. Default: they do not. */
  readonly sharedAs?: string | undefined;
  /** How many may wait. Default 0. */
  readonly maxQueue?: number;
}

/** @param waitedMs 0: it was refused at once */
export function bulkheadWords(maxConcurrent: number, waitedMs: number, { sharedAs, maxQueue = 0 }: BulkheadDetails): RefusalWords {
  const where = sharedAs === undefined ? '' : asSubject(` through the bulkhead "${sharedAs}"${SHARED}`);
  const isOne = maxConcurrent === 1;
  const who = isOne ? 'the one call that may run at a time' : `all ${maxConcurrent} calls that may run at a time`;
  const running = `${who}${where} ${isOne ? 'is' : 'are'} running`;
  const later = `try again when ${isOne ? 'that call' : 'one of these calls'} has ended.`;
  if (waitedMs > 0) {
    const otherwise = `Trying again at once means to wait anew, at the end of the queue; ${later}`;
    return { why: `it did not get a place within ${humanDuration(waitedMs)}: ${running}`, otherwise };
  }
  return { why: `${running}${queueWords(maxQueue)}`, otherwise: `Trying again at once hardly helps; ${later}` };
}

function queueWords(maxQueue: number): string {
  if (maxQueue === 0) return '';
  return maxQueue === 1 ? ', and the one place in the queue is taken' : `, and all ${maxQueue} places in the queue are taken`;
}

/** What a time limit knows about a call that it ended. */
export interface TimeoutDetails extends Before {
  /** What it was doing. Default `'running'`. */
  readonly during?: 'running' | WaitedFor;
  /** Whether something may still be running for it, and take effect. Default: where it was running. */
  readonly mayTakeEffect?: boolean;
}

const DOING: Readonly<Record<WaitedFor, string>> = {
  rate_limit: 'waiting for a rate limit to let it pass',
  bulkhead: 'waiting for a place in a bulkhead',
  backoff: 'waiting to be tried again',
  other_call: 'waiting for the answer of another call with the same arguments',
};

/** The message of a time limit. */
export function timeoutMessage(tool: string, timeoutMs: number, scope: 'attempt' | 'call', details: TimeoutDetails): string {
  const what = scope === 'attempt' ? 'an attempt may take' : 'a call may take with all its attempts and waits';
  const doing = scope === 'attempt' ? '' : whatItDid(details);
  return `Tool "${tool}" gave no answer within ${humanDuration(timeoutMs)}, the longest that ${what}${doing}.${whatMayCome(details)}`;
}

/** Whether it is worth trying again at once. */
export function isWorthAnotherCall({ during }: TimeoutDetails): boolean {
  return during !== 'rate_limit' && during !== 'bulkhead';
}

function whatItDid(details: TimeoutDetails): string {
  const { attempts = 0, during = 'running' } = details;
  if (during === 'running') return attempts === 0 ? '' : `: it ${ranBefore(details)} and was running again`;
  if (attempts > 0) return `: it ${ranBefore(details)} and was ${DOING[during]}`;
  return `: it was ${DOING[during]}${during === 'other_call' ? '' : ', and was not run'}`;
}

function whatMayCome(details: TimeoutDetails): string {
  const { during = 'running', mayTakeEffect = during === 'running' } = details;
  const again = isWorthAnotherCall(details) ? 'Trying again now can help' : 'Trying again now hardly helps: it would wait again';
  if (!mayTakeEffect) return ` ${again}.`;
  const what =
    during === 'running'
      ? 'It may still take effect.'
      : during === 'other_call'
        ? 'That one may still take effect.'
        : 'An attempt that was given up may take effect all the same.';
  return ` ${what} ${again}, ${isWorthAnotherCall(details) ? 'but' : 'and'} it may then be done twice.`;
}

const SHARED = ', which it shares with all tools that name it';

/** The same where a verb follows. */
function asSubject(whose: string): string {
  return whose.endsWith(SHARED) ? `${whose},` : whose;
}

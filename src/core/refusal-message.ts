import { humanDuration } from './duration.js';

/** What a refusal says. */
export interface RefusalWords {
  /** Why it was refused: a clause. */
  readonly why: string;
  /** In place of the usual sentence, which gives the time at which to come back; to be given where nobody can know one. */
  readonly otherwise?: string;
  /** Whether it is worth trying again at once. Default false. */
  readonly retryNowHelps?: boolean;
  /** Whether trying again can ever help. Default true. */
  readonly retryable?: boolean;
}

/** What ran in a call before. */
export interface Before {
  /** Attempts that ran in this call before. Default 0. */
  readonly attempts?: number | undefined;
  /** What the last of them ended with; absent or `undefined`: with a result that was none yet. */
  readonly cause?: unknown;
}

/**
 * The message of a refusal, for people and language models: what happened, why, when to come back, and whether trying again now helps.
 * @param retryAfterMs milliseconds until it may be admitted; `undefined` where nobody can know
 */
export function refusalMessage(tool: string, { why, otherwise }: RefusalWords, retryAfterMs: number | undefined, before: Before): string {
  const usual = retryAfterMs === undefined ? '' : `Try again in ${humanDuration(retryAfterMs)}; before that it is refused again.`;
  const happened = before.attempts ? `${ranBefore(before)} in this call and was not run again` : 'was not run';
  return `Tool "${tool}" ${happened}: ${why}. ${otherwise ?? usual}`;
}

/** What the attempts before came to: a verb with what belongs to it. */
export function ranBefore({ attempts, cause }: Before): string {
  const often = attempts === 1 ? 'once' : `${attempts} times`;
  return cause === undefined ? `ran ${often} without success` : `failed ${often}`;
}

import { humanDuration } from './duration.js';

/** What a refusal says. */
export interface RefusalWords {
  /** Why it was refused: a clause. */
  readonly why: string;
  /** The sentence in place of a time at which to come back, where nobody can know one. */
  readonly otherwise?: string;
}

/**
 * The message of a refusal, for people and language models: what happened, why, when to come back, and whether trying again now helps.
 * @param retryAfterMs milliseconds until it may be admitted; `undefined` where nobody can know
 * @param attempts that ran in this call before
 */
export function refusalMessage(tool: string, { why, otherwise }: RefusalWords, retryAfterMs: number | undefined, attempts = 0): string {
  const again =
    retryAfterMs === undefined ? (otherwise ?? '') : `Try again in ${humanDuration(retryAfterMs)}; before that it is refused again.`;
  return `Tool "${tool}" ${whatHappened(attempts)}: ${why}. ${again}`;
}

function whatHappened(attempts: number): string {
  if (attempts === 0) return 'was not run';
  return `failed ${attempts === 1 ? 'once' : `${attempts} times`} in this call and was not run again`;
}

import { isThenable, type Call } from './call.js';

/** Told when a callback of the user's, as `cached.key`, did not work; the call goes on without it. */
export type OnBroken = (option: string, error: unknown, call: Call) => void;

/**
 * What a callback answers.
 * @throws TypeError on a promise: a call does not wait for it, and would take it for true. What it comes to nobody hears.
 */
export function atOnce<T>(answer: T): T {
  if (typeof answer === 'boolean' || !isThenable(answer)) return answer;
  answer.then(undefined, () => undefined);
  throw new TypeError('it gave a promise, and must answer at once');
}

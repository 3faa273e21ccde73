import { isThenable, type Call } from './call.js';

/** Whether it is known what a callback is called with: `'exact'`, its parameters must take it; `'loose'`, they may say what they like. */
export type Typing = 'exact' | 'loose';

/**
 * A function in the options of a policy. Who writes it knows the tool's arguments and result, which a decorator cannot know: a parameter may be
 * given any type, and is `unknown` without one. `tool()` knows them.
 */
export type Callback<Args extends readonly unknown[], Answer, How extends Typing = 'loose'> = How extends 'exact'
  ? (...args: Args) => Answer
  : { answer(...args: Args): Answer }['answer'];

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

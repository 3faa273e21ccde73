import { isThenable, type Call } from './call.js';
import { shown } from './options.js';
import type { StoreKey } from './store.js';

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

/**
 * The key that a function of the user's makes of a call; `undefined` bypasses the policy.
 * @throws what it throws, and TypeError on anything else
 */
export function keyBy(key: (...args: unknown[]) => unknown, self: unknown, args: readonly unknown[]): StoreKey | undefined {
  const made = key.apply(self, args as unknown[]);
  if (typeof made === 'string' || typeof made === 'number' || made === undefined) return made;
  throw new TypeError(`it must give a string, a number or undefined, not ${shown(atOnce(made))}`);
}

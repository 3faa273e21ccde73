import { Begun } from '../../core/begun.js';
import type { Call } from '../../core/call.js';
import { atOnce, type OnBroken } from '../../core/callbacks.js';
import { isAbort } from '../../core/giving-up.js';
import { isOwnRefusal } from '../../core/refusals.js';
import { memberOf } from '../../core/thrown.js';

/** What decides whether an attempt failed. */
export interface FailureOptions {
  readonly countIf?: (errorOrResult: unknown) => boolean;
  readonly countResultIf?: (result: unknown) => boolean;
}

/** Whether an error says something about the health of what the tool calls. */
export function isFailure({ countIf }: FailureOptions, onBroken: OnBroken, call: Call, error: unknown): boolean {
  if (isOwnRefusal(call, error) || isTooManyRequests(error) || isAbort(call, error)) return false;
  if (!countIf) return true;
  try {
    return atOnce(countIf(error));
  } catch (broken) {
    onBroken('countIf', broken, call);
    return true;
  }
}

/** The other side is well, it only wants fewer calls: as an error of ours says it, or those of fetch, axios, got, ky and the AWS SDK. */
function isTooManyRequests(error: unknown): boolean {
  if (isStatus429(error)) return true;
  return isStatus429(memberOf(error, 'response')) || memberOf(memberOf(error, '$metadata'), 'httpStatusCode') === 429;
}

function isStatus429(value: unknown): boolean {
  return memberOf(value, 'status') === 429 || memberOf(value, 'statusCode') === 429;
}

/** Whether a result counts as a failure; `undefined` where nobody is to be asked. */
export function resultCounter(
  { countIf, countResultIf }: FailureOptions,
  onBroken: OnBroken,
): ((result: unknown, call: Call) => boolean) | undefined {
  const ask = countResultIf ?? (countIf && errorsOrResults(countIf));
  if (!ask) return undefined;
  const option = countResultIf ? 'countResultIf' : 'countIf';
  return (result, call) => {
    if (result instanceof Begun) return false; // of a stream there is nothing to be asked about yet
    try {
      return atOnce(ask(result));
    } catch (broken) {
      onBroken(option, broken, call);
      return false;
    }
  };
}

/** What most HTTP clients call a good answer. */
const GOOD = Object.freeze({ ok: true, status: 200, statusCode: 200 });

/**
 * Most functions are written for errors alone, "all but `NotFound`", "no status, or one from 500 on", and would count every success. One that
 * counts a good answer is not asked about results at all; and what it counts must not be what a result lacks, for then it is about errors.
 */
function errorsOrResults(countIf: (answer: unknown) => boolean): (result: unknown) => boolean {
  let isAboutResults: boolean | undefined;
  return (result) => {
    isAboutResults ??= !counts(countIf, GOOD);
    if (!isAboutResults) return false;
    if (typeof result !== 'object' || result === null) return counts(countIf, result, false) && !counts(countIf, 'a good answer');
    return countIf(result) && counts(countIf, completed(result));
  };
}

/** The same result with what a good answer has, where it says nothing of that itself. */
function completed(result: object): object {
  const missing = Object.fromEntries(Object.entries(GOOD).filter(([name]) => !(name in result)));
  return Object.assign(Object.create(Object.getPrototypeOf(result) as object | null) as object, result, missing);
}

/** `otherwise` where it throws: it did not expect such an answer. */
function counts(countIf: (answer: unknown) => boolean, answer: unknown, otherwise = true): boolean {
  try {
    return atOnce(countIf(answer));
  } catch {
    return otherwise;
  }
}

import type { Call, Next, Outcome, Stage } from '../core/call.js';
import { atOnce, type Callback, type OnBroken } from '../core/callbacks.js';
import { ConfigurationError } from '../core/errors.js';
import { isAbort } from '../core/giving-up.js';
import { callback, nonEmptyText, type Rule, type Rules } from '../core/options.js';

/** Makes a result out of an error and the arguments of the call. */
export type FallbackFunction<Args extends readonly unknown[] = unknown[], Result = unknown> = Callback<
  [error: unknown, ...args: Args],
  Result | PromiseLike<Result>
>;

/** Anything at all; written out, for `unknown` would swallow the type of a function beside it. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- all but null and undefined
export type AnyResult = NonNullable<unknown> | null | undefined | void | Literal;

/** What TypeScript then takes as it is written: `{ status: 'down' }` is not widened to a text. */
type Literal = '' | 0 | false | [] | Literal[] | { readonly [key: string]: Literal };

/** Options of `@Fallback` besides what to give. */
export interface FallbackOptions {
  /** Whether there is a fallback for an error. Default: for every error but an abort by the caller and a `ConfigurationError`. */
  fallbackIf?: (error: unknown) => boolean;
}

/** What `@Fallback` writes down: one of the three, and its options. */
export interface FallbackPart extends FallbackOptions {
  /** The result itself; kept in a box, for it may be anything. */
  value?: { readonly result: unknown };
  handler?: FallbackFunction;
  /** Name of a method of the same receiver. */
  method?: string;
}

const boxed: Rule = { allowed: 'a value', parse: (value) => value };

export const fallbackRules: Rules<FallbackPart> = { value: boxed, handler: callback, method: nonEmptyText, fallbackIf: callback };

/** `FallbackPart` as it works. */
export interface ResolvedFallback {
  readonly value?: { readonly result: unknown };
  readonly handler?: (this: unknown, error: unknown, ...args: unknown[]) => unknown;
  readonly method?: string;
  readonly fallbackIf?: (error: unknown) => boolean;
}

/** What the fallback needs besides its options. */
export interface FallbackDeps {
  /** Told when the fallback, or `fallbackIf`, threw; the call then ends with its own error, or as if there were no `fallbackIf`. */
  readonly onBroken: OnBroken;
}

/** Gives something else in place of an error: the call has then succeeded. */
export function fallback(options: ResolvedFallback, deps: FallbackDeps): Stage {
  return (next: Next): Next =>
    function withFallback(call, then) {
      const failed = (error: unknown): void => {
        if (applies(options, deps, call, error)) instead(options, deps, call, error, then);
        else then.failed(error);
      };
      next(call, { answered: (value) => then.answered(value), failed });
    };
}

/** The call ends with what the fallback gives, or with its own error where that has nothing to give. */
function instead(options: ResolvedFallback, deps: FallbackDeps, call: Call, error: unknown, then: Outcome): void {
  void give(options, deps, call, error).then((given) => {
    if (!given) return then.failed(error);
    call.observer.report(call, { type: 'fallback', error });
    then.answered(given.result);
  });
}

function applies({ fallbackIf }: ResolvedFallback, deps: FallbackDeps, call: Call, error: unknown): boolean {
  if (error instanceof ConfigurationError || isAbort(call, error)) return false;
  if (!fallbackIf) return true;
  try {
    return atOnce(fallbackIf(error));
  } catch (broken) {
    deps.onBroken('fallbackIf', broken, call);
    return true;
  }
}

/** The result in place of the error; `undefined` where the fallback has none either. */
async function give(options: ResolvedFallback, deps: FallbackDeps, call: Call, error: unknown): Promise<{ result: unknown } | undefined> {
  if (options.value) return options.value;
  const handler = options.handler ?? methodOf(call.self, options.method!);
  try {
    return { result: await handler.call(call.self, error, ...call.args) };
  } catch (broken) {
    deps.onBroken('fallback', broken, call);
    return undefined;
  }
}

type Handler = NonNullable<ResolvedFallback['handler']>;

function methodOf(self: unknown, name: string): Handler {
  const method = (self as Record<string, unknown> | null | undefined)?.[name];
  if (typeof method === 'function') return method as Handler;
  return () => {
    throw new TypeError(`there is no method ${name}`);
  };
}

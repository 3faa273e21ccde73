import type { AnyFunction } from '../core/call.js';
import type { ToolOptions } from '../metadata/card.js';
import type { FunctionPolicies } from '../metadata/parts.js';
import type { AnyResult } from '../policies/fallback.js';
import type { AsyncFunction, AsyncStream } from './decorator.js';

/** Options of `tool()`: what `@Tool` takes, and the policies. Of a function that is not known, so that callbacks may say what they like. */
export interface FunctionToolOptions extends ToolOptions, FunctionPolicies {}

/** `ToolOptions` without a policy: the function may be synchronous and stays so. */
export type PlainToolOptions = ToolOptions & { readonly [Policy in keyof FunctionPolicies]?: undefined };

/**
 * Options of `tool()` for a function that is known. Each is looked at only where it is given: otherwise a tool that calls itself would have no
 * type.
 * @typeParam Cached what is given for `cached`
 * @typeParam Policy what is given for one of the policies
 * @typeParam Fallback what is given for `fallback`
 */
export type OptionsFor<Fn extends AnyFunction, Cached, Policy, Fallback> = {
  [Option in keyof FunctionToolOptions]?: Option extends keyof FunctionPolicies
    ? (PolicyFor<Fn, Option, Fallback> & (Option extends 'cached' ? Noted<Cached> : Noted<Policy>)) | undefined
    : FunctionToolOptions[Option];
};

/** What the function must be. Nothing is asked of its result where there is no policy, for the same reason. */
export type FunctionFor<Cached, Policy> = [Cached] extends [undefined]
  ? [Policy] extends [undefined]
    ? AnyFunction
    : StreamingFunction
  : AsyncFunction;

/** A `WaitingFunction`; `next` has no type here, for a generator that is written in place would take over what it says of `yield`. */
type StreamingFunction = (...args: never[]) => PromiseLike<unknown> | { readonly [Step in keyof AsyncStream]: unknown };

/** Allows anything, and has TypeScript find out what was given. */
type Noted<Given> = [Given] extends [Given] ? unknown : Given;

type PolicyFor<Fn extends AnyFunction, Policy extends keyof FunctionPolicies, Fallback> = Policy extends 'fallback'
  ? FallbackFor<Fn, Fallback>
  : Later<Fn, PoliciesFor<Fn>[Policy]>;

/** Options that were written elsewhere may give anything in place of an error: nobody knows. */
type FallbackFor<Fn extends AnyFunction, Fallback> = [AnyResult] extends [Fallback | undefined | void]
  ? Fallback
  : PoliciesFor<Fn>['fallback'];

type PoliciesFor<Fn extends AnyFunction> = FunctionPolicies<ArgsOf<Fn>, Awaited<ReturnType<Fn>>, InsteadOf<Fn>, 'exact'>;

/** The type itself. Before version 6, TypeScript would otherwise give up `Fn` for a callback that it comes to before the function. */
type Later<Fn, Type> = [Fn] extends [never] ? Type : Type;

/** `never[]`, as of an `AnyFunction`, says nothing of the arguments. */
type ArgsOf<Fn extends AnyFunction> =
  Parameters<Fn> extends never[] ? (never[] extends Parameters<Fn> ? unknown[] : Parameters<Fn>) : Parameters<Fn>;

/** In place of a stream: its chunks, or the only one. Of a function that says nothing of its result, or never has one: anything. */
type InsteadOf<Fn extends AnyFunction> =
  unknown extends Awaited<ReturnType<Fn>>
    ? AnyResult
    : [ReturnType<Fn>] extends [PromiseLike<never>]
      ? AnyResult
      : ReturnType<Fn> extends StreamOf<infer Chunk>
        ? Chunk | Iterable<Chunk> | StreamOf<Chunk>
        : Awaited<ReturnType<Fn>>;

/** What gives chunks later: an `AsyncIterable`, whatever it is that it takes for them. */
interface StreamOf<Chunk> {
  readonly [Symbol.asyncIterator]: () => { next(): PromiseLike<IteratorResult<Chunk, unknown>> };
}

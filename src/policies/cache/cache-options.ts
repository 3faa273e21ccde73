import type { Callback, Typing } from '../../core/callbacks.js';
import type { Duration } from '../../core/duration.js';
import { callback, count, duration, either, flag, oneOf, share, type Rule, type Rules } from '../../core/options.js';
import type { KeepingOptions } from './cache-entry.js';
import type { KeyOptions } from './call-key.js';

/** Options of `@Cached`. */
export interface CachedOptions<Args extends readonly unknown[] = unknown[], Result = unknown, How extends Typing = 'loose'> {
  /** How long a result is served: a duration, or made from the result; `undefined` then keeps nothing. Default 5 minutes. */
  ttl?: Duration | Callback<[result: Result], Duration | undefined, How>;
  /** Share of the ttl that is cut off at random, above 0 and at most 1, so that results kept together do not expire together. Default: nothing is. */
  ttlJitter?: number;
  /** The key of a call, made from its arguments with `this` bound; `undefined` bypasses the cache. Default: a canonical form of the arguments. */
  key?: Callback<Args, string | number | undefined, How>;
  /** Results kept for this tool and class, all instances together; the least recently used goes first. Default 1,000. */
  maxEntries?: number;
  /** Sum of the weights of the results kept; goes with `weigh`. Default: there is no such limit. */
  maxWeight?: number;
  /** Weight of a result, a whole number of at least 1, in the unit of `maxWeight`. */
  weigh?: Callback<[result: Result], number, How>;
  /** Whether instances of a class share results. Default `'class'`: they do. */
  scope?: 'class' | 'instance';
  /** Whether a result is kept. Default: every result is. */
  cacheIf?: Callback<[result: Result], boolean, How>;
  /** How long an error is kept and thrown again; `undefined`: not at all. Default: no error is kept. */
  errorTtl?: (error: unknown) => Duration | undefined;
  /** For so long beyond its ttl a result is still served while a new one is fetched in the background (RFC 5861). Default: not at all. */
  staleWhileRevalidate?: Duration;
  /** For so long beyond its ttl a result is served in place of an error, a refusal included (RFC 5861). Default: not at all. */
  staleIfError?: Duration;
  /** By what results can be invalidated together: the same for all, or made from the arguments with `this` bound. */
  tags?: readonly string[] | Callback<Args, readonly string[], How>;
  /** What is kept is a copy (`structuredClone`), and each caller that it is given gets a copy of its own. Default false: all get the same object. */
  clone?: boolean;
}

/** `CachedOptions` with every default filled in, durations in milliseconds. */
export interface ResolvedCache extends KeepingOptions, KeyOptions {
  readonly maxEntries: number;
  readonly staleWhileRevalidate?: number;
  readonly staleIfError?: number;
}

const tagList: Rule = {
  allowed: 'an array of strings',
  parse: (value) => (Array.isArray(value) && value.every((tag) => typeof tag === 'string' && tag !== '') ? value : undefined),
};

export const cacheRules: Rules<CachedOptions> = {
  ttl: either(duration, callback),
  ttlJitter: share,
  key: callback,
  maxEntries: count(1),
  maxWeight: count(1),
  weigh: callback,
  scope: oneOf('class', 'instance'),
  cacheIf: callback,
  errorTtl: callback,
  staleWhileRevalidate: duration,
  staleIfError: duration,
  tags: either(tagList, callback),
  clone: flag,
};

export const cacheDefaults: ResolvedCache = { ttl: 300_000, maxEntries: 1_000, scope: 'class' };

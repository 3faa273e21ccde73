import type { Call } from '../../core/call.js';
import { atOnce, type OnBroken } from '../../core/callbacks.js';
import type { Random } from '../../core/clock.js';
import { toMilliseconds } from '../../core/duration.js';
import { shown } from '../../core/options.js';

/** What is kept for a key: the value lies inside, so that `undefined` and `null` are values like any other. */
export interface CacheEntry {
  /** The result, or the error. */
  readonly value: unknown;
  /** In milliseconds of the clock handed in. */
  readonly expiresAt: number;
  /** Whether it is an error. */
  readonly failed?: boolean;
  readonly tags?: readonly string[] | undefined;
  /** Default 1. */
  readonly weight?: number;
}

/** What decides how long a result is kept. */
export interface KeepingOptions {
  readonly ttl: number | ((result: unknown) => unknown);
  readonly ttlJitter?: number;
  readonly cacheIf?: (result: unknown) => boolean;
  readonly errorTtl?: (error: unknown) => unknown;
  readonly tags?: readonly string[] | ((...args: unknown[]) => unknown);
  readonly clone?: boolean;
  readonly maxWeight?: number;
  readonly weigh?: (result: unknown) => unknown;
}

/** Where a ttl makes no sense. */
export const DEFAULT_TTL_MS = 300_000;

/** Milliseconds for which a result is kept; 0: it is not. */
export function ttlOf(result: unknown, options: KeepingOptions, random: Random, onBroken: OnBroken, call: Call): number {
  const { ttl, ttlJitter, cacheIf } = options;
  if (cacheIf && !asked('cacheIf', () => atOnce(cacheIf(result)), true, onBroken, call)) return 0;
  const full = typeof ttl === 'number' ? ttl : asked('ttl', () => millisecondsOf(atOnce(ttl(result))), DEFAULT_TTL_MS, onBroken, call);
  return ttlJitter === undefined ? full : full * (1 - ttlJitter * random());
}

/** The same for an error. */
export function errorTtlOf(error: unknown, { errorTtl }: KeepingOptions, onBroken: OnBroken, call: Call): number {
  return errorTtl ? asked('errorTtl', () => millisecondsOf(atOnce(errorTtl(error))), 0, onBroken, call) : 0;
}

/** By what the results of a call may be found again. */
export function tagsOf({ tags }: KeepingOptions, onBroken: OnBroken, call: Call): readonly string[] | undefined {
  if (typeof tags !== 'function') return tags;
  const made = (): readonly string[] => {
    const found = atOnce(tags.apply(call.self, call.args as unknown[]));
    if (Array.isArray(found) && found.every((tag) => typeof tag === 'string')) return found;
    throw new TypeError(`it must give an array of strings, not ${shown(found)}`);
  };
  return asked('tags', made, undefined, onBroken, call);
}

export function weightOf(result: unknown, { maxWeight, weigh }: KeepingOptions, onBroken: OnBroken, call: Call): number {
  if (maxWeight === undefined || !weigh) return 1;
  const made = (): number => {
    const weight = atOnce(weigh(result));
    if (Number.isSafeInteger(weight) && (weight as number) >= 1) return weight as number;
    throw new TypeError(`it must give a whole number of at least 1, not ${shown(weight)}`);
  };
  return asked('weigh', made, 1, onBroken, call);
}

/** A copy that nobody else has; the value itself where it cannot be copied, which is complained about. */
export function copyOf(value: unknown, onBroken: OnBroken, call: Call): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return asked('clone', () => structuredClone(value), value, onBroken, call);
}

function millisecondsOf(given: unknown): number {
  if (given === undefined || given === false) return 0;
  const milliseconds = toMilliseconds(given);
  if (milliseconds === undefined) throw new TypeError(`it must give a duration, or undefined to keep nothing, not ${shown(given)}`);
  return milliseconds;
}

/** What a callback says; `otherwise` where it does not work. */
function asked<T>(option: string, ask: () => T, otherwise: T, onBroken: OnBroken, call: Call): T {
  try {
    return ask();
  } catch (error) {
    onBroken(option, error, call);
    return otherwise;
  }
}

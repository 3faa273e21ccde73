import { coarsely } from '../core/clock.js';
import type { ResolvedTool } from './resolve.js';
import { notedBefore } from './running.js';
import type { PolicyState } from './state.js';

/** The answer to a call with these arguments, where it lies ready; `undefined` where the call has to be made. */
export type Glance = (self: unknown, args: unknown[]) => Promise<unknown> | undefined;

/**
 * A look into the cache before there is a call, for a tool that nobody watches: what is fresh is given as it is, and all that is made for a
 * call would cost more than the look itself. No glance where a call that finds something may yet end otherwise.
 */
export function glanceOf(tool: ResolvedTool, { policies, cache, clock }: PolicyState): Glance | undefined {
  const { cached, timeout } = policies;
  if (!cached || !cache || cached.clone || timeout?.total !== undefined) return undefined;
  const { lookup } = cache;
  const now = coarsely(clock);
  const glance: Glance = (self, args) => {
    const entry = lookup.glance(self, args, now);
    return entry && Promise.resolve(entry.value);
  };
  return cached.key ? notedBefore(tool, glance) : glance; // a `key` may ask for the current call
}

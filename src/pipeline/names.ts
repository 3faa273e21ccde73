import { placeOf } from '../metadata/card.js';
import type { ResolvedTool } from './resolve.js';
import { runtime } from './runtime.js';

/** Metrics are merged by name; that this was meant is asked once. */
export function claimName({ card, name, namespace }: ResolvedTool): void {
  // Not before it is known where it stands: the warning would not help to find it.
  if (card.member && !card.home) return;
  const key = JSON.stringify([namespace, name]);
  const holder = runtime.names.get(key)?.deref();
  if (!holder) runtime.names.set(key, new WeakRef(card));
  else if (holder !== card) {
    runtime.once.warn(
      `name ${key}`,
      `two tools are called "${name}" in namespace "${namespace}": ${placeOf(holder)} and ${placeOf(card)}. Their state is apart, their metrics are merged; give one of them another name or namespace`,
    );
  }
}

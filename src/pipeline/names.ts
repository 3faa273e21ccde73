import type { ResolvedTool } from './resolve.js';
import { runtime } from './runtime.js';

/** Metrics are merged by name; that this was meant is asked once. */
export function claimName({ card, name, namespace }: ResolvedTool): void {
  const key = JSON.stringify([namespace, name]);
  const holder = runtime.names.get(key)?.deref();
  if (!holder) runtime.names.set(key, new WeakRef(card));
  else if (holder !== card) {
    runtime.once.warn(
      `name ${key}`,
      `two tools are called "${name}" in namespace "${namespace}": ${holder.place} and ${card.place}. Their state is apart, their metrics are merged; give one of them another name or namespace`,
    );
  }
}

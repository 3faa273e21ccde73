// Kept, since fake timers put another in its place, which nobody may ever set off.
const later = setImmediate;

/** Lets everybody else have a turn of the event loop, for work that would keep them waiting too long otherwise. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => later(resolve));
}

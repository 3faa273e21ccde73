// Kept, since fake timers put another in its place, which nobody may ever set off.
const later = setImmediate;

/** Lets everybody else have a turn of the event loop, for work that would keep them waiting too long otherwise. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => later(resolve));
}

/** Work that yields where others may have their turn. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does the work, and lets others have their turn wherever it yields. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}

/** Does the work in one go, for who cannot wait. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

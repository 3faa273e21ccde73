import { atOnce, inTurns } from '../../core/turns.js';
import type { Counts } from '../../telemetry/families.js';
import { snapshotSteps } from '../../telemetry/snapshot.js';
import { VERSION } from '../../version.js';
import type { DeliveryKind, Listener, Speaker } from './words.js';

/** What answers are made of. */
export interface AnsweringDeps {
  /** Whether this one is scraped by itself. */
  readonly isApart: () => boolean;
  readonly counts: () => Promise<Counts>;
  /** The same at the very end, when nothing can be waited for. */
  readonly countsNow: () => Counts;
  /** Told what the one who asks delivers for all. */
  readonly onDelivers: (kinds: readonly DeliveryKind[]) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Says what was counted here whenever the one who gathers asks. Returns what says the last word. */
export function answerQuestions(speak: (listener: Listener) => Speaker, deps: AnsweringDeps): () => void {
  const { isApart, counts, countsNow, onDelivers, onFailure } = deps;
  let isOver = false;
  const answer = async (round: number): Promise<void> => {
    if (isApart()) return speaker.say({ type: 'apart' });
    const snapshot = await inTurns(snapshotSteps(await counts(), VERSION));
    if (!isOver) speaker.say({ type: 'counts', round, snapshot });
  };
  const onEnd = (): void => {
    if (isOver) return;
    isOver = true;
    try {
      const snapshot = atOnce(snapshotSteps(countsNow(), VERSION));
      if (!isApart()) speaker.say({ type: 'counts', round: 0, snapshot, isLast: true });
    } catch (error) {
      onFailure(error);
    }
  };
  const speaker = speak({
    onQuestion({ round, delivers }) {
      onDelivers(delivers);
      if (!isOver) void answer(round).catch(onFailure);
    },
    onEnd,
  });
  speaker.say({ type: 'hello' });
  return () => {
    onEnd();
    speaker.close();
  };
}
